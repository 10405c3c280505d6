// Removes an image: out of sight in one step, then from the disk.
import {basename, join} from 'node:path'
import {PxectlError} from '../errors.js'
import {cleanStagings, withStaging} from '../images/staging.js'
import {moveTo} from '../system/folders.js'
import {withLock} from '../system/lock.js'
import type {Lab} from '../lab/open-lab.js'
import {getImage, imageJson, imagePlaces, imageUse, type ImageJson, type ImageUse} from './image-lab.js'
import {recoverUnderLock} from './recover-lab.js'
import {refreshBootFiles} from './refresh-boot-files.js'

export type RemoveImageOptions = {
  /** Also where hosts boot it, where it is the default, and where it was filled by hand. */
  readonly force: boolean
  readonly dryRun: boolean
  readonly onProgress?: (step: string) => void
}

/** Throws IMAGE_NOT_FOUND, IMAGE_IN_USE, IMAGE_NOT_OURS. */
export async function removeImage(
  lab: Lab,
  name: string,
  options: RemoveImageOptions,
): Promise<{image: ImageJson; dryRun: boolean; warnings: string[]}> {
  const places = imagePlaces(lab)
  const check = async (): Promise<ImageJson> => {
    const image = await getImage(lab, name)
    const use = await imageUse(lab, name)
    if (!options.force) refuseUsed(name, use)
    if (!options.force && image.kind === 'by-hand') throw notOurs(name, image.folder)
    return imageJson(image, use)
  }
  const image = await check()
  if (options.dryRun) return {image, dryRun: true, warnings: leftBehind(image)}
  const notes = await cleanStagings(places)
  await withStaging(places, async (staging) => {
    // Not into `old`, from where an interrupted run puts images back.
    const aside = staging.newPath(basename(name))
    await withLock(lab.lockPath, {onWait: () => options.onProgress?.('waiting for another pxectl that is changing this lab')}, async () => {
      notes.push(...(await recoverUnderLock(lab)))
      await check()
      await moveTo(join(places.images, name), aside)
    })
    options.onProgress?.('removing the files')
  })
  return {image, dryRun: false, warnings: [...notes, ...leftBehind(image), ...(await refreshBootFiles(lab))]}
}

function refuseUsed(name: string, {hosts, isDefault}: ImageUse): void {
  if (hosts.length === 0 && !isDefault) return
  const reasons = [
    ...(hosts.length === 0 ? [] : [`${hosts.join(', ')} boot${hosts.length === 1 ? 's' : ''} it`]),
    ...(isDefault ? ['it is boot.default'] : []),
  ]
  throw new PxectlError(`the image ${name} is in use: ${reasons.join(', and ')}; nothing was removed`, {
    code: 'IMAGE_IN_USE',
    kind: 'conflict',
    details: {image: name, hosts, isDefault},
    suggestions: [
      ...hosts.slice(0, 3).map((host) => `pxectl host set ${host} --image OTHER`),
      ...(isDefault ? ['pxectl config set boot.default local'] : []),
      `remove it nonetheless: pxectl image remove ${name} --force`,
    ],
  })
}

function notOurs(name: string, folder: string): PxectlError {
  return new PxectlError(`the image ${name} was filled by hand, so pxectl does not know what else it is good for; nothing was removed`, {
    code: 'IMAGE_NOT_OURS',
    kind: 'conflict',
    details: {image: name, folder},
    suggestions: [`look at it: ls -l ${folder}`, `remove it nonetheless: pxectl image remove ${name} --force`],
  })
}

function leftBehind({name, hosts, isDefault}: ImageJson): string[] {
  return [
    ...(hosts.length === 0 ? [] : [`${hosts.join(', ')} cannot boot without the image ${name}: pxectl host set HOST --image OTHER`]),
    ...(isDefault ? [`boot.default still names ${name}: pxectl config set boot.default local`] : []),
  ]
}
