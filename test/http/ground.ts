// What the server tests stand on: a server on a free port of 127.0.0.1, its events, and a client that sends bytes as they are.
import {connect, type Socket} from 'node:net'
import {onTestFinished} from 'vitest'
import {type BootFile, bootFileNotFound, type BootFileSource, bytesFile} from '../../src/bootfiles/boot-file.js'
import type {TransferEvent} from '../../src/bootfiles/transfer-event.js'
import type {OpenFront} from '../../src/http/front.js'
import {type HttpServer, type HttpServerOptions, startHttpServer} from '../../src/http/server.js'

export type TestServer = HttpServer & {
  readonly events: readonly TransferEvent[]
  /** Waits for the first event of a kind. */
  eventOf(kind: TransferEvent['kind']): Promise<TransferEvent>
}

let openFront: OpenFront | undefined

/** From now on all servers of the file have a front. */
export function useFront(open: OpenFront): void {
  openFront = open
}

/** What every server of the tests is started with. */
export function baseOptions(): Pick<HttpServerOptions, 'address' | 'port' | 'openFront'> {
  return {address: '127.0.0.1', port: 0, ...(openFront === undefined ? {} : {openFront})}
}

export async function startServer(options: Partial<HttpServerOptions> & Pick<HttpServerOptions, 'files'>): Promise<TestServer> {
  const events: TransferEvent[] = []
  let onNews = (): void => undefined
  const onEvent = (event: TransferEvent): void => {
    events.push(event)
    onNews()
  }
  const server = await startHttpServer({...baseOptions(), onEvent, ...options})
  onTestFinished(() => server.close())
  const eventOf = async (kind: TransferEvent['kind']): Promise<TransferEvent> => {
    for (;;) {
      const found = events.find((event) => event.kind === kind)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => (onNews = resolve))
    }
  }
  return {...server, events, eventOf}
}

/** Files in memory, by path. */
export function fixedFiles(files: Readonly<Record<string, Uint8Array>>): BootFileSource {
  return ({name}) => {
    const bytes = files[name]
    if (bytes === undefined) throw bootFileNotFound(name)
    return bytesFile(bytes, Date.UTC(2024, 4, 6), `v:${name}`)
  }
}

/** A file read piece by piece, as from a disk. */
export function slowFile(bytes: Uint8Array, onClose = (): void => undefined): BootFile {
  return {
    sizeBytes: bytes.length,
    modifiedMs: 0,
    version: 'slow',
    read: async (offset, length, scratch) => {
      const part = bytes.subarray(offset, offset + length)
      await new Promise((resolve) => setImmediate(resolve))
      if (scratch === undefined) return part
      scratch.set(part)
      return scratch.subarray(0, length)
    },
    close: onClose,
  }
}

/** Opens a connection that is gone when the test ends. */
export function connectTo(server: HttpServer): Socket {
  const socket = connect({port: server.port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true})
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  return socket
}

export function ask(path: string, more = '', method = 'GET'): string {
  return `${method} ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`
}

/** All that comes until the server ends the connection. */
export function receiveAll(socket: Socket): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.once('end', () => socket.end())
    socket.once('close', () => resolve(Buffer.concat(chunks)))
  })
}

/** Sends bytes and gives all that comes back until the server hangs up. */
export async function exchange(server: HttpServer, bytes: string | Buffer): Promise<Buffer> {
  const socket = connectTo(server)
  socket.write(bytes)
  return receiveAll(socket)
}

export type Answer = {readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer}

/** Cuts what was received into answers; `methods` tells which of them have no body, GET where it is short. */
export function answersIn(received: Buffer, methods: readonly string[] = []): Answer[] {
  const answers: Answer[] = []
  for (let at = 0; at < received.length;) {
    const end = received.indexOf('\r\n\r\n', at)
    if (end < 0) throw new Error(`no head: ${received.toString('latin1', at, at + 200)}`)
    const [statusLine = '', ...lines] = received.toString('latin1', at, end).split('\r\n')
    const status = /^HTTP\/1\.1 (\d{3}) \S/.exec(statusLine)?.[1]
    if (status === undefined) throw new Error(`no status line: ${statusLine}`)
    const headers = Object.fromEntries(lines.map((line) => [line.split(': ')[0]?.toLowerCase(), line.slice(line.indexOf(': ') + 2)]))
    const hasBody = methods[answers.length] !== 'HEAD' && status !== '304'
    const length = hasBody ? Number(headers['content-length'] ?? Number.NaN) : 0
    if (!(length <= received.length - end - 4)) throw new Error(`body of ${length} bytes cut short: ${statusLine}`)
    answers.push({status: Number(status), headers, body: received.subarray(end + 4, end + 4 + length)})
    at = end + 4 + length
  }
  return answers
}

/** Fulfilled when the socket is gone. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())))
}
