// One client's connection: plain requests are answered here, one after the other; from the first that is not plain on, the
// connection is node:http's. Knows no ports; what a head means, and what is answered, is decided elsewhere.
import {plainAddress} from '../bootfiles/transfer-event.js'
import type {Refusal} from './answer.js'
import {SMALL_BYTES} from './buffer-pool.js'
import type {Connection} from './connection-set.js'
import {answerRequest, type Serving, tellRefusal} from './exchange.js'
import {renderLastReply} from './reply-head.js'
import {type ClientSocket, type Reply, StandstillError} from './reply.js'
import {parseRequestHead} from './request-head.js'
import type {Pace} from './send-pieces.js'
import {type ReplyWriting, socketReply} from './socket-reply.js'
import {parseTarget} from './target.js'

export type ConnectionHome = ReplyWriting & {
  readonly serving: Serving
  readonly headTimeoutMs: number
  readonly idleTimeoutMs: number
  /** A coarse clock. */
  readonly nowMs: () => number
  readonly isRoute: (path: string) => boolean
  /** Takes the connection over, with all that was not answered yet waiting in it. */
  readonly handOver: (socket: ClientSocket) => void
  /** Takes an idle connection back, if it came from there; false: it stays here. */
  readonly giveBack?: ((socket: ClientSocket) => boolean) | undefined
}

/** How long a client has for ending its half of the connection. */
const LINGER_MS = 1000

/** Serves the connection until it ends or is handed over. `sinceMs`: since when its next request is waited for; default: now. */
export function serveConnection(socket: ClientSocket, home: ConnectionHome, sinceMs = home.nowMs()): Connection {
  const connection = new FastConnection(socket, home, sinceMs)
  connection.start()
  return connection
}

class FastConnection implements Connection {
  private readonly socket: ClientSocket
  private readonly home: ConnectionHome
  private readonly reply: Reply
  readonly client: string
  readonly port: number
  private readonly pace: Pace = {pieceBytes: SMALL_BYTES}
  /** What came and was not answered yet begins at `at`. */
  private input: Buffer | undefined
  private at = 0
  private isAnswering = false
  /** The connection ends after the answer under way. */
  private isLast = false
  /** Nothing more is answered; what was written still goes out. */
  private isOver = false
  private overSinceMs: number | undefined
  private isLingering = true
  /** The client has closed its half of the connection. */
  private hasEnded = false
  private isCorked = false
  private waitsSinceMs: number
  private headSinceMs: number | undefined

  constructor(socket: ClientSocket, home: ConnectionHome, sinceMs: number) {
    this.socket = socket
    this.home = home
    this.reply = socketReply(socket, home, () => this.isLast)
    this.client = plainAddress(socket.remoteAddress ?? '')
    this.port = socket.remotePort ?? 0
    this.waitsSinceMs = sinceMs
    this.headSinceMs = sinceMs
  }

  start(): void {
    // 'close' follows an error, and the server listens to that.
    this.socket.on('error', () => undefined)
    this.socket.setTimeout(this.home.idleTimeoutMs)
    this.socket.on('timeout', this.onTimeout).on('end', this.onEnd).on('data', this.onData)
  }

  waitingSinceMs(): number | undefined {
    return this.isAnswering ? undefined : this.waitsSinceMs
  }

  check(nowMs: number): void {
    const {headTimeoutMs} = this.home
    if (this.isOver && this.socket.writableFinished) {
      this.overSinceMs ??= nowMs
      if (nowMs - this.overSinceMs >= LINGER_MS) this.destroy()
    }
    if (this.isAnswering || this.headSinceMs === undefined || nowMs - this.headSinceMs < headTimeoutMs) return
    if (this.input === undefined) this.destroy()
    else this.refuse({status: 408, message: `the head of the request did not come within ${headTimeoutMs / 1000} s`})
  }

  endSoon(): void {
    this.isLast = true
    this.isLingering = false
    if (this.isOver) this.socket.destroySoon()
    else if (!this.isAnswering) this.end()
  }

  destroy(): void {
    this.socket.destroy()
  }

  private readonly onData = (chunk: Buffer): void => {
    if (this.isOver) return
    this.input = this.input === undefined ? chunk : Buffer.concat([this.input, chunk])
    this.proceed()
  }

