// The DHCPv4 message on the wire: bytes in, values out. RFC 2131 section 2 for the header, RFC 2132 for the options.
// Options stay bytes here; option-values.ts and its neighbours give them meaning.
import {Buffer} from 'node:buffer'
import {assert} from '../errors.js'
import {type Ipv4, ipv4FromBytes, ipv4ToBytes} from '../net/ipv4.js'
import {type Mac, macFromBytes, macToBytes} from '../net/mac.js'
import {optionCode} from './option-codes.js'
import {type Dhcp4Options, encodeOptions, joinOptions, splitOptions} from './option-field.js'

/** A DHCPv4 message. Text is one character per byte (latin1), so that nothing a client sends is lost. */
export type Dhcp4Packet = {
  readonly op: 'request' | 'reply'
  readonly hops: number
  /** The client's transaction number, copied into every reply. iPXE asks port 4011 with 0. */
  readonly xid: number
  /** Seconds since the client began to ask. */
  readonly secs: number
  readonly broadcast: boolean
  /** Address the client already has. */
  readonly ciaddr: Ipv4
  /** "Your" address: what the server gives. */
  readonly yiaddr: Ipv4
  /** next-server: where the filename is fetched. */
  readonly siaddr: Ipv4
  /** The relay agent that passed the message on. */
  readonly giaddr: Ipv4
  /** chaddr; only Ethernet is decoded. */
  readonly mac: Mac
  /** sname, rarely used. */
  readonly serverName: string
  /** The `file` field, empty where the field carries options. */
  readonly filename: string
  readonly options: Dhcp4Options
}

/** A datagram that is not a DHCP message we can read, and why. */
export type PacketError = {readonly kind: 'malformed'; readonly reason: string}

export type DecodedPacket = {readonly kind: 'packet'; readonly packet: Dhcp4Packet} | PacketError

/** The address that means "none" in every header field. */
export const noAddress = '0.0.0.0' as Ipv4

/*
 *   0        1        2        3
 *  +--------+--------+--------+--------+
 *  |   op   | htype  |  hlen  |  hops  |   0    op 1 = request, 2 = reply; htype 1, hlen 6 = Ethernet
 *  +--------+--------+--------+--------+
 *  |                xid                |   4
 *  +-----------------+-----------------+
 *  |      secs       |B     flags      |   8    B = answer by broadcast
 *  +-----------------+-----------------+
 *  |  ciaddr, yiaddr, siaddr, giaddr   |  12    4 bytes each
 *  +-----------------------------------+
 *  |  chaddr (16)                      |  28
 *  +-----------------------------------+
 *  |  sname (64), ends with NUL        |  44    more options when option 52 has bit 1
 *  +-----------------------------------+
 *  |  file (128), ends with NUL        | 108    more options when option 52 has bit 0
 *  +-----------------------------------+
 *  |  magic cookie 99.130.83.99        | 236
 *  +-----------------------------------+
 *  |  options: code, length, bytes …   | 240    0 = pad, 255 = end, neither has a length
 *  +-----------------------------------+
 */
const SNAME = {start: 44, end: 108}
const FILE = {start: 108, end: 236}
const COOKIE_START = 236
const OPTIONS_START = 240
const MAGIC_COOKIE = 0x63825363
const BROADCAST_FLAG = 0x8000

/** The BOOTP minimum (RFC 1542 section 2.1); some relays and ROMs drop anything shorter. */
const MINIMUM_BYTES = 300

/** The sizes of the options on which a decision rests; another size makes the whole message unreadable. */
const SIZES: ReadonlyMap<number, number> = new Map([
  [optionCode.requestedAddress, 4],
  [optionCode.overload, 1],
  [optionCode.messageType, 1],
  [optionCode.serverId, 4],
])

