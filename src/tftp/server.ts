// The TFTP server: requests come in at one port, transfers go on at a few others, shared by many (a client is told apart by
// its own address and port, so a port for each would only cost time). What is sent when is decided in read-transfer.ts; which
// file a name means, by the BootFileSource; how datagrams travel, by the UdpPort.
//
// A server that listens on 0.0.0.0 answers from the address its route to the client prefers. Firmware drops an answer from
// another address than it asked, so `address` should be that one.
import type {BootFileSource} from '../bootfiles/boot-file.js'
import {listenError} from '../bootfiles/listen-error.js'
import type {ActiveTransfer, TransferEvent} from '../bootfiles/transfer-event.js'
import {within} from '../bootfiles/within.js'
import {openNodePort} from './node-port.js'
import {defaultLimits, type OptionLimits} from './options.js'
import {ackedBlock, decodePacket, errorCodes, isRequest, type RequestPacket} from './packet.js'
import {createPacketImages} from './packet-images.js'
import {refusePacket} from './refusal.js'
import {type Session, startSession} from './session.js'
import {sendPacket} from './transfer.js'
import {type ClientKey, clientOf, type OpenUdpPort, type UdpPort} from './udp-port.js'
import {createWaitingRoom} from './waiting-room.js'

export type TftpServerOptions = {
  readonly address: string
  /** 0 takes any free port. */
  readonly port: number
  /** A socket that is bound already, as systemd hands it over. */
  readonly fd?: number
  readonly files: BootFileSource
  readonly onEvent?: (event: TransferEvent) => void
  /** Transfers that run at once. Further requests wait, in their order. */
  readonly maxTransfers?: number
  readonly limits?: OptionLimits
  /** Transfers answer from the request port too, for clients behind NAT and servers in containers. */
  readonly singlePort?: boolean
  readonly openPort?: OpenUdpPort
  /** Memory for pieces of files that transfers share. */
  readonly cacheBytes?: number
}

export type TftpServer = {
  readonly address: string
  readonly port: number
  /** The transfers that are going on. */
  active(): readonly ActiveTransfer[]
  /**
   * Takes no new requests, gives running transfers `graceMs` to end, ends the rest and tells their clients; frees the port.
   * Asked again without time, it waits no longer.
   */
  close(options?: {readonly graceMs?: number}): Promise<void>
}

const DEFAULT_MAX_TRANSFERS = 4096
const MAX_WAITING = 16_384
const DEFAULT_CACHE_BYTES = 64 * 1024 * 1024
/** Up to so many transfers may have large pieces: together no more memory than the cache. */
const FEW_TRANSFERS = 16

/**
 * Two, taken in turn: a late ACK of a client's last transfer finds another port than the one in use. More would only make the
 * batches smaller in which datagrams come and go.
 */
const TRANSFER_PORTS = 2

/** A transfer whose client has not answered for so long makes room for one that asks. */
const MAKES_ROOM_AFTER_MS = 1000

/**
 * Where a session stands in the tables, which it leaves when it ends. A Map whose entries come and go keeps those that went alive
 * for a while, so what they hold is taken away from them.
 */
type Place = {session: Session | undefined; readonly sinceMs: number}

