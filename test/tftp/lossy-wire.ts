// A server and a client machine, joined by a wire that loses, doubles and delays, under a clock of its own: whole transfers
// without sockets, and without waiting.
import {type OptionLimits, negotiate} from '../../src/tftp/options.js'
import {decodePacket, encodePacket, type Packet, type RequestPacket} from '../../src/tftp/packet.js'
import {type Outcome, ReadTransfer} from '../../src/tftp/read-transfer.js'
import {type ReceiveOutcome, startReceiveTransfer, stepReceive} from '../../src/tftp/receive-transfer.js'

/** What becomes of a packet: when its copies arrive, in milliseconds. None: it is lost. */
export type Fate = (packet: Packet, index: number, to: 'server' | 'client') => readonly number[]

export const faithful: Fate = () => [1]

export type Transfer = {
  readonly content: Uint8Array
  readonly blksize?: number
  readonly windowsize?: number
  readonly fate?: Fate
  /** So many blocks come from the disk at a time. */
  readonly blocksPerRead?: number
  readonly limits?: OptionLimits
  /** So many windows go out by an ACK clock, if that many are read; the machine then only hears of what the clock did not expect. */
  readonly clockedWindows?: number
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

/** What a port does with a stretch (udp-port.ts), in blocks. */
type Clock = {acked: number; sent: number; readonly until: number; sentAtMs: number; tripMs: number}

type Arrival = {readonly atMs: number; readonly run: () => void}

/** Runs until both sides have finished. */
export function transfer({
  content,
  blksize,
  windowsize,
  fate = faithful,
  blocksPerRead = 3,
  limits = widest,
  clockedWindows = 0,
}: Transfer): Transferred {
  const options: (readonly [string, string])[] = []
  if (blksize !== undefined) options.push(['blksize', String(blksize)])
  if (windowsize !== undefined) options.push(['windowsize', String(windowsize)])
  const request: RequestPacket = {kind: 'rrq', name: 'f', mode: 'octet', options}

  let nowMs = 0
  let arrivals: Arrival[] = []
  const wakes = {server: Infinity, client: Infinity}
  const sent: {by: 'server' | 'client'; packet: Packet}[] = []
  const pieces: Uint8Array[] = []
  let readUntil = 0
  let serverOutcome: Outcome | undefined
  let clientOutcome: ReceiveOutcome | undefined
  let isReading = false
  let server: ReadTransfer | undefined
  let clock: Clock | undefined
  let moveClock: (clock: Clock) => void = () => undefined
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
    if (packet.kind === 'rrq' && server === undefined) startServer(packet)
    else if (packet.kind === 'ack' && clock !== undefined && clock.sent < clock.until && packet.block === (clock.sent & 0xffff))
      moveClock(clock)
    else if (packet.kind === 'ack') server?.acknowledge(packet.block, nowMs)
    else if (packet.kind === 'error') server?.receiveError(packet.errorCode, packet.message)
  }
  const startServer = ({options}: RequestPacket): void => {
    const {terms, granted} = negotiate(options, content.length, limits)
    const blockCount = Math.floor(content.length / terms.blksize) + 1
    const sendData = (first: number, last: number): void => {
      for (let block = first; block <= last; block += 1) {
        const bytes = content.subarray((block - 1) * terms.blksize, block * terms.blksize)
        send('server', {kind: 'data', block: block & 0xffff, bytes})
      }
    }
    moveClock = (moving) => {
      const last = Math.min(moving.sent + terms.windowsize, moving.until)
      moving.tripMs = moving.sentAtMs < 0 ? -1 : nowMs - moving.sentAtMs
      moving.acked = moving.sent
      sendData(moving.sent + 1, last)
      moving.sent = last
      moving.sentAtMs = nowMs
    }
    server = new ReadTransfer(
      {terms, hasOack: granted.length > 0, blockCount},
      {
        prepare(_first, last) {
          if (readUntil < last && !isReading) {
            isReading = true
            arrivals.push({atMs: nowMs + 0.1, run: read})
          }
          return Math.min(last, readUntil)
        },
        sendBlocks(first, last, mayGoOn) {
          if (last > readUntil) throw new Error(`block ${last} is sent, and only ${readUntil} are read`)
          sendData(first, last)
          const ready = Math.min(readUntil, blockCount)
          const whole = ready === blockCount ? ready - last : Math.floor((ready - last) / terms.windowsize) * terms.windowsize
          const until = last + Math.min(whole, clockedWindows * terms.windowsize)
          clock = mayGoOn && until > last ? {acked: last, sent: last, until, sentAtMs: -1, tripMs: -1} : undefined
        },
        progress: () => clock,
        sendOack: () => send('server', {kind: 'oack', options: granted}),
        sendError: (message) => send('server', {kind: 'error', errorCode: 0, message}),
        wakeAt: (atMs) => (wakes.server = atMs),
        finish: (outcome) => ([serverOutcome, wakes.server, clock] = [outcome, Infinity, undefined]),
      },
      nowMs,
    )
    server.start(nowMs)
  }
  const read = (): void => {
    isReading = false
    readUntil += blocksPerRead
    server?.resume(nowMs)
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
    } else {
      wakes.server = Infinity
      server?.tick(nowMs)
    }
  }
  return {
    received: Buffer.concat(pieces),
    server: serverOutcome,
    client: clientOutcome,
    sent,
    retransmits: server?.retransmits ?? 0,
    elapsedMs: nowMs,
  }
}

/** Content in which every block differs from its neighbours. */
export function contentOf(length: number): Uint8Array {
  return Uint8Array.from({length}, (_, index) => (index * 31 + (index >> 8) * 7 + (index >> 16) * 13) & 0xff)
}
