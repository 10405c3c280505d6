// The HTTP server's sockets: GET and HEAD of boot files. What is answered is decided in answer.ts; which file a name means, by
// the BootFileSource. No redirects, no folder listings, nothing is written.
import {createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse} from 'node:http'
import type {BootFile, BootFileSource} from '../bootfiles/boot-file.js'
import {listenError} from '../bootfiles/listen-error.js'
import {plainAddress, type TransferEvent} from '../bootfiles/transfer-event.js'
import {messageOf, PxectlError} from '../errors.js'
import {answerFile} from './answer.js'
import type {ByteRange} from './range.js'
import {parseTarget} from './target.js'

/** Answers a path that is no file, for example a page about the server itself. */
export type Route = RequestListener

export type HttpServerOptions = {
  readonly address: string
  /** 0 takes any free port. */
  readonly port: number
  readonly files: BootFileSource
  readonly onEvent?: (event: TransferEvent) => void
  /** By exact path, e.g. '/metrics'. Routes come before files. */
  readonly routes?: Readonly<Record<string, Route>>
  readonly maxConnections?: number
  /** How long a connection may stand still. */
  readonly idleTimeoutMs?: number
}

export type HttpServer = {
  readonly address: string
  readonly port: number
  /** Drops all connections and frees the port. */
  close(): Promise<void>
}

const DEFAULT_MAX_CONNECTIONS = 1024
const DEFAULT_IDLE_TIMEOUT_MS = 60_000
const HEADERS_TIMEOUT_MS = 10_000

/** Large enough to keep a gigabit line busy, small enough for a thousand connections. */
const CHUNK_BYTES = 256 * 1024

/** Starts serving. An error ends one answer, never the server. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const {routes = {}} = options
  const server = createServer(
    {headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: HEADERS_TIMEOUT_MS, noDelay: true},
    (request, response) => {
      const path = parseTarget(request.url ?? '')
      const route = path !== undefined && Object.hasOwn(routes, path) ? routes[path] : undefined
      if (route === undefined) answer({request, response, path, ...options}).catch(() => response.destroy())
      else route(request, response)
    },
  )
  server.maxConnections = options.maxConnections ?? DEFAULT_MAX_CONNECTIONS
  // Node closes a connection that stands still this long, a slow reader's too, and answers what is no HTTP with 400.
  server.timeout = options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS
  const {address, port} = await listen(server, options)
  return {address, port, close: () => close(server)}
}

type Exchange = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The decoded path; undefined where it is malformed. */
  readonly path: string | undefined
  readonly files: BootFileSource
  readonly onEvent?: (event: TransferEvent) => void
}

/** A refusal: the status, and one line that people read on a loader's screen or with curl. */
type Refusal = {readonly status: number; readonly message: string; readonly headers?: Readonly<Record<string, string>>}

async function answer(exchange: Exchange): Promise<void> {
  const {request, path} = exchange
  const tell = reporter(exchange)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    // The connection ends, for a body of any length may follow.
    const refusal = {status: 405, message: 'only GET and HEAD are served here', headers: {Allow: 'GET, HEAD', Connection: 'close'}}
    return refuse(exchange, refusal, tell)
  }
  if (path === undefined) return refuse(exchange, {status: 400, message: 'the percent-encoding is malformed'}, tell)

  let file: BootFile
  try {
    file = await exchange.files({name: path, protocol: 'http', client: clientOf(request)})
  } catch (error) {
    return refuse(exchange, refusalOf(error), tell, messageOf(error))
  }
  try {
    await answerWithFile(exchange, path, file, tell)
  } finally {
    await file.close()
  }
}

async function answerWithFile({request, response}: Exchange, name: string, file: BootFile, tell: Tell): Promise<void> {
  const {sizeBytes} = file
  const {status, headers, body} = answerFile(request.method ?? '', request.headers, {name, sizeBytes, modifiedMs: file.modifiedMs})
  response.writeHead(status, headers)
  if (body === undefined || request.method === 'HEAD') {
    response.end()
    return tell({kind: status === 416 ? 'refused' : 'done', status, sizeBytes, bytes: 0})
  }
  tell({kind: 'start', status, sizeBytes, bytes: 0})
  let bytes = 0
  try {
    for await (const chunk of chunksOf(file, body)) {
      if (response.destroyed) break
      bytes += chunk.length
      if (!response.write(chunk)) await drained(response)
    }
    await finished(response)
  } catch (error) {
    // The headers promised more bytes: only a broken connection tells the client that they will not come.
    response.destroy()
    return tell({kind: 'failed', status, sizeBytes, bytes, message: messageOf(error)})
  }
  const isWhole = response.writableFinished
  tell({kind: isWhole ? 'done' : 'failed', status, sizeBytes, bytes, ...(isWhole ? {} : {message: 'the client went away'})})
}

async function* chunksOf(file: BootFile, {first, last}: ByteRange): AsyncGenerator<Uint8Array> {
  for (let offset = first; offset <= last; offset += CHUNK_BYTES) yield await file.read(offset, Math.min(CHUNK_BYTES, last + 1 - offset))
}

/** Fulfilled when there is room again, or nobody left to write to. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off('drain', settle).off('close', settle)
      resolve()
    }
    response.on('drain', settle).on('close', settle)
    if (response.destroyed) settle()
  })
}

/** Ends the answer; fulfilled when the last byte was handed to the network, or the connection is gone. */
function finished(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve()
    response.once('close', resolve)
    response.end(resolve)
  })
}

function refuse({request, response}: Exchange, {status, message, headers}: Refusal, tell: Tell, logged = message): void {
  const body = `${message}\n`
  response.writeHead(status, {'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': String(Buffer.byteLength(body)), ...headers})
  response.end(request.method === 'HEAD' ? undefined : body)
  tell({kind: 'refused', status, bytes: 0, message: logged})
}

/** Our own trouble is not explained to the network. */
function refusalOf(error: unknown): Refusal {
  const code = error instanceof PxectlError ? error.code : undefined
  if (code === 'BOOT_FILE_NOT_FOUND') return {status: 404, message: 'no such boot file'}
  if (code === 'BOOT_FILE_FORBIDDEN') return {status: 403, message: 'this name is not served'}
  return {status: 500, message: 'the server cannot open the file'}
}

type Tell = (event: Pick<TransferEvent, 'kind' | 'status' | 'sizeBytes' | 'bytes' | 'message'>) => void

function reporter({request, path, onEvent}: Exchange): Tell {
  const startedMs = performance.now()
  const same = {
    protocol: 'http',
    client: clientOf(request),
    port: request.socket.remotePort ?? 0,
    name: path ?? request.url ?? '',
    method: request.method ?? '',
  } as const
  return (event) => onEvent?.({...same, durationMs: performance.now() - startedMs, ...event})
}

function clientOf({socket}: IncomingMessage): string {
  return plainAddress(socket.remoteAddress ?? '')
}

function listen(server: Server, {address, port}: HttpServerOptions): Promise<{address: string; port: number}> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(listenError(error, {protocol: 'http', address, port}) as Error)
    server.once('error', fail)
    server.listen({host: address, port, exclusive: true, backlog: 1024}, () => {
      server.off('error', fail)
      const bound = server.address()
      resolve(typeof bound === 'object' && bound !== null ? {address: bound.address, port: bound.port} : {address, port})
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