/** Starts serving reads. An error ends one transfer, never the server. */
export async function startTftpServer(options: TftpServerOptions): Promise<TftpServer> {
  const {files, limits = defaultLimits, maxTransfers = DEFAULT_MAX_TRANSFERS, openPort = openNodePort} = options
  const images = createPacketImages(options.cacheBytes ?? DEFAULT_CACHE_BYTES, {isQuiet: () => sessions.size <= FEW_TRANSFERS})
  const sessions = new Map<ClientKey, Place>()
  /** Those whose client has not answered yet, the oldest first. */
  const unanswered = new Set<Place>()
  const waiting = createWaitingRoom<ClientKey, RequestPacket>(MAX_WAITING)
  /** Sessions with something still open; `onIdle` is called when there are none. */
  let openCount = 0
  let onIdle: (() => void) | undefined
  let isStopping = false
  let turn = 0

  const receiveRequest = (datagram: Uint8Array, key: ClientKey): void => {
    if (isStopping) return
    const packet = decodePacket(datagram)
    const refusal = refusePacket(packet)
    if (refusal !== undefined) sendPacket({port: requestPort, client: key}, refusal)
    if (packet.kind !== 'rrq' && packet.kind !== 'wrq') return
    if (refusal !== undefined) return tellRefused(packet, key, refusal.message)
    const running = sessions.get(key)?.session
    // Firmware repeats a request until it sees an answer; that must not start a second transfer.
    if (running?.isStartedOverBy(packet) === false) return
    running?.abandon('the client started over')
    if (sessions.size >= maxTransfers) makeRoom()
    if (sessions.size < maxTransfers) start(packet, key)
    else if (!waiting.enter(key, packet, monotonicMs())) tellRefused(packet, key, 'too many requests are waiting')
  }

  /** A flood from addresses that do not exist must not keep those out that do. */
  const makeRoom = (): void => {
    const [oldest] = unanswered
    if (oldest === undefined || monotonicMs() - oldest.sinceMs < MAKES_ROOM_AFTER_MS) return
    oldest.session?.abandon('no answer, and others are waiting')
  }

  const start = (request: RequestPacket, key: ClientKey): void => {
    const port = transferPorts[turn++ % transferPorts.length] ?? requestPort
    openCount += 1
    const session = startSession({
      request,
      client: clientOf(key),
      route: {port, client: key},
      files,
      images,
      limits,
      now: monotonicMs,
      refuse: (refusal) => sendPacket({port: requestPort, client: key}, refusal),
      onEvent: (event) => options.onEvent?.(event),
      onEnd: (ended) => forget(ended, key),
      onClosed() {
        openCount -= 1
        if (openCount === 0) onIdle?.()
      },
    })
    if (session.hasEnded()) return
    const place = {session, sinceMs: monotonicMs()}
    sessions.set(key, place)
    unanswered.add(place)
  }

  const forget = (session: Session, key: ClientKey): void => {
    const place = sessions.get(key)
    if (place?.session === session) {
      sessions.delete(key)
      unanswered.delete(place)
      place.session = undefined
    }
    if (waiting.size() > 0) queueMicrotask(admit)
  }

  const admit = (): void => {
    while (!isStopping && sessions.size < maxTransfers) {
      const next = waiting.next(monotonicMs())
      if (next === undefined) return
      start(next[1], next[0])
    }
  }

  const receiveForTransfer = (datagram: Uint8Array, key: ClientKey, port: UdpPort): void => {
    const place = sessions.get(key)
    const session = place?.session
    if (session === undefined) return sendStrangerAway(datagram, key, port)
    // A late packet of the client's transfer before this one.
    if (session.route.port !== port) return
    session.receive(datagram)
    if (unanswered.size > 0 && place !== undefined && session.isAnswered()) unanswered.delete(place)
  }

  /** At the one port of the single-port mode, a request may come from a client whose transfer runs. */
  const receiveAny = (datagram: Uint8Array, key: ClientKey, port: UdpPort): void => {
    const isOfTransfer = !isRequest(datagram) && (sessions.has(key) || ackedBlock(datagram) >= 0)
    if (isOfTransfer) receiveForTransfer(datagram, key, port)
    else receiveRequest(datagram, key)
  }

  const tellRefused = ({name}: RequestPacket, key: ClientKey, message: string): void => {
    const client = clientOf(key)
    const same = {protocol: 'tftp', client: client.address, port: client.port, name} as const
    options.onEvent?.({...same, kind: 'refused', bytes: 0, durationMs: 0, message})
  }

  const requestPort = await openPort(options, options.singlePort === true ? receiveAny : receiveRequest).catch((error: unknown) => {
    throw listenError(error, {protocol: 'tftp', address: options.address, port: options.port})
  })
  const {address, port} = requestPort
  const count = options.singlePort === true ? 0 : TRANSFER_PORTS
  const transferPorts = await Promise.all(Array.from({length: count}, () => openPort({address, port: 0}, receiveForTransfer)))

  const idle = (): Promise<void> =>
    new Promise((resolve) => {
      onIdle = resolve
      if (openCount === 0) resolve()
    })
  const abortAll = (): void => {
    for (const {session} of [...sessions.values()]) session?.abort('the server is stopping')
  }
  const stop = async (graceMs: number): Promise<void> => {
    isStopping = true
    await within(graceMs, idle())
    abortAll()
    await idle()
    await Promise.all([requestPort, ...transferPorts].map((one) => one.close()))
  }
  let stopped: Promise<void> | undefined
  return {
    address,
    port,
    active: () => [...sessions.values()].flatMap(({session}) => session?.describe() ?? []),
    close({graceMs = 0} = {}) {
      stopped ??= stop(graceMs)
      if (graceMs === 0) abortAll()
      return stopped
    },
  }
}

/** Each transfer talks to one client; others are sent away and change nothing (RFC 1350 section 4). */
function sendStrangerAway(datagram: Uint8Array, key: ClientKey, port: UdpPort): void {
  const packet = decodePacket(datagram)
  if (packet.kind === 'malformed' || packet.kind === 'error') return
  sendPacket({port, client: key}, {kind: 'error', errorCode: errorCodes.unknownTid, message: 'unknown transfer'})
}

function monotonicMs(): number {
  return performance.now()
}
