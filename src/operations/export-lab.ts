// The lab file of a lab that lives: settings that are no defaults, images, hosts. Brought up elsewhere it gives the same lab; secrets
// are never written, so what needs one says where to put it.
import {resolve} from 'node:path'
import {PxectlError} from '../errors.js'
import {readCatalog} from '../images/catalog.js'
import {hostJson} from '../hosts/host.js'
import type {Lab, OpenLabOptions} from '../lab/open-lab.js'
import {renderLabFile} from '../lab-file/render.js'
import {listSettings} from './edit-settings.js'
import {fileExists, writeAtomic} from '../system/files.js'
import {imagePlaces} from './image-lab.js'
import {listLoaders} from './list-loaders.js'

export type ExportedLab = {readonly text: string; readonly warnings: readonly string[]}

type Keys = Record<string, unknown>

/** `options` as the lab was opened with. */
export async function exportLab(lab: Lab, options: OpenLabOptions): Promise<ExportedLab> {
  const warnings: string[] = []
  const settings = new Map<string, Map<string, string>>()
  for (const {name, text, origin, default: standard} of (await listSettings(options)).settings) {
    if (origin !== 'file' || text === standard) continue
    const [section = '', key = ''] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)]
    settings.set(section, (settings.get(section) ?? new Map<string, string>()).set(key, text))
  }
  const images = await exportImages(lab, warnings)
  const hosts = Object.fromEntries(
    (await lab.store.list()).map((host) => {
      const {name, ip, mac, root, image, firmware, bootArgs, dhcp} = hostJson(host)
      return [name, withoutNulls({ip, mac, root, image, 'boot-args': bootArgs, firmware, dhcp: dhcp ? null : false})]
    }),
  )
  const {loaders} = await listLoaders(lab.settings.lab)
  const hasLoaders = loaders.some(({state}) => state === 'present')
  return {text: renderLabFile({settings, hasLoaders, parts: {images, hosts}}), warnings}
}

/** Writes it to a new file; throws FILE_EXISTS (conflict) where there is one. Gives the absolute path. */
export async function writeExport({text}: ExportedLab, file: string): Promise<string> {
  const path = resolve(file)
  if (await fileExists(path)) {
    throw new PxectlError(`${path} is there already; nothing was written`, {
      code: 'FILE_EXISTS',
      kind: 'conflict',
      details: {path},
      suggestions: [`look at it: pxectl plan ${path}`, 'name another file'],
    })
  }
  await writeAtomic(path, text)
  return path
}

/** Those that a lab file made as it said; of others image.json knows the source. */
async function exportImages(lab: Lab, warnings: string[]): Promise<Record<string, Keys>> {
  const made = new Map((await lab.parts.list()).filter(({kind}) => kind === 'image').map(({name, state}) => [name, state]))
  const images: Record<string, Keys> = {}
  for (const image of await readCatalog(imagePlaces(lab).images)) {
    const {name} = image
    const state = made.get(name)
    if (state !== undefined && state !== '') images[name] = imageKeys(JSON.parse(state) as Record<string, string | null>)
    else if (image.kind === 'imported') {
      const {source, sourceSha256, type} = image.manifest
      images[name] = withoutNulls({source, checksum: sourceSha256 === undefined ? null : `sha256:${sourceSha256}`, type})
      warnings.push(`images.${name}: what else was given when it was imported (initrds, arguments, a password) is not known`)
    } else warnings.push(`the image ${name} was not imported by pxectl, so the file cannot say where it comes from`)
  }
  return images
}

/** The keys of a lab file from what lab-part-images.ts wrote down. */
function imageKeys({flags, properties, initrd, ...texts}: Record<string, string | null>): Keys {
  const words = (text: string | null | undefined): string[] => (text ?? '').split(' ').filter((word) => word !== '')
  const pairs = words(properties).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const)
  return withoutNulls({
    ...texts,
    initrd: words(initrd).length === 0 ? null : words(initrd),
    ...Object.fromEntries(words(flags).map((flag) => [flag === 'kernelVerbose' ? 'kernel-verbose' : flag, true])),
    properties: pairs.length === 0 ? null : Object.fromEntries(pairs),
  })
}

function withoutNulls(values: Keys): Keys {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined))
}
