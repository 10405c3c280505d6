// The server's side of one read, as a machine without clock, socket or promise: inputs are method calls, actions go to its
// outbox. It changes in place instead of giving a new state for each packet: making states costs as much as sending. Lock-step
// (RFC 1350) is the window of one block; larger windows follow RFC 7440. The OACK counts as block 0 (RFC 2347).
//
//   blocks   1 ·  ·  ·  ·][·  ·  ·  ·  ·][·  ·  ·  ·  ·  · blockCount
//             acknowledged │  in flight  │ not sent yet
//                        acked         sent
import type {Terms} from './options.js'
import {createRoundTrip, type RoundTrip} from './round-trip.js'

/** Where the machine's decisions go. */
export type Outbox = {
  /** How far the blocks from `first` to `last` can be sent now; below `last`, `resume` is called when it is further. */
  prepare(first: number, last: number): number
  /**
   * Blocks that were prepared; the last of the file is shorter than blksize. With `mayGoOn` they end a whole window, and what
   * follows may go out without a word from here, a window for each ACK of the window before it; else nothing does any more.
   */
  sendBlocks(first: number, last: number, mayGoOn: boolean): void
  /** What went out so since the last `sendBlocks`. */
  progress(): Progress | undefined
  sendOack(): void
  sendError(message: string): void
  /** Tick at this time; replaces what was said before. */
  wakeAt(atMs: number): void
  /** Called once; nothing follows. */
  finish(outcome: Outcome): void
}

/** `probed`: the client learnt the size and left, as OVMF and the PXE API's GET_FSIZE do. */
export type Outcome = {readonly kind: 'done'} | {readonly kind: 'probed'} | {readonly kind: 'failed'; readonly reason: string}

/** Blocks acknowledged and sent, when the last were sent, and the last round trip measured, below 0 for none. */
export type Progress = {readonly acked: number; readonly sent: number; readonly sentAtMs: number; readonly tripMs: number}

export type ReadTransferOptions = {
  readonly terms: Terms
  /** Begin with an OACK, since options were granted. */
  readonly hasOack: boolean
  /** Blocks of the whole file; at least 1, for a file ends with a block shorter than blksize. */
  readonly blockCount: number
}

/** A client that never answered is asked no more often than this: after 1 + 2 + 4 + 4 + 4 + 4 seconds of silence. */
const MAX_UNANSWERED_SENDS = 6
/** A client that did answer may be silent for this long, or for six of the timeouts it chose. */
const MAX_SILENCE_MS = 30_000
const MAX_SILENT_TIMEOUTS = 6
/** No transfer lasts longer, however lively its client. */
const MAX_DURATION_MS = 6 * 3_600_000

export class ReadTransfer {
  /** Highest block acknowledged and sent; −1 before the OACK is acknowledged. */
  acked: number
  sent: number
  retransmits = 0
  isFinished = false
  /** The client is there: it has acknowledged something. */
  isAnswered = false

  readonly #terms: Terms
  readonly #blockCount: number
  readonly #outbox: Outbox
  readonly #roundTrip: RoundTrip
  readonly #endsAtMs: number
  /** How often the blocks in flight went out for want of an answer, and since when nothing new was acknowledged. */
  #sends = 1
  #silentSinceMs: number
  #wakeAtMs: number
  /** The acknowledged block whose repeated ACK has already been answered. */
  #answeredRepeat = -1
  #isWaitingForBytes = false

  constructor({terms, hasOack, blockCount}: ReadTransferOptions, outbox: Outbox, nowMs: number) {
    this.acked = hasOack ? -1 : 0
    this.sent = this.acked
    this.#terms = terms
    this.#blockCount = blockCount
    this.#outbox = outbox
    this.#roundTrip = createRoundTrip(terms.timeoutSeconds)
    this.#endsAtMs = nowMs + MAX_DURATION_MS
    this.#silentSinceMs = nowMs
    this.#wakeAtMs = nowMs
  }

  /** Sends the first blocks, or the OACK and waits. */
  start(nowMs: number): void {
    this.#advance(this.sent + 1, nowMs)
  }

