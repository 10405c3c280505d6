// Which menu a requested name stands for. Strings only: this runs for every file that is served.
//
//   pxelinux.cfg/01-08-00-27-12-34-56   ipxe/01-….ipxe   grub/grub.cfg-01-…    the menu of a host, by MAC
//   menu.lst.01080027123456                                                    the same for pxegrub
//   pxelinux.cfg/C0A83815               grub/grub.cfg-C0A83815                 by IPv4 address; a shorter prefix is nobody's
//   pxelinux.cfg/default   ipxe/default.ipxe   grub/default.cfg   menu.lst     for clients that are not known
//   pxelinux.cfg/01-…+esx  pxelinux.cfg/default+esx                            one entry of such a menu, to be booted at once
//   boot.ipxe              grub/grub.cfg                                       scripts that ask on, with the client's MAC
//   autoexec.ipxe          FOLDER/autoexec.ipxe                                what iPXE asks for beside itself, wherever that is
//   esxi/01-…/NAME.cfg     esxi/default/NAME.cfg                               the boot.cfg of an ESXi image
//
// PXELINUX asks by the machine's UUID first; hosts have none, and it goes on to the MAC with its next packet.
import type {MenuFormat} from '../boot/formats.js'
import {ipv4FromNumber, type Ipv4} from '../net/ipv4.js'
import {findMac, type Mac} from '../net/mac.js'

/** A menu in a loader's language; `only`: the label of the one entry that is wanted. */
type Wanted = {readonly loader: MenuFormat; readonly path: string; readonly only?: string}

/** `path`: what was asked for, below the TFTP root, without the slashes and the spelling of the client; a script's is that of the lab's file. */
export type MenuName =
  | (Wanted & {readonly kind: 'mac'; readonly mac: Mac})
  | (Wanted & {readonly kind: 'ip'; readonly ip: Ipv4})
  | (Wanted & {readonly kind: 'default'})
  | {readonly kind: 'script'; readonly path: string}
  | {readonly kind: 'boot-cfg'; readonly path: string; readonly mac: Mac | undefined; readonly image: string}

/** Every menu's name has one of these in it, and hardly another file's. */
const CANDIDATE = /pxelinux\.cfg[/\\]|ipxe[/\\]|grub[/\\]|(?:boot|autoexec)\.ipxe$|menu\.lst|esxi[/\\]/i

/** No menu's name is as long, slashes and all. */
const MAX_LENGTH = 256

/** A pxegrub without a menu under its own name asks for the last one (illumos, seen on the wire). */
const DEFAULTS: ReadonlyMap<string, Wanted> = new Map([
  ['pxelinux.cfg/default', {loader: 'pxelinux', path: 'pxelinux.cfg/default'}],
  ['ipxe/default.ipxe', {loader: 'ipxe', path: 'ipxe/default.ipxe'}],
  ['grub/default.cfg', {loader: 'grub', path: 'grub/default.cfg'}],
  ['menu.lst', {loader: 'menu.lst', path: 'menu.lst'}],
  ['boot/grub/menu.lst', {loader: 'menu.lst', path: 'menu.lst'}],
])

const BY_MAC = /^(?:(pxelinux\.cfg\/)|(ipxe\/)|grub\/grub\.cfg-)01-((?:[0-9a-f]{2}-){5}[0-9a-f]{2})(\.ipxe)?$/
const BY_BARE_MAC = /^menu\.lst\.01([0-9a-f]{12})$/
const BY_IP = /^(?:(pxelinux\.cfg\/)|grub\/grub\.cfg-)([0-9a-f]{8})$/
const WITH_LABEL = /^(pxelinux\.cfg\/[^/]*)\+([a-z0-9-]+)$/
const BOOT_CFG = /^esxi\/(?:default|01-((?:[0-9a-f]{2}-){5}[0-9a-f]{2}))\/([^/]+)\.cfg$/i

/** The menu that the name stands for, in any case and with any slashes; undefined for every other file. */
export function findMenuName(name: string): MenuName | undefined {
  if (name.length > MAX_LENGTH || !CANDIDATE.test(name)) return undefined
  const written = plainPath(name)
  const path = written.toLowerCase()
  if (path === 'boot.ipxe' || path === 'grub/grub.cfg') return {kind: 'script', path}
  if (/(?:^|\/)autoexec\.ipxe$/.test(path)) return {kind: 'script', path: 'autoexec.ipxe'}
  const [, whole = path, only] = WITH_LABEL.exec(path) ?? []
  const found = findDefaultName(whole) ?? findMacName(whole) ?? findIpName(whole)
  if (found === undefined) return findBootCfgName(written)
  return only === undefined ? found : {...found, path, only}
}

/** As parseBootPath reads it, which would measure it too; what is refused there (dot-dot, NUL) is in no menu's name. */
function plainPath(name: string): string {
  const parts = name.split(/[/\\]/)
  return parts.filter((part) => part !== '' && part !== '.').join('/')
}

function findDefaultName(path: string): Extract<MenuName, {kind: 'default'}> | undefined {
  const wanted = DEFAULTS.get(path)
  return wanted === undefined ? undefined : {kind: 'default', ...wanted}
}

function findMacName(path: string): Extract<MenuName, {kind: 'mac'}> | undefined {
  const bare = findMac(BY_BARE_MAC.exec(path)?.[1] ?? '')
  if (bare !== undefined) return {kind: 'mac', loader: 'menu.lst', path, mac: bare}
  const [, pxelinux, ipxe, text = '', suffix] = BY_MAC.exec(path) ?? []
  const mac = findMac(text)
  if (mac === undefined || (ipxe === undefined) !== (suffix === undefined)) return undefined
  return {kind: 'mac', loader: loaderOf(pxelinux, ipxe), path, mac}
}

/** PXELINUX and GRUB write the address in upper case (C0A83815). */
function findIpName(path: string): Extract<MenuName, {kind: 'ip'}> | undefined {
  const [, pxelinux, hex] = BY_IP.exec(path) ?? []
  return hex === undefined ? undefined : {kind: 'ip', loader: loaderOf(pxelinux), path, ip: ipv4FromNumber(Number.parseInt(hex, 16))}
}

/** Names of images keep their capitals. */
function findBootCfgName(path: string): MenuName | undefined {
  const [, mac, image] = BOOT_CFG.exec(path) ?? []
  return image === undefined ? undefined : {kind: 'boot-cfg', path, mac: findMac(mac ?? ''), image}
}

function loaderOf(pxelinux: string | undefined, ipxe?: string): MenuFormat {
  if (pxelinux !== undefined) return 'pxelinux'
  return ipxe === undefined ? 'grub' : 'ipxe'
}
