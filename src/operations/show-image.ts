// All there is to know of one image, and the menus that start it.
import {menuFormats, type MenuFormat} from '../boot/formats.js'
import {menuLanguages} from '../boot/languages.js'
import {hostMenu} from '../boot/menu.js'
import {PxectlError} from '../errors.js'
import type {ImageManifest} from '../images/manifest.js'
import type {Lab} from '../lab/open-lab.js'
import {parseMac} from '../net/mac.js'
import {readBootContext} from './boot-context.js'
import {getImage, imageJson, imageUse, type ImageJson} from './image-lab.js'
import {templateWarnings, withoutBrokenTemplates} from './read-templates.js'

export type ShownImage = {
  readonly image: ImageJson & Partial<Pick<ImageManifest, 'boot' | 'files' | 'sourceSha256'>> & {readonly folder: string}
  /** What a host of the lab that boots it gets, in each loader's language; empty in a lab without a server address. */
  readonly menus: Partial<Record<MenuFormat, string>>
  readonly warnings: readonly string[]
}

/** Throws IMAGE_NOT_FOUND. */
export async function showImage(lab: Lab, name: string): Promise<ShownImage> {
  const found = await getImage(lab, name)
  const json = imageJson(found, await imageUse(lab, name))
  const {menus, warnings} = await renderMenus(lab, name)
  const manifest = found.kind === 'imported' ? found.manifest : undefined
  const more =
    manifest === undefined
      ? {}
      : {boot: manifest.boot, files: manifest.files, ...(manifest.sourceSha256 === undefined ? {} : {sourceSha256: manifest.sourceSha256})}
  return {
    image: {...json, folder: found.folder, ...more},
    menus,
    warnings: [...(found.kind === 'broken' ? [found.problem.message] : []), ...warnings],
  }
}

/** A loader that cannot start the image says so, and the others are shown. */
async function renderMenus(lab: Lab, image: string): Promise<{menus: ShownImage['menus']; warnings: string[]}> {
  if (lab.settings.network.server === undefined) return {menus: {}, warnings: []}
  const read = await readBootContext(lab)
  const context = withoutBrokenTemplates(read)
  if (!context.images.has(image)) return {menus: {}, warnings: []}
  const host = {
    name: 'HOST',
    mac: parseMac('00:00:00:00:00:00'),
    ip: undefined,
    root: undefined,
    image,
    bootArgs: undefined,
    firmware: undefined,
  }
  const menus: Partial<Record<MenuFormat, string>> = {}
  const warnings: string[] = [...templateWarnings(read).values()]
  for (const format of menuFormats) {
    try {
      menus[format] = menuLanguages[format].render(hostMenu(host, context))
    } catch (error) {
      if (!(error instanceof PxectlError)) throw error
      warnings.push(`${format} cannot start it: ${error.message}`)
    }
  }
  return {menus, warnings}
}
