// The images of a lab as they lie in its TFTP root: those that pxectl imported, and folders that somebody filled by hand.
import {join} from 'node:path'
import {findLinuxImage} from '../boot/image-files.js'
import {PxectlError} from '../errors.js'
import {findBytes, listFolder} from '../system/files.js'
import {listNames, walkFiles} from '../system/folders.js'
import {isImageName} from './image-name.js'
import {MANIFEST_NAME, parseManifest, type ImageManifest} from './manifest.js'

/** Files of the user's own in an image: they are laid over the platform while it boots, and survive `--replace`. */
export const OVERLAY_FOLDER = 'overlay'

export type CatalogImage = {readonly name: string; readonly folder: string} & (
  | {readonly kind: 'imported'; readonly manifest: ImageManifest}
  /** A folder with a kernel and perhaps initrds. */
  | {readonly kind: 'by-hand'; readonly sizeBytes: number}
  /** image.json is there and cannot be read. */
  | {readonly kind: 'broken'; readonly problem: PxectlError}
)

/** Every image, sorted by name. `images` is the folder that holds theirs. */
export async function readCatalog(images: string): Promise<CatalogImage[]> {
  const found: CatalogImage[] = []
  for (const {name, kind} of await listNames(images)) {
    const image = kind === 'folder' && isImageName(name) ? await findImage(images, name) : undefined
    if (image !== undefined) found.push(image)
  }
  return found
}

/** The image of that name, or undefined. */
export async function findImage(images: string, name: string): Promise<CatalogImage | undefined> {
  const folder = join(images, name)
  const path = join(folder, MANIFEST_NAME)
  const text = (await findBytes(path).catch(() => undefined))?.toString('utf8')
  if (text !== undefined) {
    try {
      return {kind: 'imported', name, folder, manifest: parseManifest(text, path)}
    } catch (error) {
      if (!(error instanceof PxectlError)) throw error
      return {kind: 'broken', name, folder, problem: error}
    }
  }
  if (findLinuxImage(name, await listFolder(folder).catch(() => [])) === undefined) return undefined
  let sizeBytes = 0
  for await (const file of walkFiles(folder)) sizeBytes += file.sizeBytes
  return {kind: 'by-hand', name, folder, sizeBytes}
}
