// Options inside an option: 43 as PXE uses it (PXE 2.1 table 2-1) and 175 as iPXE does. Same code-length-bytes form as outside.
import {optionCode} from './option-codes.js'
import {type Dhcp4Options, encodeOptions, joinOptions, splitOptions} from './option-field.js'

/** Option 43 for PXE clients: what the ROM should do to find its boot server. */
export const pxeCode = {
  discoveryControl: 6,
  multicastAddress: 7,
  bootServers: 8,
  menu: 9,
  prompt: 10,
  bootItem: 71,
} as const

/** Option 175 for iPXE (its src/include/ipxe/dhcp.h). */
export const ipxeCode = {
  noProxyDhcp: 176,
  busId: 177,
  version: 235,
} as const

/** The options inside, or undefined where the value is not of that form. */
export function findSubOptions(options: Dhcp4Options, code: number): Dhcp4Options | undefined {
  const bytes = options.get(code)
  const parts = bytes === undefined ? undefined : splitOptions(bytes)
  return parts === undefined ? undefined : joinOptions(parts)
}

/**
 * `06 01 08 ff`: discovery control with bit 3, "load the file of this offer, ask nobody, show no prompt".
 * Without it OVMF insists on a boot server at port 4011: four tries, ten seconds, and no boot.
 */
export function pxeBootNowBytes(): Uint8Array {
  return encodeOptions(new Map([[pxeCode.discoveryControl, Uint8Array.of(8)]]))
}

/** no-pxedhcp = 1: iPXE then does not wait three seconds for a proxyDHCP offer (first ACK at 2.3 s instead of 5.2 s). */
export function ipxeNoProxyBytes(): Uint8Array {
  return Uint8Array.of(ipxeCode.noProxyDhcp, 1, 1)
}

/** Option 43 with the boot item (71) that the client chose, for it wants to hear it again (PXE 2.1 section 2.2.5); none where it chose none. */
export function chosenBootItem(request: Dhcp4Options): [number, Uint8Array][] {
  const item = findSubOptions(request, optionCode.vendorSpecific)?.get(pxeCode.bootItem)
  return item === undefined ? [] : [[optionCode.vendorSpecific, encodeOptions(new Map([[pxeCode.bootItem, item]]))]]
}
