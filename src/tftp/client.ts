// Fetches one file by TFTP, as firmware does: for `pxectl boot-test` and for tests. Decisions are in receive-transfer.ts.
import {createHash} from 'node:crypto'
import {createSocket, type RemoteInfo, type Socket} from 'node:dgram'
import {messageOf, PxectlError} from '../errors.js'
import {findOption} from './options.js'
import {decodePacket, encodePacket, errorCodes, type Packet, type RequestPacket, type TftpOption} from './packet.js'
import {type ReceiveOutcome, type ReceiveTransfer, startReceiveTransfer, stepReceive} from './receive-transfer.js'

export type FetchTftpOptions = {
  /** IP address. */
  readonly server: string
  readonly port?: number
  readonly name: string
  /** The address to send from, on a machine with several. */
  readonly localAddress?: string
  /** Options to ask for; undefined leaves an option out. */
  readonly blksize?: number
  readonly windowsize?: number
  /** Only ask for the size, then leave with ERROR 8. */
  readonly sizeProbe?: boolean
  /** Silence before the first repetition; it doubles, and the fifth ends the fetch. */
  readonly timeoutMs?: number
  readonly onData?: (bytes: Uint8Array) => void
}

export type FetchedTftp = {
  /** What was received; in a probe, what the server announced. */
  readonly sizeBytes: number
  readonly sha256: string
  readonly durationMs: number
  readonly blksize: number
  readonly windowsize: number
  /** The server's OACK as it came; empty where it sent none. */
  readonly oack: Readonly<Record<string, string>>
}

/** Reads a file. Throws a PxectlError with code TFTP_ERROR (details.tftpCode), TFTP_TIMEOUT or TFTP_UNREACHABLE. */
export async function fetchTftp(options: FetchTftpOptions): Promise<FetchedTftp> {
  const {server} = options
  const isIpv6 = server.includes(':')
  const socket = createSocket({
    type: isIpv6 ? 'udp6' : 'udp4',
    // All addresses are numbers. Without this, Node would send a tick later, and the last ACK after the socket is closed.
    lookup: (host, _options, callback) => callback(null, host, isIpv6 ? 6 : 4),
  })
  const startedMs = performance.now()
  const sha256 = createHash('sha256')
  const keep = (bytes: Uint8Array): void => {
    sha256.update(bytes)
    options.onData?.(bytes)
  }
  const {state, outcome} = await bind(socket, options.localAddress)
    .then(() => receive(socket, options, keep))
    .catch((error: unknown) => {
      throw unreachableError(options, error)
    })
    .finally(() => socket.close())
  if (outcome.kind === 'refused') throw refusedError(options, outcome)
  if (outcome.kind === 'silent') throw timeoutError(options)
  const announced = Number(findOption(state.granted, 'tsize') ?? 0)
  return {
    sizeBytes: options.sizeProbe === true ? announced : state.bytes,
    sha256: sha256.digest('hex'),
    durationMs: performance.now() - startedMs,
    blksize: state.terms.blksize,
    windowsize: state.terms.windowsize,
    oack: Object.fromEntries(state.granted),
  }
}

/** Feeds the machine with datagrams and time until it has finished. */
function receive(
  socket: Socket,
  options: FetchTftpOptions,
  deliver: (bytes: Uint8Array) => void,
): Promise<{state: ReceiveTransfer; outcome: ReceiveOutcome}> {
  const {server, port = 69} = options
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    // The first answer tells the port of the transfer (its TID, RFC 1350 section 4).
    let peer: RemoteInfo | undefined
    let [state, actions] = startReceiveTransfer(
      {request: requestOf(options), isProbe: options.sizeProbe === true, firstTimeoutMs: options.timeoutMs ?? 1000},
      performance.now(),
    )
    const fail = (error: unknown): void => {
      clearTimeout(timer)
      reject(error instanceof Error ? error : new Error(String(error)))
    }
    const perform = (): void => {
      for (const action of actions) {
        if (action.kind === 'send') {
          socket.send(encodePacket(action.packet), peer?.port ?? port, peer?.address ?? server)
        } else if (action.kind === 'deliver') {
          deliver(action.bytes)
        } else if (action.kind === 'wakeAt') {
          clearTimeout(timer)
          timer = setTimeout(tick, Math.max(0, action.atMs - performance.now()))
        } else {
          clearTimeout(timer)
          resolve({state, outcome: action.outcome})
        }
      }
    }
    const tick = (): void => {
      ;[state, actions] = stepReceive(state, {kind: 'tick', nowMs: performance.now()})
      perform()
    }
    socket.on('error', fail)
    socket.on('message', (datagram, sender) => {
      const packet = decodePacket(datagram)
      if (packet.kind === 'malformed') return
      if (peer !== undefined && sender.port !== peer.port) return sendAway(socket, sender, packet)
      peer = sender
      ;[state, actions] = stepReceive(state, {kind: 'packet', packet, nowMs: performance.now()})
      perform()
    })
    perform()
  })
}

function sendAway(socket: Socket, sender: RemoteInfo, packet: Packet): void {
  if (packet.kind === 'error') return
  socket.send(encodePacket({kind: 'error', errorCode: errorCodes.unknownTid, message: 'unknown transfer'}), sender.port, sender.address)
}

/** The options in the order of OVMF's request. */
function requestOf({name, blksize, windowsize, sizeProbe}: FetchTftpOptions): RequestPacket {
  const options: TftpOption[] = []
  if (sizeProbe === true) options.push(['tsize', '0'])
  if (blksize !== undefined) options.push(['blksize', String(blksize)])
  if (windowsize !== undefined) options.push(['windowsize', String(windowsize)])
  return {kind: 'rrq', name, mode: 'octet', options}
}

function bind(socket: Socket, address: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(address === undefined ? {port: 0} : {port: 0, address}, () => {
      socket.off('error', reject)
      resolve()
    })
  })
}

function unreachableError({server, port = 69, name}: FetchTftpOptions, error: unknown): PxectlError {
  return new PxectlError(`cannot reach ${server} port ${port}: ${messageOf(error)}`, {
    code: 'TFTP_UNREACHABLE',
    kind: 'environment',
    details: {server, port, name},
    suggestions: [`ip route get ${server}`],
    cause: error,
  })
}

function refusedError({server, name}: FetchTftpOptions, {errorCode, message}: {errorCode: number; message: string}): PxectlError {
  return new PxectlError(`${server} refused ${name}: TFTP error ${errorCode} ${message}`, {
    code: 'TFTP_ERROR',
    kind: errorCode === errorCodes.fileNotFound ? 'notFound' : 'external',
    details: {server, name, tftpCode: errorCode, tftpMessage: message},
  })
}

function timeoutError({server, port = 69, name}: FetchTftpOptions): PxectlError {
  return new PxectlError(`no answer from ${server} port ${port} while fetching ${name}`, {
    code: 'TFTP_TIMEOUT',
    kind: 'external',
    details: {server, port, name},
    suggestions: [`ss -ulpn 'sport = :${port}'   (on ${server})`, 'look for a firewall between here and there'],
  })
}
