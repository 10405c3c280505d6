// Which menu a requested name stands for. Strings only: this runs for every file that is served.
//
//   pxelinux.cfg/01-08-00-27-12-34-56   ipxe/01-….ipxe   grub/grub.cfg-01-…    the menu of a host, by MAC
//   pxelinux.cfg/C0A83815               grub/grub.cfg-C0A83815                 by IPv4 address; a shorter prefix is nobody's
//   pxelinux.cfg/default   ipxe/default.ipxe   grub/default.cfg                for clients that are not known
//   boot.ipxe              grub/grub.cfg                                       scripts that ask on, with the client's MAC
//
// PXELINUX asks by the machine's UUID first; hosts have none, and it goes on to the MAC with its next packet.
import type {MenuFormat} from '../boot/languages.js'
import {ipv4FromNumber, type Ipv4} from '../net/ipv4.js'
import {findMac, type Mac} from '../net/mac.js'

/** `path`: what was asked for, below the TFTP root, without the slashes and the spelling of the client. */
export type MenuName =
  | {readonly kind: 'mac'; readonly loader: MenuFormat; readonly path: string; readonly mac: Mac}
  | {readonly kind: 'ip'; readonly loader: MenuFormat; readonly path: string; readonly ip: Ipv4}
  | {readonly kind: 'default'; readonly loader: MenuFormat; readonly path: string}
  | {readonly kind: 'script'; readonly path: string}

/** Every menu's name has one of these in it, and hardly another file's. */
const CANDIDATE = /pxelinux\.cfg[/\\]|ipxe[/\\]|grub[/\\]|boot\.ipxe$/i

/** No menu's name is as long, slashes and all. */
const MAX_LENGTH = 128

const DEFAULTS: ReadonlyMap<string, MenuFormat> = new Map([
  ['pxelinux.cfg/default', 'pxelinux'],
  ['ipxe/default.ipxe', 'ipxe'],
  ['grub/default.cfg', 'grub'],
])

const BY_MAC = /^(?:(pxelinux\.cfg\/)|(ipxe\/)|grub\/grub\.cfg-)01-((?:[0-9a-f]{2}-){5}[0-9a-f]{2})(\.ipxe)?$/
const BY_IP = /^(?:(pxelinux\.cfg\/)|grub\/grub\.cfg-)([0-9a-f]{8})$/

/** The menu that the name stands for, in any case and with any slashes; undefined for every other file. */
export function findMenuName(name: string): MenuName | undefined {
  if (name.length > MAX_LENGTH || !CANDIDATE.test(name)) return undefined
  const path = plainPath(name)
  if (path === 'boot.ipxe' || path === 'grub/grub.cfg') return {kind: 'script', path}
  const loader = DEFAULTS.get(path)
  return loader === undefined ? (findMacName(path) ?? findIpName(path)) : {kind: 'default', loader, path}
}

/** As parseBootPath reads it, which would measure it too; what is refused there (dot-dot, NUL) is in no menu's name. */
function plainPath(name: string): string {
  const parts = name.toLowerCase().split(/[/\\]/)
  return parts.filter((part) => part !== '' && part !== '.').join('/')
}

function findMacName(path: string): MenuName | undefined {
  const [, pxelinux, ipxe, text = '', suffix] = BY_MAC.exec(path) ?? []
  const mac = findMac(text)
  if (mac === undefined || (ipxe === undefined) !== (suffix === undefined)) return undefined
  return {kind: 'mac', loader: loaderOf(pxelinux, ipxe), path, mac}
}

/** PXELINUX and GRUB write the address in upper case (C0A83815). */
function findIpName(path: string): MenuName | undefined {
  const [, pxelinux, hex] = BY_IP.exec(path) ?? []
  return hex === undefined ? undefined : {kind: 'ip', loader: loaderOf(pxelinux), path, ip: ipv4FromNumber(Number.parseInt(hex, 16))}
}

function loaderOf(pxelinux: string | undefined, ipxe?: string): MenuFormat {
  if (pxelinux !== undefined) return 'pxelinux'
  return ipxe === undefined ? 'grub' : 'ipxe'
}