  /** An ACK, with the block number of the packet (modulo 65536). */
  acknowledge(number: number, nowMs: number): void {
    if (this.isFinished) return
    this.catchUp()
    // Numbers wrap from 65535 to 0, and a window is shorter than that.
    const distance = (number - this.acked) & 0xffff
    if (distance === 0) return this.#answerRepeat(nowMs)
    // A late copy of an old ACK, or nonsense. Answering it would double every later packet (RFC 1123 section 4.2.3.1).
    if (this.acked + distance > this.sent) return
    this.acked += distance
    this.isAnswered = true
    this.#sends = 1
    this.#silentSinceMs = nowMs
    this.#roundTrip.acknowledged(this.acked, nowMs)
    if (this.acked === this.#blockCount) return this.#finish({kind: 'done'})
    if (nowMs >= this.#endsAtMs) return this.abort('the transfer takes too long')
    // An ACK inside the window says that the block after it got lost: go on from there (RFC 7440 section 4).
    this.#advance(this.acked + 1, nowMs)
  }

  /** The client sent an ERROR, which is never answered (RFC 1350 section 7). */
  receiveError(errorCode: number, message: string): void {
    if (this.isFinished) return
    this.catchUp()
    if (this.acked < 1) this.#finish({kind: 'probed'})
    else this.#finish({kind: 'failed', reason: `the client ended it: error ${errorCode} ${message}`})
  }

  /** The bytes that `prepare` had to wait for are here. */
  resume(nowMs: number): void {
    if (this.isFinished || !this.#isWaitingForBytes) return
    this.#advance(this.sent + 1, nowMs)
  }

  /** The time for which `wakeAt` asked has come. */
  tick(nowMs: number): void {
    if (this.isFinished) return
    this.catchUp()
    if (nowMs < this.#wakeAtMs) return this.#outbox.wakeAt(this.#wakeAtMs)
    if (this.#isOver(nowMs)) return this.#finish({kind: 'failed', reason: this.#silence()})
    this.#sends += 1
    this.#roundTrip.forget()
    this.#advance(this.acked + 1, nowMs)
  }

  /** Makes `acked` and `sent` true if blocks went out without a word from here. */
  catchUp(): void {
    if (this.isFinished) return
    const progress = this.#outbox.progress()
    if (progress === undefined || progress.sent <= this.sent) return
    const {acked, sent, sentAtMs, tripMs} = progress
    this.acked = acked
    this.sent = sent
    this.#sends = 1
    this.#silentSinceMs = sentAtMs
    this.#roundTrip.forget()
    if (tripMs >= 0) this.#roundTrip.measure(tripMs)
    this.#wakeAtMs = sentAtMs + this.#roundTrip.timeoutMs(1, true)
  }

  /** The file cannot be read on, or the server stops: the client is told so. */
  abort(message: string): void {
    if (this.isFinished) return
    this.#outbox.sendError(message)
    this.#finish({kind: 'failed', reason: message})
  }

  /** The client has turned to another transfer: an ERROR now would hit that one. */
  abandon(reason: string): void {
    if (this.isFinished) return
    this.catchUp()
    // Who asks for the next file a moment after the last block went out has it; the ACK is behind the request, at another port.
    const isDone = this.isAnswered && this.sent === this.#blockCount && this.#sends === 1
    if (isDone) this.acked = this.sent
    this.#finish(isDone ? {kind: 'done'} : {kind: 'failed', reason})
  }

  /** Has a client that took blocks fallen silent? */
  get isStalled(): boolean {
    this.catchUp()
    return this.acked > 0 && this.#sends > 1
  }

  /**
   * In a window, an ACK of the block before it says that its first block got lost. It is answered once, the rest is left to
   * the timer: a copy made by the network looks the same. In lock-step there is nothing it could say.
   */
  #answerRepeat(nowMs: number): void {
    if (this.#terms.windowsize === 1 || this.acked < 0 || this.sent === this.acked || this.#answeredRepeat === this.acked) return
    this.#answeredRepeat = this.acked
    this.#roundTrip.forget()
    this.#advance(this.acked + 1, nowMs)
  }

  #isOver(nowMs: number): boolean {
    const silentMs = nowMs - this.#silentSinceMs
    if (!this.isAnswered && !this.#isWaitingForBytes) return this.#sends >= MAX_UNANSWERED_SENDS
    return silentMs >= Math.max(MAX_SILENCE_MS, (this.#terms.timeoutSeconds ?? 0) * 1000 * MAX_SILENT_TIMEOUTS)
  }

  #silence(): string {
    if (this.acked === this.sent) return 'the file could not be read in time'
    const sends = `sent ${this.#sends} times`
    return this.acked < 0 ? `no answer to the OACK, ${sends}` : `no answer to block ${this.acked + 1}, ${sends}`
  }

  /** Sends what the window allows from block `from` on, and sets the timer. */
  #advance(from: number, nowMs: number): void {
    // Nothing may follow the OACK before it is acknowledged.
    if (this.acked < 0) this.#sendOack(nowMs)
    else this.#sendBlocks(from, nowMs)
    this.#wakeAtMs = nowMs + this.#roundTrip.timeoutMs(this.#sends, this.isAnswered)
    this.#outbox.wakeAt(this.#wakeAtMs)
  }

  #sendOack(nowMs: number): void {
    if (this.sent === 0) this.retransmits += 1
    else this.#roundTrip.sentFirst(0, nowMs)
    this.sent = 0
    this.#outbox.sendOack()
  }

  #sendBlocks(from: number, nowMs: number): void {
    const wanted = Math.min(this.acked + this.#terms.windowsize, this.#blockCount)
    const until = from > wanted ? wanted : this.#outbox.prepare(from, wanted)
    this.#isWaitingForBytes = until < wanted
    if (until < from) return
    if (from <= this.sent) this.retransmits += Math.min(this.sent, until) - from + 1
    if (until > this.sent) {
      this.sent = until
      this.#roundTrip.sentFirst(until, nowMs)
    }
    const isWindow = until === this.acked + this.#terms.windowsize
    this.#outbox.sendBlocks(from, until, this.isAnswered && isWindow && until < this.#blockCount)
  }

  #finish(outcome: Outcome): void {
    this.isFinished = true
    this.#outbox.finish(outcome)
  }
}
