// What the TFTP server needs of a UDP port, whoever does the work: Node's dgram (node-port.ts) or the native batched I/O
// (batch-port.ts). Both pass one test suite.
import {addressOf} from '../bootfiles/transfer-event.js'

/**
 * Names a client by address and port, as cheaply as the port can: a number for IPv4 (address × 65536 + port, exact in a
 * double), a string for IPv6. Equal for equal clients, on all ports.
 */
export type ClientKey = number | string

export type Client = {
  /** Without the ::ffff: of an IPv4 client on an IPv6 port. */
  readonly address: string
  readonly port: number
}

/** Takes one datagram, which is only lent: its bytes are others after the call. */
export type Receive = (datagram: Uint8Array, client: ClientKey, port: UdpPort) => void

export type UdpPort = {
  readonly address: string
  readonly port: number
  /**
   * Sends the datagrams that lie end to end in `bytes` from `start` to `end`, each of `segmentBytes`, the last perhaps shorter.
   * The bytes may not change afterwards. A datagram that cannot be sent is a lost datagram: nothing is reported.
   */
  send(client: ClientKey, bytes: Uint8Array, start: number, end: number, segmentBytes: number): void
  /**
   * Leaves it to the port to send a stretch on, a window for each ACK it expects, until the stretch has been sent or the clock is
   * stopped; `receive` gets whatever else comes. A new clock of a client takes the place of its old one. Where the port cannot it
   * gives undefined, and nothing has changed; or it has no such method: then every ACK is for `receive`.
   */
  startAckClock?(client: ClientKey, stretch: Stretch): AckClock | undefined
  close(): Promise<void>
}

/** Datagrams end to end in `bytes`, which may not change. All windows but the file's last are full. */
export type Stretch = {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly segmentBytes: number
  readonly windowBytes: number
  /** The block, modulo 65536, whose ACK lets the first of these windows go. */
  readonly awaitedBlock: number
}

/** How far a stretch has gone. Offsets are in its bytes; times are of the clock `performance.now`, in milliseconds. */
export type AckClock = {
  ackedEnd(): number
  sentEnd(): number
  /** When the last window went out. Before the first it means nothing. */
  sentAtMs(): number
  /** The last round trip that was measured; below 0 where none was. */
  tripMs(): number
  stop(): void
}

export type UdpPlace = {
  readonly address: string
  /** 0 takes any free port. */
  readonly port: number
  /** A socket that is bound already, as systemd hands it over; address and port are then the socket's. */
  readonly fd?: number
}

/** Binds a port. Throws the system's error (EADDRINUSE …). */
export type OpenUdpPort = (place: UdpPlace, receive: Receive) => Promise<UdpPort>

/** What a key stands for; see ClientKey. */
export function clientOf(key: ClientKey): Client {
  if (typeof key === 'number') {
    return {address: addressOf(Math.floor(key / 0x10000)), port: key % 0x10000}
  }
  const bar = key.lastIndexOf('|')
  return {address: key.slice(0, bar), port: Number(key.slice(bar + 1))}
}
