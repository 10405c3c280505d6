// The server's side of one read, as a machine without clock, socket or promise: step(state, input) → [state, actions].
// Lock-step (RFC 1350) is the window of one block; larger windows follow RFC 7440. The OACK counts as block 0 (RFC 2347), so
// one set of rules serves it and the blocks.
//
//                       acked     sent           last block read
//                          │        │                │
//   queue   [ ·  ·  ·  ·  ·][·  ·  ·][·  ·  ·  ·  ·  ·]
//             acknowledged   in flight   read ahead
import {assert} from '../errors.js'
import {addBytes, type BlockQueue, dropBlocks, emptyQueue, findBlock, lastBlock} from './block-queue.js'
import type {Negotiated, Terms} from './options.js'
import {errorCodes, type Packet, type TftpOption} from './packet.js'

export type ReadTransfer = {
  readonly terms: Terms
  readonly granted: readonly TftpOption[]
  readonly queue: BlockQueue
  readonly isReading: boolean
  /** Highest block acknowledged and sent; −1 before the OACK is acknowledged. */
  readonly acked: number
  readonly sent: number
  /** How often the blocks in flight went out for want of an answer. */
  readonly sends: number
  /** The acknowledged block whose repeated ACK has already been answered. */
  readonly answeredRepeat: number | undefined
  readonly retransmits: number
  readonly wakeAtMs: number
  /** No transfer lasts longer, however lively its client. */
  readonly endsAtMs: number
  readonly isFinished: boolean
}

export type ReadInput =
  | {readonly kind: 'packet'; readonly packet: Packet; readonly nowMs: number}
  | {readonly kind: 'tick'; readonly nowMs: number}
  /** The bytes that follow those of the chunk before; in pieces of any length. */
  | {readonly kind: 'chunk'; readonly bytes: Uint8Array; readonly isLast: boolean; readonly nowMs: number}
  /** The file cannot be read on, or the server stops: the client is told so. */
  | {readonly kind: 'abort'; readonly message: string}
  /** The client has turned to another transfer: an ERROR now would hit that one. */
  | {readonly kind: 'abandon'; readonly reason: string}

export type ReadAction =
  | {readonly kind: 'send'; readonly packet: Packet}
  /** Give the next chunk. Never asked again before it came. */
  | {readonly kind: 'read'}
  /** Tick at this time; replaces what was said before. */
  | {readonly kind: 'wakeAt'; readonly atMs: number}
  | {readonly kind: 'finish'; readonly outcome: Outcome}

/** `probed`: the client learnt the size and left, as OVMF and the PXE API's GET_FSIZE do. */
export type Outcome = {readonly kind: 'done'} | {readonly kind: 'probed'} | {readonly kind: 'failed'; readonly reason: string}

type Step = [ReadTransfer, readonly ReadAction[]]

const FIRST_TIMEOUT_MS = 1000
const MAX_TIMEOUT_MS = 4000
/** Sends of the same blocks before giving up: after 1 + 2 + 4 + 4 + 4 + 4 seconds of silence. */
const MAX_SENDS = 6
const MAX_DURATION_MS = 6 * 3_600_000
/** Blocks read ahead of the window, so that reading overlaps with sending. */
const READ_AHEAD_BLOCKS = 16

/** Begins a transfer: sends the OACK, or without options the first blocks as soon as they are read. */
export function startReadTransfer({terms, granted}: Negotiated, nowMs: number): Step {
  const hasOack = granted.length > 0
  const state: ReadTransfer = {
    terms,
    granted,
    queue: emptyQueue(terms.blksize),
    isReading: false,
    acked: hasOack ? -1 : 0,
    sent: hasOack ? -1 : 0,
    sends: 1,
    answeredRepeat: undefined,
    retransmits: 0,
    wakeAtMs: nowMs,
    endsAtMs: nowMs + MAX_DURATION_MS,
    isFinished: false,
  }
  return advance(state, state.sent + 1, nowMs)
}

/** One input, the state after it, and what is to be done. */
export function step(state: ReadTransfer, input: ReadInput): Step {
  if (state.isFinished) return [state, []]
  switch (input.kind) {
    case 'packet':
      return receive(state, input.packet, input.nowMs)
    case 'tick':
      return tick(state, input.nowMs)
    case 'chunk': {
      const queue = addBytes(dropBlocks(state.queue, state.acked + 1), input.bytes, input.isLast)
      return advance({...state, queue, isReading: false}, state.sent + 1, input.nowMs)
    }
    case 'abort': {
      const [finished, actions] = finish(state, {kind: 'failed', reason: input.message})
      return [finished, [{kind: 'send', packet: {kind: 'error', errorCode: errorCodes.undefined, message: input.message}}, ...actions]]
    }
    case 'abandon':
      return finish(state, {kind: 'failed', reason: input.reason})
  }
}