  /** The client sends nothing more, but may still take what it asked for. */
  private readonly onEnd = (): void => {
    this.hasEnded = true
    if (!this.isAnswering) this.end()
  }

  private readonly onTimeout = (): void => void this.socket.destroy(new StandstillError(this.home.idleTimeoutMs))

  /** Answers one request after the other until one takes time, or no whole head is left. */
  private proceed(): void {
    try {
      while (this.input !== undefined && this.answerNext(this.input));
    } catch {
      this.destroy()
    }
    this.uncork()
    if (this.headSinceMs === undefined && !this.isAnswering) this.giveBack()
  }

  /** True if the next request may be answered at once. */
  private answerNext(input: Buffer): boolean {
    const parsed = parseRequestHead(input, this.at)
    if (parsed.kind === 'incomplete') return this.keepRest(input)
    const path = parsed.kind === 'plain' ? parseTarget(parsed.request.target) : undefined
    if (parsed.kind === 'other' || (path !== undefined && this.home.isRoute(path))) return this.handOver(input)

    this.headSinceMs = undefined
    this.isLast ||= parsed.request.isLast
    this.advance(input, parsed.end)
    const {method, target, conditions} = parsed.request
    const asked = {method, path, target, conditions, client: this.client, port: this.port}
    const answer = answerRequest(asked, this.reply, this.pace, this.home.serving)
    return answer instanceof Promise ? this.wait(answer) : this.mayGoOn()
  }

  private keepRest(input: Buffer): false {
    this.input = this.at === 0 ? input : input.subarray(this.at)
    this.at = 0
    this.headSinceMs ??= this.home.nowMs()
    return false
  }

  private advance(input: Buffer, end: number): void {
    this.at = end === input.length ? 0 : end
    if (this.at === 0) this.input = undefined
    else this.cork()
  }

  /** Answers to requests that came together go out together. */
  private cork(): void {
    if (this.isCorked) return
    this.isCorked = true
    this.socket.cork()
  }

  private uncork(): void {
    if (!this.isCorked) return
    this.isCorked = false
    this.socket.uncork()
  }

  private mayGoOn(): boolean {
    if (this.isLast) return this.end()
    this.waitsSinceMs = this.home.nowMs()
    // A client that asks and asks, and takes no answers, is not read from until it does.
    return this.socket.writableNeedDrain ? this.wait(new Promise((resolve) => this.socket.once('drain', resolve))) : true
  }

  /** Nothing is read meanwhile: what a client may send ahead is bounded by the socket's own buffer. */
  private wait(work: Promise<void>): false {
    this.isAnswering = true
    this.socket.pause()
    work.then(this.onDone, () => this.destroy())
    return false
  }

  private readonly onDone = (): void => {
    this.isAnswering = false
    if (this.socket.destroyed || !this.mayGoOn()) return
    this.proceed()
    if (this.isAnswering) return
    if (this.hasEnded) this.end()
    else this.socket.resume()
  }

  /** All that was asked is answered and has gone out, and nothing has come since. */
  private giveBack(): void {
    const {socket, home} = this
    const isIdle =
      this.input === undefined && !this.hasEnded && !socket.destroyed && socket.writableLength === 0 && socket.readableLength === 0
    if (!isIdle || home.giveBack?.(socket) !== true) return
    this.isOver = true
    this.isAnswering = true
  }

  private refuse(refusal: Refusal): false {
    tellRefusal(this.home.serving, this, refusal)
    this.socket.write(renderLastReply(this.home.renderHead, refusal))
    return this.end()
  }

  /** Ends our half first and lets the client end its own: unread bytes would make a reset of it, which takes the last answer along. */
  private end(): false {
    const {socket} = this
    this.input = undefined
    this.isAnswering = true
    this.isOver = true
    if (this.isLingering) socket.end()
    else socket.destroySoon()
    socket.resume()
    return false
  }

  private handOver(input: Buffer): false {
    const {socket} = this
    // A stream that has ended takes nothing back.
    if (this.hasEnded) return this.refuse({status: 400, message: 'the connection was closed too early for this request'})
    this.uncork()
    socket.off('timeout', this.onTimeout).off('end', this.onEnd).off('data', this.onData)
    this.input = undefined
    socket.unshift(input.subarray(this.at))
    this.home.handOver(socket)
    socket.resume()
    return false
  }
}
