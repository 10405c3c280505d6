// A server and a client machine, joined by a wire that loses, doubles and delays, under a clock of its own: whole transfers
// without sockets, and without waiting.
import {type OptionLimits, negotiate} from '../../src/tftp/options.js'
import {decodePacket, encodePacket, type Packet, type RequestPacket} from '../../src/tftp/packet.js'
import {type Outcome, startReadTransfer, step} from '../../src/tftp/read-transfer.js'
import {type ReceiveOutcome, startReceiveTransfer, stepReceive} from '../../src/tftp/receive-transfer.js'

/** What becomes of a packet: when its copies arrive, in milliseconds. None: it is lost. */
export type Fate = (packet: Packet, index: number, to: 'server' | 'client') => readonly number[]

export const faithful: Fate = () => [1]

export type Transfer = {
  readonly content: Uint8Array
  readonly blksize?: number
  readonly windowsize?: number
  readonly fate?: Fate
  /** Bytes per chunk; deliberately no multiple of a block. */
  readonly chunkBytes?: number
  readonly limits?: OptionLimits
}

export type Transferred = {
  readonly received: Uint8Array
  readonly server: Outcome | undefined
  readonly client: ReceiveOutcome | undefined
  /** Packets in the order they were sent, as the sender wrote them. */
  readonly sent: readonly {readonly by: 'server' | 'client'; readonly packet: Packet}[]
  readonly retransmits: number
  readonly elapsedMs: number
}

const widest = {maxBlksize: 65464, maxWindowsize: 65535}

type Arrival = {readonly atMs: number; readonly run: () => void}

/** Runs until both sides have finished. */
export function transfer({content, blksize, windowsize, fate = faithful, chunkBytes = 1000, limits = widest}: Transfer): Transferred {
  const options: (readonly [string, string])[] = []
  if (blksize !== undefined) options.push(['blksize', String(blksize)])
  if (windowsize !== undefined) options.push(['windowsize', String(windowsize)])
  const request: RequestPacket = {kind: 'rrq', name: 'f', mode: 'octet', options}

  let nowMs = 0
  let arrivals: Arrival[] = []
  const wakes = {server: Infinity, client: Infinity}
  const sent: {by: 'server' | 'client'; packet: Packet}[] = []
  const pieces: Uint8Array[] = []
  let offset = 0
  let serverOutcome: Outcome | undefined
  let clientOutcome: ReceiveOutcome | undefined
  let serverStep: ReturnType<typeof step> | undefined
  let clientStep = startReceiveTransfer({request, isProbe: false, firstTimeoutMs: 1000}, nowMs)

  const send = (by: 'server' | 'client', packet: Packet): void => {
    const to = by === 'server' ? 'client' : 'server'
    sent.push({by, packet})
    const decoded = decodePacket(encodePacket(packet))
    if (decoded.kind === 'malformed') throw new Error(decoded.reason)
    for (const delayMs of fate(packet, sent.length, to)) {
      arrivals.push({atMs: nowMs + delayMs, run: () => (to === 'server' ? reachServer(decoded) : reachClient(decoded))})
    }
  }
  const reachServer = (packet: Packet): void => {
    if (packet.kind === 'rrq') {
      if (serverStep !== undefined) return
      serverStep = startReadTransfer(negotiate(packet.options, content.length, limits), nowMs)
    } else if (serverStep !== undefined) {
      serverStep = step(serverStep[0], {kind: 'packet', packet, nowMs})
    }
    performServer()
  }
  const performServer = (): void => {
    for (const action of serverStep?.[1] ?? []) {
      if (action.kind === 'send') send('server', action.packet)
      else if (action.kind === 'wakeAt') wakes.server = action.atMs
      else if (action.kind === 'read') arrivals.push({atMs: nowMs + 0.1, run: feedServer})
      else [serverOutcome, wakes.server] = [action.outcome, Infinity]
    }
  }
  const feedServer = (): void => {
    if (serverStep === undefined) return
    const bytes = content.subarray(offset, offset + chunkBytes)
    offset += bytes.length
    serverStep = step(serverStep[0], {kind: 'chunk', bytes, isLast: offset === content.length, nowMs})
    performServer()
  }
  const reachClient = (packet: Packet): void => {
    clientStep = stepReceive(clientStep[0], {kind: 'packet', packet, nowMs})
    performClient()
  }
  const performClient = (): void => {
    for (const action of clientStep[1]) {
      if (action.kind === 'send') send('client', action.packet)
      else if (action.kind === 'wakeAt') wakes.client = action.atMs
      else if (action.kind === 'deliver') pieces.push(action.bytes)
      else [clientOutcome, wakes.client] = [action.outcome, Infinity]
    }
  }

  performClient()
  for (;;) {
    const arrivalMs = arrivals.reduce((least, {atMs}) => Math.min(least, atMs), Infinity)
    const nextMs = Math.min(arrivalMs, wakes.server, wakes.client)
    if (nextMs === Infinity) break
    nowMs = nextMs
    if (arrivalMs === nextMs) {
      const due = arrivals.filter(({atMs}) => atMs === nextMs)
      arrivals = arrivals.filter(({atMs}) => atMs !== nextMs)
      for (const {run} of due) run()
    } else if (wakes.client === nextMs) {
      wakes.client = Infinity
      clientStep = stepReceive(clientStep[0], {kind: 'tick', nowMs})
      performClient()
    } else if (serverStep !== undefined) {
      wakes.server = Infinity
      serverStep = step(serverStep[0], {kind: 'tick', nowMs})
      performServer()
    }
  }
  return {
    received: Buffer.concat(pieces),
    server: serverOutcome,
    client: clientOutcome,
    sent,
    retransmits: serverStep?.[0].retransmits ?? 0,
    elapsedMs: nowMs,
  }
}

/** Content in which every block differs from its neighbours. */
export function contentOf(length: number): Uint8Array {
  return Uint8Array.from({length}, (_, index) => (index * 31 + (index >> 8) * 7 + (index >> 16) * 13) & 0xff)
}
