// The plain kinds of option value: addresses, numbers, text and lists of codes. Readers begin with `find`, writers end with `Bytes`.
// A reader answers undefined where the option is absent or too short; the sizes that matter were checked by decodePacket.
import {Buffer} from 'node:buffer'
import {type Ipv4, ipv4FromBytes, ipv4ToBytes} from '../net/ipv4.js'
import {findMessageType, messageTypeNumber, type MessageType, optionCode} from './option-codes.js'
import type {Dhcp4Options} from './option-field.js'
import type {Dhcp4Packet} from './packet.js'

/** Option 53 of a message; undefined for BOOTP and for the leasequery types we do not speak. */
export function messageTypeOf(packet: Dhcp4Packet): MessageType | undefined {
  return findMessageType(packet.options.get(optionCode.messageType)?.[0] ?? 0)
}

/** The file to boot: the `file` field, else option 67 (dnsmasq leaves the field empty). */
export function bootFilenameOf(packet: Dhcp4Packet): string | undefined {
  const filename = packet.filename || findText(packet.options, optionCode.bootFilename)
  return filename === '' ? undefined : filename
}

/** The one address in an option, e.g. 50, 54, 28. */
export function findAddress(options: Dhcp4Options, code: number): Ipv4 | undefined {
  return findAddresses(options, code)[0]
}

/** Every address in an option, e.g. 3 and 6. */
export function findAddresses(options: Dhcp4Options, code: number): Ipv4[] {
  const bytes = options.get(code) ?? new Uint8Array()
  return Array.from({length: Math.floor(bytes.length / 4)}, (_, index) => ipv4FromBytes(bytes.subarray(index * 4)))
}

/** Every 16-bit number in an option, e.g. 93. */
export function findUint16s(options: Dhcp4Options, code: number): number[] {
  const bytes = options.get(code) ?? new Uint8Array()
  return Array.from({length: Math.floor(bytes.length / 2)}, (_, index) => Buffer.from(bytes).readUInt16BE(index * 2))
}

/** The 32-bit number in an option, e.g. 51, 58, 59. */
export function findUint32(options: Dhcp4Options, code: number): number | undefined {
  const bytes = options.get(code)
  return bytes === undefined || bytes.length < 4 ? undefined : Buffer.from(bytes).readUInt32BE(0)
}

/** The text in an option; NULs at its end go, RFC 2132 section 2 (dnsmasq sends one in option 67). */
export function findText(options: Dhcp4Options, code: number): string | undefined {
  const bytes = options.get(code)
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1').replace(/\0+$/, '')
}

/** Does the client ask for this option? One that sends no list (55) gets everything. */
export function wantsOption(request: Dhcp4Packet, code: number): boolean {
  return request.options.get(optionCode.parameterList)?.includes(code) ?? true
}

export function messageTypeBytes(type: MessageType): Uint8Array {
  return Uint8Array.of(messageTypeNumber(type))
}

export function addressBytes(...addresses: readonly Ipv4[]): Uint8Array {
  return Uint8Array.from(addresses.flatMap((address) => Array.from(ipv4ToBytes(address))))
}

export function uint16Bytes(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value)
}

export function uint32Bytes(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

export function textBytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'))
}
