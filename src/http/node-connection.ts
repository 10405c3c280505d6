// A connection that was handed to node:http, which has read what came and judged it: everything unusual, and all routes. Files
// are answered as on the short way. Knows no ports and no node:http: server.ts gives it requests and responses.
import type {Writable} from 'node:stream'
import {plainAddress} from '../bootfiles/transfer-event.js'
import {type ConditionHeaders, type HeaderFields, MALFORMED_HOST} from './answer.js'
import {SMALL_BYTES} from './buffer-pool.js'
import {answerRequest, type Asked, refuseRequest, type Serving} from './exchange.js'
import type {Connection} from './connection-set.js'
import type {ClientSocket, Reply} from './reply.js'
import {parseTarget} from './target.js'

/** The parts of node:http's IncomingMessage and ServerResponse that are used here. */
export type NodeRequest = {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly httpVersion: string
  readonly headers: ConditionHeaders
  readonly headersDistinct: Readonly<Record<string, string[] | undefined>>
}
export type NodeResponse = Writable & {writeHead(status: number, headers: HeaderFields): unknown}

/** node:http reads requests ahead of the answers without a limit of its own. */
const MAX_WAITING = 16

export class NodeConnection implements Connection {
  readonly client: string
  readonly port: number
  private readonly socket: ClientSocket
  private readonly serving: Serving
  private readonly nowMs: () => number
  private readonly pace = {pieceBytes: SMALL_BYTES}
  private turns: Promise<void> = Promise.resolve()
  private waiting = 0
  private isLast = false
  private waitsSinceMs: number

  constructor(socket: ClientSocket, {serving, nowMs}: {readonly serving: Serving; readonly nowMs: () => number}) {
    this.socket = socket
    this.client = plainAddress(socket.remoteAddress ?? '')
    this.port = socket.remotePort ?? 0
    this.serving = serving
    this.nowMs = nowMs
    this.waitsSinceMs = nowMs()
  }

  /** An answer to one of the connection's requests is under way, or about to be. */
  get isAnswering(): boolean {
    return this.waiting > 0
  }

  waitingSinceMs(): number | undefined {
    return this.isAnswering ? undefined : this.waitsSinceMs
  }

  check(): void {
    // node:http keeps the time itself.
  }

  endSoon(): void {
    this.isLast = true
    if (!this.isAnswering) this.socket.destroySoon()
  }

  destroy(): void {
    this.socket.destroy()
  }

  /** Answers a request after those before it: with `route`, or with a file. */
  onRequest(request: NodeRequest, response: NodeResponse, route: (() => void) | undefined): void {
    this.waiting += 1
    if (this.waiting > MAX_WAITING) return this.destroy()
    this.turns = this.turns.then(() => this.turn(request, response, route)).catch(() => this.destroy())
  }

  private async turn(request: NodeRequest, response: NodeResponse, route: (() => void) | undefined): Promise<void> {
    if (this.isLast) return this.socket.destroySoon()
    const closed = new Promise<void>((resolve) => response.once('close', resolve))
    if (route !== undefined && hasHost(request)) route()
    else await this.answer(request, response)
    await closed
    this.waiting -= 1
    this.waitsSinceMs = this.nowMs()
    if (this.isLast) this.socket.destroySoon()
  }

  private answer(request: NodeRequest, response: NodeResponse): void | Promise<void> {
    const {client, port, serving} = this
    const {method = '', url = '', headers} = request
    const asked: Asked = {method, path: parseTarget(url), target: url, conditions: headers, client, port}
    const reply = replyTo(response, this.socket)
    if (!hasHost(request)) return refuseRequest(asked, reply, serving, MALFORMED_HOST)
    return answerRequest(asked, reply, this.pace, serving)
  }
}

/** Exactly one Host that names a host; HTTP/1.0 may have none (RFC 9112 section 3.2). */
function hasHost({headersDistinct, httpVersion}: NodeRequest): boolean {
  const [host, ...others] = headersDistinct['host'] ?? []
  if (host === undefined) return httpVersion === '1.0'
  return others.length === 0 && !/[^\x21-\x7e]|[/?#@\\]/.test(host)
}

function replyTo(response: NodeResponse, socket: ClientSocket): Reply {
  return {
    socket,
    out: response,
    send(status, headers, body) {
      response.writeHead(status, headers)
      response.end(body)
    },
    begin: (status, headers) => void response.writeHead(status, headers),
    finish: () => void response.end(),
  }
}