/** Reads a datagram. Never throws and never reads past the end, whatever the bytes. */
export function decodePacket(bytes: Uint8Array): DecodedPacket {
  if (bytes.length < OPTIONS_START) return malformed(`${bytes.length} bytes, a message has at least ${OPTIONS_START}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const op = view.getUint8(0)
  if (op !== 1 && op !== 2) return malformed(`op ${op} is neither request nor reply`)
  if (view.getUint8(1) !== 1 || view.getUint8(2) !== 6) return malformed('the hardware address is not an Ethernet one')
  if (view.getUint32(COOKIE_START) !== MAGIC_COOKIE) return malformed('no DHCP magic cookie (plain BOOTP?)')
  const decoded = decodeOptions(bytes)
  if (decoded.kind === 'malformed') return decoded
  const {options, overload} = decoded
  const packet: Dhcp4Packet = {
    op: op === 1 ? 'request' : 'reply',
    hops: view.getUint8(3),
    xid: view.getUint32(4),
    secs: view.getUint16(8),
    broadcast: (view.getUint16(10) & BROADCAST_FLAG) !== 0,
    ciaddr: ipv4FromBytes(bytes.subarray(12)),
    yiaddr: ipv4FromBytes(bytes.subarray(16)),
    siaddr: ipv4FromBytes(bytes.subarray(20)),
    giaddr: ipv4FromBytes(bytes.subarray(24)),
    mac: macFromBytes(bytes.subarray(28)),
    serverName: (overload & 2) === 0 ? textUpToNul(bytes.subarray(SNAME.start, SNAME.end)) : '',
    filename: (overload & 1) === 0 ? textUpToNul(bytes.subarray(FILE.start, FILE.end)) : '',
    options,
  }
  return {kind: 'packet', packet}
}

/** Writes a message of at least 300 bytes. A name too long for its field moves to option 67 or 66 (ISC dhcpd cuts it silently). */
export function encodePacket(packet: Dhcp4Packet): Uint8Array {
  const longFile = packet.filename.length >= FILE.end - FILE.start
  const longServerName = packet.serverName.length >= SNAME.end - SNAME.start
  const options = new Map(packet.options)
  if (longFile) options.set(optionCode.bootFilename, Buffer.from(packet.filename, 'latin1'))
  if (longServerName) options.set(optionCode.tftpServerName, Buffer.from(packet.serverName, 'latin1'))
  const optionBytes = encodeOptions(options)

  const bytes = new Uint8Array(Math.max(MINIMUM_BYTES, OPTIONS_START + optionBytes.length))
  const view = new DataView(bytes.buffer)
  bytes.set([packet.op === 'request' ? 1 : 2, 1, 6, packet.hops])
  view.setUint32(4, packet.xid)
  view.setUint16(8, packet.secs)
  view.setUint16(10, packet.broadcast ? BROADCAST_FLAG : 0)
  bytes.set(ipv4ToBytes(packet.ciaddr), 12)
  bytes.set(ipv4ToBytes(packet.yiaddr), 16)
  bytes.set(ipv4ToBytes(packet.siaddr), 20)
  bytes.set(ipv4ToBytes(packet.giaddr), 24)
  bytes.set(macToBytes(packet.mac), 28)
  if (!longServerName) bytes.set(Buffer.from(packet.serverName, 'latin1'), SNAME.start)
  if (!longFile) bytes.set(Buffer.from(packet.filename, 'latin1'), FILE.start)
  view.setUint32(COOKIE_START, MAGIC_COOKIE)
  bytes.set(optionBytes, OPTIONS_START)
  assert(bytes.length <= 65_507, 'a DHCP message fits into one UDP datagram')
  return bytes
}

/** All options of a message; option 52 (RFC 2132 section 9.3) may have put some into `file` and `sname`, read in that order. */
function decodeOptions(bytes: Uint8Array): {kind: 'options'; options: Dhcp4Options; overload: number} | PacketError {
  const main = splitOptions(bytes.subarray(OPTIONS_START))
  if (main === undefined) return malformed('an option runs past the end')
  const overload = main.find(([code]) => code === optionCode.overload)?.[1][0] ?? 0
  const inFile = (overload & 1) === 0 ? [] : splitOptions(bytes.subarray(FILE.start, FILE.end))
  const inSname = (overload & 2) === 0 ? [] : splitOptions(bytes.subarray(SNAME.start, SNAME.end))
  if (inFile === undefined || inSname === undefined) return malformed('an overloaded option runs past the end of its field')
  const options = joinOptions([...main, ...inFile, ...inSname])
  for (const [code, size] of SIZES) {
    const value = options.get(code)
    if (value !== undefined && value.length !== size) return malformed(`option ${code} has ${value.length} bytes, not ${size}`)
  }
  options.delete(optionCode.overload)
  return {kind: 'options', options, overload}
}

function textUpToNul(field: Uint8Array): string {
  const end = field.indexOf(0)
  return Buffer.from(field.subarray(0, end === -1 ? field.length : end)).toString('latin1')
}

function malformed(reason: string): PacketError {
  return {kind: 'malformed', reason}
}
