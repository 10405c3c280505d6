// What all image commands need to know of a lab: where images lie, who uses them, and what is said about one.
import {dirname, join} from 'node:path'
import {imageNotFound} from '../boot/image-missing.js'
import {readCatalog, type CatalogImage} from '../images/catalog.js'
import type {ImageManifest, ImageType} from '../images/manifest.js'
import type {ImagePlaces} from '../images/staging.js'
import type {Lab} from '../lab/open-lab.js'
import {IMAGES_FOLDER} from './read-images.js'

/** An image as `image list` tells it; `null` is unknown. */
export type ImageJson = {
  readonly name: string
  readonly type: ImageType | null
  readonly title: string
  readonly version: string | null
  readonly sizeBytes: number | null
  /** ISO 8601, UTC. */
  readonly addedAt: string | null
  readonly source: string | null
  /** `imported` by pxectl, filled `by-hand`, or `broken`: its image.json cannot be read. */
  readonly origin: CatalogImage['kind']
  /** The hosts that boot it. */
  readonly hosts: readonly string[]
  /** Do unknown clients, and hosts without image and root, boot it? */
  readonly isDefault: boolean
}

export type ImageUse = Pick<ImageJson, 'hosts' | 'isDefault'>

export function imagePlaces(lab: Lab): ImagePlaces {
  return {images: join(lab.settings.lab.tftpRoot, IMAGES_FOLDER), state: dirname(lab.lockPath)}
}

/** Who boots the image. */
export async function imageUse(lab: Lab, name: string): Promise<ImageUse> {
  const hosts = (await lab.store.list()).filter((host) => host.image === name).map((host) => host.name)
  return {hosts, isDefault: lab.settings.boot.default === name}
}

export function imageJson(image: CatalogImage, use: ImageUse): ImageJson {
  const {name, kind: origin} = image
  const shared = {name, origin, hosts: use.hosts, isDefault: use.isDefault}
  switch (image.kind) {
    case 'imported':
      return {...shared, ...manifestJson(image.manifest)}
    case 'by-hand':
      return {...shared, type: 'linux', title: name, version: null, sizeBytes: image.sizeBytes, addedAt: null, source: null}
    case 'broken':
      return {...shared, type: null, title: name, version: null, sizeBytes: null, addedAt: null, source: null}
  }
}

/** The part of an answer that follows from image.json alone. */
export function manifestJson(manifest: ImageManifest): Pick<ImageJson, 'type' | 'title' | 'version' | 'sizeBytes' | 'addedAt' | 'source'> {
  const {type, title, version, addedAt, source, files} = manifest
  const sizeBytes = Object.values(files).reduce((sum, file) => sum + file.sizeBytes, 0)
  return {type, title, version: version ?? null, sizeBytes, addedAt, source}
}

/** The image of that name; throws IMAGE_NOT_FOUND. */
export async function getImage(lab: Lab, name: string): Promise<CatalogImage> {
  const images = await readCatalog(imagePlaces(lab).images)
  const found = images.find((image) => image.name === name)
  if (found !== undefined) return found
  throw imageNotFound(
    name,
    images.map((image) => image.name),
  )
}
