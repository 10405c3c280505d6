// Option 97, the machine's UUID (RFC 4578 section 2.3): a type byte 0 and 16 bytes, "GUID" order.
import {Buffer} from 'node:buffer'
import {optionCode} from './option-codes.js'
import type {Dhcp4Options} from './option-field.js'

/*
 * Firmware sends the first three fields little-endian. A machine whose SMBIOS UUID is 00112233-4455-6677-8899-aabbccddeeff
 * (so iPXE's ${uuid} and Linux) sends 00 33221100 5544 7766 8899aabbccddeeff, and PXELINUX, which does not swap, asks
 * for pxelinux.cfg/33221100-5544-7766-8899-aabbccddeeff.
 */

/** The UUID as the machine's own tools show it, or undefined (some ROMs send none, or a type other than 0). */
export function machineUuidOf(options: Dhcp4Options): string | undefined {
  const bytes = options.get(optionCode.machineId)
  if (bytes === undefined || bytes.length !== 17 || bytes[0] !== 0) return undefined
  const hex = Buffer.from(swapFields(bytes.subarray(1))).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The option for a UUID in text form. */
export function machineUuidBytes(uuid: string): Uint8Array {
  return Uint8Array.of(0, ...swapFields(Buffer.from(uuid.replaceAll('-', ''), 'hex')))
}

function swapFields(bytes: Uint8Array): number[] {
  const field = (start: number, end: number) => Array.from(bytes.subarray(start, end)).reverse()
  return [...field(0, 4), ...field(4, 6), ...field(6, 8), ...bytes.subarray(8)]
}
