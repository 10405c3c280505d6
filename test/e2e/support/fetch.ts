// Fetching one file over sockets.ts, with a place to stop in the middle. Errors are answers here: the tests judge them.
import {Buffer} from 'node:buffer'
import {HTTP_PORT, TFTP_PORT} from './serving.js'
import type {Sockets, Tcp} from './sockets.js'

/** `refused`: nothing of the file came. `broken`: it began, and ended with an error before its end. */
export type Fetched =
  | {readonly kind: 'whole'; readonly content: Buffer}
  | {readonly kind: 'refused'; readonly reason: string}
  | {readonly kind: 'broken'; readonly reason: string}

export type FetchOptions = {
  /** Called once, in the middle, while the server waits for the client. */
  readonly inTheMiddle?: () => Promise<void>
  /** Stop once so many bytes are here. */
  readonly stopAfter?: number
  /** TFTP. */
  readonly windowsize?: number
  /** Silence after which the client gives up; until then it repeats its last packet every second. */
  readonly patienceMs?: number
}

const PATIENCE_MS = 15_000
const BLKSIZE = 1432

/** A read request; options as name, value, name, value … */
export function rrq(name: string, ...options: readonly string[]): Buffer {
  return Buffer.from(`\0\u0001${[name, 'octet', ...options].join('\0')}\0`, 'latin1')
}

export function ack(block: number): Buffer {
  return Buffer.from([0, 4, (block >> 8) & 0xff, block & 0xff])
}

export async function fetchByTftp(sockets: Sockets, name: string, options: FetchOptions = {}): Promise<Fetched> {
  const {windowsize = 1, patienceMs = PATIENCE_MS} = options
  const socket = await sockets.udp()
  const content: Buffer[] = []
  let bytes = 0
  let hasStopped = false
  let last = rrq(name, 'tsize', '0', 'blksize', String(BLKSIZE), ...(windowsize > 1 ? ['windowsize', String(windowsize)] : []))
  let port = TFTP_PORT
  let silent = 0
  const send = (packet: Buffer): void => {
    last = packet
    socket.send(packet, port)
  }
  try {
    send(last)
    for (;;) {
      const datagram = await socket.next(1000)
      if (datagram === undefined) {
        if ((silent += 1000) >= patienceMs) return {kind: 'broken', reason: `silence after ${bytes} bytes`}
        send(last)
        continue
      }
      silent = 0
      const opcode = datagram.bytes.readUInt16BE(0)
      if (opcode === 5) return {kind: bytes === 0 ? 'refused' : 'broken', reason: datagram.bytes.subarray(4).toString()}
      port = datagram.port
      if (opcode === 6) send(ack(0))
      if (opcode !== 3 || datagram.bytes.readUInt16BE(2) !== ((content.length + 1) & 0xffff)) continue
      const block = datagram.bytes.subarray(4)
      content.push(block)
      bytes += block.length
      if (!hasStopped && bytes >= (options.stopAfter ?? Infinity)) {
        hasStopped = true
        await options.inTheMiddle?.()
      }
      if (block.length < BLKSIZE || content.length % windowsize === 0) send(ack(content.length))
      if (block.length < BLKSIZE) return {kind: 'whole', content: Buffer.concat(content)}
    }
  } finally {
    socket.close()
  }
}

export async function fetchByHttp(sockets: Sockets, name: string, options: FetchOptions = {}): Promise<Fetched> {
  const connection = await sockets.tcp(HTTP_PORT, options.stopAfter === undefined ? {} : {pauseAfter: options.stopAfter})
  try {
    connection.write(`GET /${name} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n`)
    if (options.stopAfter !== undefined) {
      await connection.paused
      await options.inTheMiddle?.()
      connection.resume()
    }
    await untilClosed(connection, PATIENCE_MS)
    const {status, headers, body} = parseAnswer(connection.received())
    if (status !== 200) return {kind: 'refused', reason: `status ${status}`}
    const promised = Number(headers.get('content-length'))
    return body.length === promised ? {kind: 'whole', content: body} : {kind: 'broken', reason: `${body.length} of ${promised} bytes`}
  } finally {
    connection.close()
  }
}

/** Waits until the server has closed the connection; fails when it goes silent before. */
export async function untilClosed(connection: Tcp, patienceMs: number): Promise<void> {
  while (!connection.isClosed()) {
    if (!(await connection.news(patienceMs))) throw new Error(`the connection stands still after ${connection.received().length} bytes`)
  }
}

export type HttpAnswer = {readonly status: number; readonly headers: ReadonlyMap<string, string>; readonly body: Buffer}

/** The first answer on a connection, with all that follows as its body; status 0 where there is none. */
export function parseAnswer(received: Buffer): HttpAnswer {
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return {status: 0, headers: new Map(), body: Buffer.alloc(0)}
  const [first = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n')
  const headers = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const)
  return {status: Number(first.split(' ')[1]), headers: new Map(headers), body: received.subarray(end + 4)}
}
