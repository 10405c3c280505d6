// The TFTP server's sockets: one listens for requests, and each transfer has its own (its TID, RFC 1350 section 4). What is
// sent when is decided in read-transfer.ts; which file a name means, by the BootFileSource.
//
// A server that listens on 0.0.0.0 answers from the address its route to the client prefers, since Node cannot choose the
// source of a datagram. Firmware drops an answer from another address than it asked, so `address` should be that one.
import {createSocket, type RemoteInfo, type Socket} from 'node:dgram'
import type {BootFileSource} from '../bootfiles/boot-file.js'
import {listenError} from '../bootfiles/listen-error.js'
import {plainAddress, type TransferEvent} from '../bootfiles/transfer-event.js'
import {defaultLimits, type OptionLimits} from './options.js'
import {decodePacket, encodePacket, errorCodes, type Packet, type RequestPacket} from './packet.js'
import {refusePacket} from './refusal.js'
import {type Session, type SessionEvent, startSession} from './session.js'
import type {Channel} from './transfer.js'

export type TftpServerOptions = {
  readonly address: string
  /** 0 takes any free port. */
  readonly port: number
  readonly files: BootFileSource
  readonly onEvent?: (event: TransferEvent) => void
  /** Requests beyond this number of transfers get no answer: firmware asks again, and by then there may be room. */
  readonly maxTransfers?: number
  readonly limits?: OptionLimits
}

export type TftpServer = {
  readonly address: string
  readonly port: number
  /** Ends all transfers, telling the clients, and frees the port. */
  close(): Promise<void>
}

const DEFAULT_MAX_TRANSFERS = 4096

/** Room for the requests of a lab that is switched on at once; the kernel may grant less. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

/** Starts serving reads. An error ends one transfer, never the server. */
export async function startTftpServer(options: TftpServerOptions): Promise<TftpServer> {
  const {files, limits = defaultLimits, maxTransfers = DEFAULT_MAX_TRANSFERS} = options
  const socket = await openSocket(options.address, options.port).catch((error: unknown) => {
    throw listenError(error, {protocol: 'tftp', address: options.address, port: options.port})
  })
  const {address, port} = socket.address()
  /** Sessions by client address and port, and the promises of those that are not quite closed. */
  const sessions = new Map<string, Session>()
  const closing = new Set<Promise<void>>()

  const receive = (datagram: Uint8Array, client: RemoteInfo): void => {
    // Anyone may send from port 0, but nothing can be sent there.
    if (client.port === 0) return
    const packet = decodePacket(datagram)
    const refusal = refusePacket(packet)
    if (refusal !== undefined) sendTo(socket, client, refusal)
    if (refusal !== undefined && (packet.kind === 'rrq' || packet.kind === 'wrq')) {
      reporter(packet, client)({kind: 'refused', bytes: 0, message: refusal.message})
    } else if (packet.kind === 'rrq') {
      receiveRequest(packet, client)
    }
  }

  const receiveRequest = (request: RequestPacket, client: RemoteInfo): void => {
    const key = `${client.address}|${client.port}`
    const running = sessions.get(key)
    // Firmware repeats a request until it sees an answer; that must not start a second transfer.
    if (running?.isStartedOverBy(request) === false) return
    running?.abandon()
    const tell = reporter(request, client)
    if (sessions.size >= maxTransfers) return tell({kind: 'refused', bytes: 0, message: 'too many transfers at once'})

    const session = startSession({
      request,
      client: plainAddress(client.address),
      files,
      limits,
      now: monotonicMs,
      openChannel: (onPacket) => openChannel(address, client, onPacket),
      refuse: (refusal) => sendTo(socket, client, refusal),
      tell,
      onEnd: () => {
        if (sessions.get(key) === session) sessions.delete(key)
      },
    })
    sessions.set(key, session)
    closing.add(session.closed)
    void session.closed.finally(() => closing.delete(session.closed))
  }

  const reporter = (request: RequestPacket, client: RemoteInfo): ((event: SessionEvent) => void) => {
    const startedMs = monotonicMs()
    const same = {protocol: 'tftp', client: plainAddress(client.address), port: client.port, name: request.name} as const
    return (event) => options.onEvent?.({...same, durationMs: monotonicMs() - startedMs, ...event})
  }

  // A datagram that could not be sent (no route, a firewall) is a lost datagram; the transfers' timers see to it.
  socket.on('error', () => undefined)
  socket.on('message', receive)
  const stop = async (): Promise<void> => {
    socket.off('message', receive)
    for (const session of sessions.values()) session.abort('the server is stopping')
    await Promise.all(closing)
    await closeSocket(socket)
  }
  let stopped: Promise<void> | undefined
  return {address, port, close: () => (stopped ??= stop())}
}

/** Opens a transfer's own port. It talks to one client; others are sent away and change nothing (RFC 1350 section 4). */
async function openChannel(address: string, client: RemoteInfo, onPacket: (packet: Packet) => void): Promise<Channel> {
  const socket = await openSocket(address, 0)
  socket.on('error', () => undefined)
  socket.on('message', (datagram, sender) => {
    const packet = decodePacket(datagram)
    if (packet.kind === 'malformed') return
    if (sender.port === client.port && sender.address === client.address) onPacket(packet)
    else if (packet.kind !== 'error' && sender.port !== 0) sendTo(socket, sender, strangerError)
  })
  return {
    send: (parts) => socket.send(parts, client.port, client.address),
    close: () => socket.close(),
  }
}

const strangerError: Packet = {kind: 'error', errorCode: errorCodes.unknownTid, message: 'unknown transfer'}

function sendTo(socket: Socket, client: RemoteInfo, packet: Packet): void {
  socket.send(encodePacket(packet), client.port, client.address)
}

function openSocket(address: string, port: number): Promise<Socket> {
  const isIpv6 = address.includes(':')
  const socket = createSocket({
    type: isIpv6 ? 'udp6' : 'udp4',
    recvBufferSize: port === 0 ? undefined : RECEIVE_BUFFER_BYTES,
    // All addresses are numbers. Without this, Node would take every datagram through its resolver, a tick later.
    lookup: (host, _options, callback) => callback(null, host, isIpv6 ? 6 : 4),
  })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({address, port, exclusive: true}, () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.close(() => resolve())
  })
}

function monotonicMs(): number {
  return performance.now()
}
