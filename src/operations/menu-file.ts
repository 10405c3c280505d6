// Menus as files in memory: the very bytes that `menu show` prints and that renewing the boot files writes.
import {createHash} from 'node:crypto'
import {renderGrub} from '../boot/grub.js'
import {renderIpxe} from '../boot/ipxe.js'
import {type BootMenu, hostMenu} from '../boot/menu.js'
import {grubConfigName, ipxeScriptName, pxelinuxConfigName} from '../boot/names.js'
import {renderPxelinux} from '../boot/pxelinux.js'
import {type BootFile, bytesFile} from '../bootfiles/boot-file.js'
import type {Host} from '../hosts/host.js'
import type {Mac} from '../net/mac.js'
import {bootHostOf} from './boot-context.js'
import type {MenuContext} from './menu-context.js'
import type {Loader} from './menu-names.js'

type Language = {readonly nameFor: (mac: Mac) => string; readonly render: (menu: BootMenu) => string}

const LANGUAGES: Readonly<Record<Loader, Language>> = {
  pxelinux: {nameFor: pxelinuxConfigName, render: renderPxelinux},
  ipxe: {nameFor: ipxeScriptName, render: renderIpxe},
  grub: {nameFor: grubConfigName, render: renderGrub},
}

/** Where the menu of the host with this MAC lies below the TFTP root, if it is on the disk. */
export function menuPathOf(loader: Loader, mac: Mac): string {
  return LANGUAGES[loader].nameFor(mac)
}

/** The menu of a host. Throws IMAGE_NOT_FOUND, or BOOT_TEXT_INVALID where the loader has no way to say it. */
export function hostMenuFile({host, loader, context}: {host: Host; loader: Loader; context: MenuContext}): BootFile {
  const text = LANGUAGES[loader].render(hostMenu(bootHostOf(host), context.boot))
  const updatedMs = Date.parse(host.updatedAt)
  // Settings are in the menu too: HTTP clients compare this time.
  return textFile(text, Math.max(Number.isNaN(updatedMs) ? 0 : updatedMs, context.changedMs))
}

/** One of the lab's own files, by its path; undefined for another path. */
export function labMenuFile(path: string, {labFiles, changedMs}: MenuContext): BootFile | undefined {
  const text = labFiles().get(path)
  return text === undefined ? undefined : textFile(text, changedMs)
}

function textFile(text: string, modifiedMs: number): BootFile {
  const bytes = Buffer.from(text)
  return bytesFile(bytes, modifiedMs, `menu:${createHash('sha256').update(bytes).digest('base64url')}`)
}
