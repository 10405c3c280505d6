// Menus as files in memory: the very bytes that `menu show` prints and that renewing the boot files writes.
import {createHash} from 'node:crypto'
import {type MenuFormat, menuLanguages} from '../boot/languages.js'
import {hostMenu} from '../boot/menu.js'
import {type BootFile, bytesFile} from '../bootfiles/boot-file.js'
import type {Host} from '../hosts/host.js'
import {bootHostOf} from './boot-context.js'
import type {MenuContext} from './menu-context.js'

/** The menu of a host. Throws IMAGE_NOT_FOUND, or BOOT_TEXT_INVALID where the loader has no way to say it. */
export function hostMenuFile({host, loader, context}: {host: Host; loader: MenuFormat; context: MenuContext}): BootFile {
  const text = menuLanguages[loader].render(hostMenu(bootHostOf(host), context.boot))
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
