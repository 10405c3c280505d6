// TFTP packets as values (RFC 1350 section 5, RFC 2347). Bytes in, values out; nothing here waits, and nothing throws.

/** Name and value as the sender wrote them, in its order. Names compare without regard to case (RFC 2347). */
export type TftpOption = readonly [name: string, value: string]

export type RequestPacket = {
  readonly kind: 'rrq' | 'wrq'
  readonly name: string
  /** Lower case: `octet`, `netascii`, or something we do not know. */
  readonly mode: string
  readonly options: readonly TftpOption[]
}
export type DataPacket = {readonly kind: 'data'; readonly block: number; readonly bytes: Uint8Array}
export type AckPacket = {readonly kind: 'ack'; readonly block: number}
export type ErrorPacket = {readonly kind: 'error'; readonly errorCode: number; readonly message: string}
export type OackPacket = {readonly kind: 'oack'; readonly options: readonly TftpOption[]}
export type Packet = RequestPacket | DataPacket | AckPacket | ErrorPacket | OackPacket

/** Bytes that are no TFTP packet. `opcode` is there when at least that could be read. */
export type PacketError = {readonly kind: 'malformed'; readonly reason: string; readonly opcode?: number}

const opcodes = {rrq: 1, wrq: 2, data: 3, ack: 4, error: 5, oack: 6} as const

/** Error codes of RFC 1350 section 5 (0 to 7) and RFC 2347 (8). */
export const errorCodes = {
  undefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  diskFull: 3,
  illegalOperation: 4,
  unknownTid: 5,
  fileExists: 6,
  noSuchUser: 7,
  optionsRefused: 8,
} as const

// ignoreBOM: a name that begins with U+FEFF must come out as it went in.
const utf8 = new TextDecoder('utf-8', {ignoreBOM: true})

/** Reads one datagram. The bytes of a DATA packet are a view of the datagram, not a copy. */
export function decodePacket(datagram: Uint8Array): Packet | PacketError {
  const opcode = readUint16(datagram, 0)
  if (opcode === undefined) return {kind: 'malformed', reason: 'shorter than an opcode'}
  switch (opcode) {
    case opcodes.rrq:
      return decodeRequest('rrq', datagram)
    case opcodes.wrq:
      return decodeRequest('wrq', datagram)
    case opcodes.data:
      return decodeNumbered(datagram, opcode, (block) => ({kind: 'data', block, bytes: datagram.subarray(4)}))
    case opcodes.ack:
      return decodeNumbered(datagram, opcode, (block) => ({kind: 'ack', block}))
    case opcodes.error:
      return decodeNumbered(datagram, opcode, (errorCode) => ({kind: 'error', errorCode, message: readText(datagram.subarray(4))}))
    case opcodes.oack:
      return decodeOack(datagram)
    default:
      return {kind: 'malformed', reason: `unknown opcode ${opcode}`, opcode}
  }
}

/** The block number of an ACK, or −1 for any other packet: spares making a value of the packet that comes most often. */
export function ackedBlock(datagram: Uint8Array): number {
  return datagram.length >= 4 && datagram[0] === 0 && datagram[1] === opcodes.ack ? (datagram[2]! << 8) | datagram[3]! : -1
}

/** Is it a request, whole or not? */
export function isRequest(datagram: Uint8Array): boolean {
  return datagram[0] === 0 && (datagram[1] === opcodes.rrq || datagram[1] === opcodes.wrq)
}

/** Writes one datagram. */
export function encodePacket(packet: Packet): Uint8Array {
  switch (packet.kind) {
    case 'rrq':
    case 'wrq':
      return encodeStrings(opcodes[packet.kind], [packet.name, packet.mode, ...packet.options.flat()])
    case 'oack':
      return encodeStrings(opcodes.oack, packet.options.flat())
    case 'ack':
      return encodeHeader(opcodes.ack, packet.block)
    case 'data':
      return concat([encodeHeader(opcodes.data, packet.block), packet.bytes])
    case 'error':
      return concat([encodeHeader(opcodes.error, packet.errorCode), encodeString(packet.message)])
  }
}

/** Bytes before the contents of a DATA packet. */
export const DATA_HEADER_BYTES = 4

/** Writes the header of a DATA packet at an offset, for one who lays out many; block numbers wrap from 65535 to 0. */
export function writeDataHeader(bytes: Uint8Array, offset: number, block: number): void {
  bytes[offset] = 0
  bytes[offset + 1] = opcodes.data
  bytes[offset + 2] = block >> 8
  bytes[offset + 3] = block
}

