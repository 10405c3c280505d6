// Menus as files in memory: the very bytes that `menu show` prints and that renewing the boot files writes.
import {createHash} from 'node:crypto'
import {renderBootCfg} from '../boot/boot-cfg.js'
import {imageUrl} from '../boot/image-entries.js'
import type {MenuFormat} from '../boot/formats.js'
import {menuLanguages} from '../boot/languages.js'
import {type BootMenu, defaultMenu, hostMenu, httpUrlOf, onlyEntry} from '../boot/menu.js'
import {renderPxelinux} from '../boot/pxelinux.js'
import {type BootFile, type BootFileRequest, type BootFileSource, bytesFile} from '../bootfiles/boot-file.js'
import type {Host} from '../hosts/host.js'
import {bootHostOf} from './boot-context.js'
import type {MenuContext} from './menu-context.js'
import {IMAGES_FOLDER} from './read-images.js'

export type HostMenuRequest = {
  readonly host: Host
  readonly loader: MenuFormat
  /** The label of the one entry that is wanted, to be booted at once. */
  readonly only?: string
  readonly context: MenuContext
}

/** The menu of a host; undefined where it has no such entry. Throws IMAGE_NOT_FOUND, or BOOT_TEXT_INVALID where the loader has no way to say it. */
export function hostMenuFile({host, loader, only, context}: HostMenuRequest): BootFile | undefined {
  const menu = chosen(hostMenu(bootHostOf(host), context.boot), only)
  return menu === undefined ? undefined : textFile(menuLanguages[loader].render(menu), changedMs(host, context))
}

/** One of the lab's own files, by its path; undefined for another path, or where the default menu has no entry `only`. */
export function labMenuFile(path: string, context: MenuContext, only?: string): BootFile | undefined {
  const menu = only === undefined ? undefined : onlyEntry(defaultMenu(context.boot), only)
  const text = only === undefined ? context.labFiles().get(path) : menu === undefined ? undefined : renderPxelinux(menu)
  return text === undefined ? undefined : textFile(text, context.changedMs)
}

/** So long is no boot.cfg. */
const MOST_BOOT_CFG_BYTES = 1_000_000

export type BootCfgRequest = {
  readonly image: string
  readonly host: Host | undefined
  readonly context: MenuContext
  readonly tree: BootFileSource
}

/**
 * The boot.cfg of an ESXi image for one client; its files are fetched in the way in which it was itself. undefined where there is no
 * such image. Throws BOOT_CFG_INVALID, or what the tree throws.
 */
export async function bootCfgFile(
  {image: name, host, context, tree}: BootCfgRequest,
  request: BootFileRequest,
): Promise<BootFile | undefined> {
  const image = context.boot.images.get(name)
  if (image?.boot.kind !== 'esxi') return undefined
  const original = await readText(tree, {...request, name: image.boot.config})
  const url = imageUrl(httpUrlOf(context.boot), name)
  const text = renderBootCfg(original, {
    prefix: request.protocol === 'http' ? url : `${IMAGES_FOLDER}/${name}`,
    bootArgs: host?.bootArgs,
    imageUrl: url,
  })
  return textFile(text, host === undefined ? context.changedMs : changedMs(host, context))
}

async function readText(tree: BootFileSource, request: BootFileRequest): Promise<string> {
  const file = await tree(request)
  try {
    return Buffer.from(await file.read(0, Math.min(file.sizeBytes, MOST_BOOT_CFG_BYTES))).toString('utf8')
  } finally {
    await file.close()
  }
}

function chosen(menu: BootMenu, only: string | undefined): BootMenu | undefined {
  return only === undefined ? menu : onlyEntry(menu, only)
}

/** Settings are in the menu too: HTTP clients compare this time. */
function changedMs(host: Host, context: MenuContext): number {
  const updatedMs = Date.parse(host.updatedAt)
  return Math.max(Number.isNaN(updatedMs) ? 0 : updatedMs, context.changedMs)
}

function textFile(text: string, modifiedMs: number): BootFile {
  const bytes = Buffer.from(text)
  return bytesFile(bytes, modifiedMs, `menu:${createHash('sha256').update(bytes).digest('base64url')}`)
}
