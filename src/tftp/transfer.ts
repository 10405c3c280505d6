// Runs one read: feeds the machine of read-transfer.ts with packets, time and file bytes, and does what it says. The socket
// is someone else's (server.ts); here it is a channel.
import {PxectlError} from '../errors.js'
import type {BootFile} from '../bootfiles/boot-file.js'
import {encodeNetascii} from './netascii.js'
import type {Negotiated} from './options.js'
import {encodeDataHeader, encodePacket, type Packet} from './packet.js'
import {ackedBytes, isStalled, type Outcome, type ReadInput, startReadTransfer, step} from './read-transfer.js'

/** The way to one client. */
export type Channel = {
  /** Sends one datagram, given in parts. */
  send(parts: readonly Uint8Array[]): void
  close(): void
}

export type TransferOptions = {
  readonly file: BootFile
  readonly isNetascii: boolean
  readonly negotiated: Negotiated
  readonly channel: Channel
  /** A clock that never goes back, in milliseconds. */
  readonly now: () => number
  readonly onFinish: (finished: FinishedTransfer) => void
}

export type FinishedTransfer = {
  readonly outcome: Outcome
  readonly bytes: number
  readonly retransmits: number
  /** Fulfilled when the file is closed too. */
  readonly closed: Promise<void>
}

export type RunningTransfer = {
  receive(packet: Packet): void
  /** Ends the transfer and tells the client why. */
  abort(message: string): void
  /** Ends the transfer without a word. */
  abandon(reason: string): void
  isStalled(): boolean
}

/** About as much as is read at a time; whole blocks, so that none has to be joined from two reads. */
const READ_BYTES = 64 * 1024

/** Starts sending; the transfer ends by itself, closes file and channel, and calls `onFinish` once. */
export function runTransfer(options: TransferOptions): RunningTransfer {
  const {file, channel, now} = options
  const {blksize} = options.negotiated.terms
  const readBytes = Math.max(1, Math.floor(READ_BYTES / blksize)) * blksize
  const alarm = createAlarm(now, () => perform(step(state, {kind: 'tick', nowMs: now()})))
  let reading: Promise<void> = Promise.resolve()
  let offset = 0
  const start = startReadTransfer(options.negotiated, now())
  let [state] = start

  const perform = ([next, actions]: ReturnType<typeof step>): void => {
    state = next
    for (const action of actions) {
      if (action.kind === 'send') channel.send(partsOf(action.packet))
      else if (action.kind === 'wakeAt') alarm.set(action.atMs)
      else if (action.kind === 'read') reading = readNext()
      else end(action.outcome)
    }
  }

  const readNext = async (): Promise<void> => {
    const from = offset
    offset = Math.min(from + readBytes, file.sizeBytes)
    const input = await readInput(from, offset)
    // Only now: `state` has moved on while the bytes were read.
    perform(step(state, input))
  }

  const readInput = async (from: number, to: number): Promise<ReadInput> => {
    try {
      const bytes = await file.read(from, to - from)
      return {kind: 'chunk', bytes: options.isNetascii ? encodeNetascii(bytes) : bytes, isLast: to === file.sizeBytes, nowMs: now()}
    } catch (error) {
      return {kind: 'abort', message: error instanceof PxectlError ? error.message : 'the file cannot be read'}
    }
  }

  const end = (outcome: Outcome): void => {
    alarm.clear()
    channel.close()
    const closed = reading.then(() => file.close())
    options.onFinish({outcome, bytes: ackedBytes(state), retransmits: state.retransmits, closed})
  }

  perform(start)
  return {
    receive: (packet) => perform(step(state, {kind: 'packet', packet, nowMs: now()})),
    abort: (message) => perform(step(state, {kind: 'abort', message})),
    abandon: (reason) => perform(step(state, {kind: 'abandon', reason})),
    isStalled: () => isStalled(state),
  }
}

/** A DATA packet goes out as header and contents, which spares copying the contents. */
function partsOf(packet: Packet): readonly Uint8Array[] {
  return packet.kind === 'data' ? [encodeDataHeader(packet.block), packet.bytes] : [encodePacket(packet)]
}

/** A timer that is cheap to put off: moving it later costs nothing until the old time comes. */
function createAlarm(now: () => number, ring: () => void): {set(atMs: number): void; clear(): void} {
  let timer: NodeJS.Timeout | undefined
  let armedForMs = Infinity
  let atMs = Infinity

  const arm = (): void => {
    clearTimeout(timer)
    armedForMs = atMs
    timer = setTimeout(fire, Math.max(0, atMs - now()))
  }
  const fire = (): void => {
    armedForMs = Infinity
    if (now() < atMs) arm()
    else ring()
  }
  return {
    set(newAtMs) {
      atMs = newAtMs
      if (atMs < armedForMs) arm()
    },
    clear: () => clearTimeout(timer),
  }
}
