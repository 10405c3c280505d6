// Images as `image add` leaves them: files in a folder, and image.json.
import {mkdir, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import type {BootImage, ImageBoot, SmartosBoot} from '../../../src/boot/image.js'
import {type ImageType, MANIFEST_NAME, renderManifest} from '../../../src/images/manifest.js'

export type TestImage = {
  readonly name: string
  readonly type: ImageType
  readonly title?: string
  readonly boot: ImageBoot
  /** By path in the image's folder. */
  readonly files: Readonly<Record<string, Uint8Array | string>>
}

export async function writeImage(tftpRoot: string, {name, type, title = name, boot, files}: TestImage): Promise<BootImage> {
  const folder = join(tftpRoot, 'images', name)
  for (const [path, content] of Object.entries(files)) await writeFileAt(join(folder, path), content)
  const addedAt = '2026-01-01T00:00:00.000Z'
  await writeFileAt(join(folder, MANIFEST_NAME), renderManifest({format: 1, type, title, source: 'a test', addedAt, boot, files: {}}))
  return {name, title, addedAt, boot}
}

export async function writeFileAt(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), {recursive: true})
  await writeFile(path, content)
}

export const PLATFORM = 'platform/i86pc'

/** A SmartOS platform, by paths in its own folder. */
export const smartosBoot: SmartosBoot = {
  kind: 'smartos',
  build: '20140207T053435Z',
  kernel: `${PLATFORM}/kernel/amd64/unix`,
  bootArchive: `${PLATFORM}/amd64/boot_archive`,
  bootArchiveHash: `${PLATFORM}/amd64/boot_archive.hash`,
  overlays: [],
  options: {
    smartos: true,
    rootShadow: '$5$2HOHRnK3$NvLlm.1KQBbB0WjoP7xcIwGnllhzp2HnT.mDO7DpxYA',
    noimport: false,
    standalone: false,
    kmdb: false,
    verbose: false,
    properties: [],
  },
}