/** One line for logs. Names come from the network: escape before printing. */
export function summarise(packet: Packet | PacketError): string {
  switch (packet.kind) {
    case 'rrq':
    case 'wrq':
      return [packet.kind.toUpperCase(), packet.name, packet.mode, ...summariseOptions(packet.options)].join(' ')
    case 'oack':
      return ['OACK', ...summariseOptions(packet.options)].join(' ')
    case 'data':
      return `DATA ${packet.block} (${packet.bytes.length} bytes)`
    case 'ack':
      return `ACK ${packet.block}`
    case 'error':
      return `ERROR ${packet.errorCode} ${packet.message}`
    case 'malformed':
      return `malformed: ${packet.reason}`
  }
}

function summariseOptions(options: readonly TftpOption[]): string[] {
  return options.map(([name, value]) => `${name}=${value}`)
}

//   2 bytes   string    1 byte  string  1 byte    string   1 byte  string  1 byte
//  ┌────────┬───────────┬───┬──────────┬───┐   ┌──────────┬───┬─────────┬───┐
//  │ 1 or 2 │ file name │ 0 │   mode   │ 0 │   │  option  │ 0 │  value  │ 0 │ …     RFC 1350 figure 5-1, RFC 2347
//  └────────┴───────────┴───┴──────────┴───┘   └──────────┴───┴─────────┴───┘
function decodeRequest(kind: 'rrq' | 'wrq', datagram: Uint8Array): RequestPacket | PacketError {
  const [name, mode, ...rest] = readStrings(datagram)
  if (name === undefined || mode === undefined)
    return {kind: 'malformed', reason: 'a request without file name and mode', opcode: opcodes[kind]}
  return {kind, name, mode: mode.toLowerCase(), options: pairs(rest)}
}

//   2 bytes    string   1 byte  string  1 byte
//  ┌────────┬──────────┬───┬─────────┬───┐
//  │   6    │  option  │ 0 │  value  │ 0 │ …                                         RFC 2347
//  └────────┴──────────┴───┴─────────┴───┘
function decodeOack(datagram: Uint8Array): OackPacket {
  return {kind: 'oack', options: pairs(readStrings(datagram))}
}

//   2 bytes  2 bytes      n bytes           2 bytes  2 bytes       2 bytes   2 bytes    string  1 byte
//  ┌────────┬───────┬───────────────┐      ┌────────┬───────┐     ┌────────┬──────────┬─────────┬───┐
//  │   3    │ block │     bytes     │      │   4    │ block │     │   5    │   code   │ message │ 0 │
//  └────────┴───────┴───────────────┘      └────────┴───────┘     └────────┴──────────┴─────────┴───┘
//   RFC 1350 figure 5-2                     figure 5-3             figure 5-4; some senders leave the last 0 out
function decodeNumbered<T extends Packet>(datagram: Uint8Array, opcode: number, make: (field: number) => T): T | PacketError {
  const field = readUint16(datagram, 2)
  return field === undefined ? {kind: 'malformed', reason: 'shorter than its header', opcode} : make(field)
}

function readUint16(bytes: Uint8Array, offset: number): number | undefined {
  const high = bytes[offset]
  const low = bytes[offset + 1]
  return high === undefined || low === undefined ? undefined : high * 256 + low
}

/** The zero-terminated strings after the opcode. What follows the last zero is dropped: old clients pad their requests. */
function readStrings(datagram: Uint8Array): string[] {
  const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.length)
  const end = bytes.lastIndexOf(0)
  if (end < 2) return []
  return utf8.decode(bytes.subarray(2, end)).split('\0')
}

function readText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return utf8.decode(end === -1 ? bytes : bytes.subarray(0, end))
}

/** Strings two by two; an option that lost its value is dropped. */
function pairs(strings: readonly string[]): TftpOption[] {
  const options: TftpOption[] = []
  for (let index = 0; index + 1 < strings.length; index += 2) options.push([strings[index] ?? '', strings[index + 1] ?? ''])
  return options
}

function encodeHeader(opcode: number, field: number): Uint8Array {
  return Uint8Array.of(0, opcode, field >> 8, field)
}

function encodeStrings(opcode: number, strings: readonly string[]): Uint8Array {
  return Buffer.from(`\0${String.fromCharCode(opcode)}${strings.join('\0')}${strings.length > 0 ? '\0' : ''}`)
}

function encodeString(text: string): Uint8Array {
  return Buffer.from(`${text}\0`)
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}