/** Bytes of the file the client has acknowledged. */
export function ackedBytes(state: ReadTransfer): number {
  if (state.acked < 1) return 0
  const before = (state.acked - 1) * state.terms.blksize
  return before + (isComplete(state) ? state.queue.rest.length : state.terms.blksize)
}

/** Has a client that took blocks fallen silent? */
export function isStalled(state: ReadTransfer): boolean {
  return state.acked > 0 && state.sends > 1
}

function receive(state: ReadTransfer, packet: Packet, nowMs: number): Step {
  if (packet.kind === 'ack') return acknowledge(state, packet.block, nowMs)
  // An ERROR is never answered (RFC 1350 section 7). Anything else has no place here and changes nothing.
  if (packet.kind !== 'error') return [state, []]
  if (state.acked < 1) return finish(state, {kind: 'probed'})
  return finish(state, {kind: 'failed', reason: `the client ended it: error ${packet.errorCode} ${packet.message}`})
}

function acknowledge(state: ReadTransfer, block: number, nowMs: number): Step {
  // Distance modulo 65536: numbers wrap from 65535 to 0, and a window is shorter than that.
  const distance = (block - state.acked) & 0xffff
  if (distance === 0) return answerRepeat(state, nowMs)
  const acked = state.acked + distance
  // A late copy of an old ACK, or nonsense. Answering it would double every later packet (RFC 1123 section 4.2.3.1).
  if (acked > state.sent) return [state, []]

  const next = {...state, acked, sends: 1}
  if (isComplete(next)) return finish(next, {kind: 'done'})
  if (nowMs >= state.endsAtMs) return step(next, {kind: 'abort', message: 'the transfer takes too long'})
  // An ACK inside the window says that the block after it got lost: go on from there (RFC 7440 section 4).
  return advance(next, acked + 1, nowMs)
}

/**
 * In a window, an ACK of the block before it says that its first block got lost. It is answered once, the rest is left to
 * the timer: a copy made by the network looks the same. In lock-step there is nothing it could say.
 */
function answerRepeat(state: ReadTransfer, nowMs: number): Step {
  const isNews = state.terms.windowsize > 1 && state.acked >= 0 && state.sent > state.acked && state.answeredRepeat !== state.acked
  return isNews ? advance({...state, answeredRepeat: state.acked}, state.acked + 1, nowMs) : [state, []]
}

function tick(state: ReadTransfer, nowMs: number): Step {
  if (nowMs < state.wakeAtMs) return [state, [{kind: 'wakeAt', atMs: state.wakeAtMs}]]
  if (state.sends >= MAX_SENDS) return finish(state, {kind: 'failed', reason: silence(state)})
  return advance({...state, sends: state.sends + 1}, state.acked + 1, nowMs)
}

function silence({acked, sent}: ReadTransfer): string {
  if (acked === sent) return 'the file could not be read in time'
  return acked < 0 ? `no answer to the OACK, sent ${MAX_SENDS} times` : `no answer to block ${acked + 1}, sent ${MAX_SENDS} times`
}

/** Sends what the window allows from block `from` on, sees to the read-ahead and sets the timer. */
function advance(state: ReadTransfer, from: number, nowMs: number): Step {
  const actions: ReadAction[] = []
  const available = lastBlock(state.queue)
  // Nothing may follow the OACK before it is acknowledged.
  const until = state.acked < 0 ? 0 : Math.min(state.acked + state.terms.windowsize, available)
  for (let block = from; block <= until; block += 1) actions.push({kind: 'send', packet: packetOf(state, block)})

  const isReading = state.isReading || (!state.queue.isWhole && available - until < state.terms.windowsize + READ_AHEAD_BLOCKS)
  if (isReading && !state.isReading) actions.push({kind: 'read'})

  const wakeAtMs = nowMs + timeoutMs(state)
  actions.push({kind: 'wakeAt', atMs: wakeAtMs})
  const retransmits = state.retransmits + Math.max(0, Math.min(state.sent, until) - from + 1)
  return [{...state, sent: Math.max(state.sent, until), isReading, wakeAtMs, retransmits}, actions]
}

function packetOf(state: ReadTransfer, block: number): Packet {
  if (block === 0) return {kind: 'oack', options: state.granted}
  const bytes = findBlock(state.queue, block)
  assert(bytes !== undefined, `block ${block} is in the queue until it is acknowledged`)
  return {kind: 'data', block: block & 0xffff, bytes}
}

function isComplete(state: ReadTransfer): boolean {
  return state.queue.isWhole && state.acked === lastBlock(state.queue)
}

function timeoutMs({terms, sends}: ReadTransfer): number {
  const first = terms.timeoutSeconds === undefined ? FIRST_TIMEOUT_MS : terms.timeoutSeconds * 1000
  return Math.max(first, Math.min(first * 2 ** (sends - 1), MAX_TIMEOUT_MS))
}

function finish(state: ReadTransfer, outcome: Outcome): Step {
  return [{...state, isFinished: true}, [{kind: 'finish', outcome}]]
}
