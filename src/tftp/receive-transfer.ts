// The client's side of one read, as a machine like read-transfer.ts: what firmware does, for playing firmware and for tests.
import {negotiatedBy, plainTerms, type Terms} from './options.js'
import {errorCodes, type Packet, type RequestPacket, type TftpOption} from './packet.js'

export type ReceiveTransfer = {
  readonly request: RequestPacket
  /** Leave with an ERROR once the size is known, as OVMF does before each read. */
  readonly isProbe: boolean
  readonly firstTimeoutMs: number
  readonly terms: Terms
  readonly granted: readonly TftpOption[]
  /** Highest block received in order, −1 before the first answer, and the last block an ACK was sent for. */
  readonly received: number
  readonly acked: number
  /** The block after which a gap has been reported. */
  readonly reportedGap: number | undefined
  readonly bytes: number
  readonly sends: number
  readonly wakeAtMs: number
  readonly isFinished: boolean
}

export type ReceiveInput =
  {readonly kind: 'packet'; readonly packet: Packet; readonly nowMs: number} | {readonly kind: 'tick'; readonly nowMs: number}

export type ReceiveAction =
  | {readonly kind: 'send'; readonly packet: Packet}
  /** The next bytes of the file. */
  | {readonly kind: 'deliver'; readonly bytes: Uint8Array}
  | {readonly kind: 'wakeAt'; readonly atMs: number}
  | {readonly kind: 'finish'; readonly outcome: ReceiveOutcome}

export type ReceiveOutcome =
  | {readonly kind: 'done'}
  | {readonly kind: 'probed'}
  | {readonly kind: 'silent'}
  | {readonly kind: 'refused'; readonly errorCode: number; readonly message: string}

type Step = [ReceiveTransfer, readonly ReceiveAction[]]

const MAX_SENDS = 5

export type ReceiveOptions = Pick<ReceiveTransfer, 'request' | 'isProbe' | 'firstTimeoutMs'>

/** Begins a read: sends the request. */
export function startReceiveTransfer(options: ReceiveOptions, nowMs: number): Step {
  const state: ReceiveTransfer = {
    ...options,
    terms: plainTerms,
    granted: [],
    received: -1,
    acked: -1,
    reportedGap: undefined,
    bytes: 0,
    sends: 1,
    wakeAtMs: nowMs,
    isFinished: false,
  }
  return wait(state, [{kind: 'send', packet: options.request}], nowMs)
}

/** One input, the state after it, and what is to be done. */
export function stepReceive(state: ReceiveTransfer, input: ReceiveInput): Step {
  if (state.isFinished) return [state, []]
  if (input.kind === 'tick') return tick(state, input.nowMs)
  const {packet, nowMs} = input
  if (packet.kind === 'oack' && state.received === -1) return receiveOack(state, packet.options, nowMs)
  if (packet.kind === 'data') return receiveData(state, packet.block, packet.bytes, nowMs)
  if (packet.kind === 'error') return finish(state, [], {kind: 'refused', errorCode: packet.errorCode, message: packet.message})
  return [state, []]
}

function receiveOack(state: ReceiveTransfer, granted: readonly TftpOption[], nowMs: number): Step {
  const terms = negotiatedBy(state.request.options, granted)
  if (terms === undefined) return leave(state, 'the server granted what was not asked', 'refused')
  const agreed = {...state, terms, granted}
  if (state.isProbe) return leave(agreed, 'User aborted the transfer', 'probed')
  return acknowledge({...agreed, received: 0}, [], nowMs)
}

function receiveData(state: ReceiveTransfer, block: number, bytes: Uint8Array, nowMs: number): Step {
  // Without an OACK, block 1 is the first answer: the server ignores options (RFC 2347).
  const received = Math.max(0, state.received)
  const distance = (block - received) & 0xffff
  if (distance !== 1) return distance > 1 && distance <= state.terms.windowsize ? reportGap(state, nowMs) : [state, []]

  const isLast = bytes.length < state.terms.blksize
  const next = {...state, received: received + 1, bytes: state.bytes + bytes.length, sends: 1}
  const deliver: ReceiveAction[] = [{kind: 'deliver', bytes}]
  if (isLast) {
    const [acked, actions] = acknowledge(next, deliver, nowMs)
    return finish(acked, actions, {kind: 'done'})
  }
  const isWindowFull = next.received - Math.max(0, state.acked) >= state.terms.windowsize
  return isWindowFull ? acknowledge(next, deliver, nowMs) : wait(next, deliver, nowMs)
}

/** Blocks before this one are missing: says, once, what is here, so that the server goes on from there (RFC 7440 section 4). */
function reportGap(state: ReceiveTransfer, nowMs: number): Step {
  return state.reportedGap === state.received ? [state, []] : acknowledge({...state, reportedGap: state.received}, [], nowMs)
}

function tick(state: ReceiveTransfer, nowMs: number): Step {
  if (nowMs < state.wakeAtMs) return [state, [{kind: 'wakeAt', atMs: state.wakeAtMs}]]
  if (state.sends >= MAX_SENDS) return finish(state, [], {kind: 'silent'})
  const again = {...state, sends: state.sends + 1}
  return state.received === -1 ? wait(again, [{kind: 'send', packet: state.request}], nowMs) : acknowledge(again, [], nowMs)
}

function acknowledge(state: ReceiveTransfer, before: readonly ReceiveAction[], nowMs: number): Step {
  const ack: ReceiveAction = {kind: 'send', packet: {kind: 'ack', block: state.received & 0xffff}}
  return wait({...state, acked: state.received}, [...before, ack], nowMs)
}

/** Ends from our side; the server learns it by ERROR 8, which is never answered. */
function leave(state: ReceiveTransfer, message: string, kind: 'probed' | 'refused'): Step {
  const errorCode = errorCodes.optionsRefused
  const send: ReceiveAction = {kind: 'send', packet: {kind: 'error', errorCode, message}}
  return finish(state, [send], kind === 'probed' ? {kind} : {kind, errorCode, message})
}

function wait(state: ReceiveTransfer, actions: readonly ReceiveAction[], nowMs: number): Step {
  const wakeAtMs = nowMs + state.firstTimeoutMs * 2 ** (state.sends - 1)
  return [{...state, wakeAtMs}, [...actions, {kind: 'wakeAt', atMs: wakeAtMs}]]
}

function finish(state: ReceiveTransfer, actions: readonly ReceiveAction[], outcome: ReceiveOutcome): Step {
  return [{...state, isFinished: true}, [...actions, {kind: 'finish', outcome}]]
}
