// The names of boot files: what loaders ask for by themselves, and what our scripts ask for.
import {type Ipv4, ipv4ToBytes} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'

/** The name that PXELINUX builds from ARP type 1 (Ethernet) and the MAC: `pxelinux.cfg/01-08-00-27-12-34-56`. */
export function pxelinuxConfigName(mac: Mac): string {
  return `pxelinux.cfg/${hardwareName(mac)}`
}

/** The script of one host, chained by boot.ipxe: `ipxe/01-08-00-27-12-34-56.ipxe`. */
export function ipxeScriptName(mac: Mac): string {
  return `ipxe/${hardwareName(mac)}.ipxe`
}

/** What GRUB's network core asks for first: `grub/grub.cfg-01-08-00-27-12-34-56` (GRUB 2.06, grub-core/net/net.c). */
export function grubConfigName(mac: Mac): string {
  return `grub/grub.cfg-${hardwareName(mac)}`
}

/** What the pxegrub of illumos asks for first: `menu.lst.01080027123456` (seen on the wire; type, then the MAC in upper case). */
export function menuLstName(mac: Mac): string {
  return `menu.lst.01${mac.replaceAll(':', '').toUpperCase()}`
}

/**
 * A PXELINUX configuration with one entry of a menu, which boots at once: `pxelinux.cfg/01-08-00-27-12-34-56+esx`. Made when it
 * is asked for; other loaders go there for what only PXELINUX can start. `client` is that of the menu.
 */
export function pxelinuxDetourName(client: string, label: string): string {
  return `pxelinux.cfg/${client}+${label}`
}

export type PxelinuxClient = {
  /** The machine's UUID as its own tools show it. */
  readonly uuid?: string
  readonly mac: Mac
  readonly ip: Ipv4
}

/**
 * Every name PXELINUX 6.04 asks for, in its order:
 *
 *   33221100-5544-7766-8899-aabbccddeeff   the UUID as it lies in memory: its first three fields byte-swapped
 *   01-08-00-27-12-34-56
 *   C0A83815, C0A8381, … C                 the address in hexadecimal, upper case, one digit less each time
 *   default
 */
export function pxelinuxSearch({uuid, mac, ip}: PxelinuxClient): string[] {
  const hex = Array.from(ipv4ToBytes(ip), (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()
  const prefixes = Array.from(hex, (_, index) => hex.slice(0, hex.length - index))
  const names = [...(uuid === undefined ? [] : [swapUuid(uuid)]), hardwareName(mac), ...prefixes, 'default']
  return names.map((name) => `pxelinux.cfg/${name}`)
}

/** SMBIOS stores the first three fields little-endian (DMTF DSP0134, 7.2.1); PXELINUX prints the bytes as they lie. */
function swapUuid(uuid: string): string {
  const [low = '', mid = '', high = '', ...rest] = uuid.toLowerCase().split('-')
  const swap = (field: string): string => (field.match(/../g) ?? []).toReversed().join('')
  return [swap(low), swap(mid), swap(high), ...rest].join('-')
}

function hardwareName(mac: Mac): string {
  return `01-${mac.replaceAll(':', '-')}`
}
