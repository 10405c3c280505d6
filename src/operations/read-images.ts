// The images that lie in the TFTP root: those that pxectl imported, with image.json, and folders that somebody filled by hand.
//
//   images/debian/image.json                   how it boots
//   images/own/vmlinuz  initrd.img  args       without image.json: a Linux kernel, its initrds, arguments for all hosts
//   images/smartos/overlay/etc/system          laid over SmartOS; and overlay/… of the TFTP root over every SmartOS
import {join} from 'node:path'
import type {BootImage, ImageBoot} from '../boot/image.js'
import {findLinuxImage} from '../boot/image-files.js'
import {messageOf} from '../errors.js'
import {MANIFEST_NAME, mapBootPaths, parseManifest} from '../images/manifest.js'
import {findBytes, findStats, listFolder, readBytes} from '../system/files.js'
import {addOverlays, findOverlays, type Overlays} from './overlays.js'
import {fitMboot} from './pxelinux-modules.js'

/** The folder below the TFTP root that holds one folder per image. */
export const IMAGES_FOLDER = 'images'

/** The folder of files that are laid over every SmartOS. */
const OVERLAY_FOLDER = 'overlay'

export type LabImages = {
  readonly images: ReadonlyMap<string, BootImage>
  /** What is wrong, one sentence each, by the image's name. An image that cannot be used is not among the images. */
  readonly problems: ReadonlyMap<string, string>
}

export async function readImages(tftpRoot: string): Promise<LabImages> {
  const images = new Map<string, BootImage>()
  const problems = new Map<string, string>()
  let shared: Promise<Overlays> | undefined
  for (const name of await listFolder(join(tftpRoot, IMAGES_FOLDER))) {
    try {
      const image = await readImage(tftpRoot, name)
      if (image === undefined) continue
      shared ??= findOverlays(tftpRoot, OVERLAY_FOLDER)
      const {boot, problem} = await completeBoot(tftpRoot, image, await shared)
      images.set(name, {...image, boot})
      if (problem !== undefined) problems.set(name, `image ${name}: ${problem}`)
    } catch (error) {
      problems.set(name, messageOf(error))
    }
  }
  return {images, problems}
}

/** What may have changed since the image was imported. */
async function completeBoot(
  tftpRoot: string,
  {name, boot}: BootImage,
  shared: Overlays,
): Promise<{boot: ImageBoot; problem?: string | undefined}> {
  if (boot.kind !== 'smartos') return fitMboot(tftpRoot, boot)
  return addOverlays(boot, [shared, await findOverlays(tftpRoot, `${IMAGES_FOLDER}/${name}/${OVERLAY_FOLDER}`)])
}

/** undefined where the folder holds nothing that boots. Throws IMAGE_MANIFEST_INVALID, or where a file cannot be read. */
async function readImage(tftpRoot: string, name: string): Promise<BootImage | undefined> {
  const folder = `${IMAGES_FOLDER}/${name}`
  const path = join(tftpRoot, folder, MANIFEST_NAME)
  const isImported = (await findStats(path)) !== undefined
  if (!isImported) return readFolder(tftpRoot, name)
  const {title, addedAt, boot} = parseManifest((await readBytes(path)).toString('utf8'), `${folder}/${MANIFEST_NAME}`)
  return {name, title, addedAt, boot: mapBootPaths(boot, (path) => `${folder}/${path}`)}
}

async function readFolder(tftpRoot: string, name: string): Promise<BootImage | undefined> {
  const folder = `${IMAGES_FOLDER}/${name}`
  const files = findLinuxImage(folder, await listFolder(join(tftpRoot, folder)).catch(() => []))
  if (files === undefined) return undefined
  const args = (await findBytes(join(tftpRoot, folder, 'args')))?.toString('utf8').trim() ?? ''
  const boot: ImageBoot = {kind: 'linux', kernel: files.kernel, initrds: files.initrds, args}
  return {name, title: name, boot}
}
