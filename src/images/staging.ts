// The place beside the images where one is made before it gets its name, so that the last step is a rename, and nothing half-made
// is ever an image.
//
//   images/.import-AB12CD/image/    what becomes images/NAME
//   images/.import-AB12CD/parts/    what an import unpacks on its way
//   images/.import-AB12CD/old/      the image that it replaces, until it has done so
//
// A lock in the lab's state folder, which the kernel frees when its holder dies, tells a place in use from one left behind.
import {basename, join} from 'node:path'
import {PxectlError} from '../errors.js'
import {fileExists, listFolder, makeFolder, removeFile, removeTree} from '../system/files.js'
import {makeUniqueFolder, moveTo} from '../system/folders.js'
import {withLock} from '../system/lock.js'

export type Staging = {
  /** Becomes the image. */
  readonly image: string
  /** For whatever is needed meanwhile; a new path at each call. */
  readonly newPath: (name: string) => string
  /** Where what is to be removed is set aside under its own name. */
  readonly old: string
}

export type ImagePlaces = {
  /** The folder of the images. */
  readonly images: string
  /** The lab's own folder, which is not served. */
  readonly state: string
}

const PREFIX = '.import-'

/** Runs `work` with a place of its own, which is gone afterwards, however it ends. */
export async function withStaging<T>(places: ImagePlaces, work: (staging: Staging) => Promise<T>): Promise<T> {
  await makeFolder(places.images, 0o755)
  await makeFolder(places.state)
  const folder = await makeUniqueFolder(join(places.images, PREFIX))
  const lock = lockOf(places, basename(folder))
  try {
    return await withLock(lock, {}, async () => {
      let count = 0
      for (const name of ['image', 'parts', 'old']) await makeFolder(join(folder, name), 0o755)
      return work({
        image: join(folder, 'image'),
        old: join(folder, 'old'),
        newPath: (name) => join(folder, 'parts', `${++count}-${name}`),
      })
    })
  } finally {
    await removeTree(folder)
    await removeFile(lock)
  }
}

/** Removes what killed runs left behind, and puts back an image that one had set aside. Gives what it did, for people. */
export async function cleanStagings(places: ImagePlaces): Promise<string[]> {
  const notes: string[] = []
  for (const name of await listFolder(places.images)) {
    if (!name.startsWith(PREFIX)) continue
    const lock = lockOf(places, name)
    // A run that has just made its folder takes the lock next: it is given up as dead only where a lock was once taken.
    if (!(await fileExists(lock)) && !(await fileExists(join(places.images, name, 'image')))) continue
    try {
      await withLock(lock, {waitMs: 0}, async () => void notes.push(...(await cleanStaging(places, name))))
      await removeFile(lock)
    } catch (error) {
      if (!(error instanceof PxectlError) || error.code !== 'LAB_BUSY') throw error
    }
  }
  return notes
}

async function cleanStaging(places: ImagePlaces, name: string): Promise<string[]> {
  const folder = join(places.images, name)
  const notes = [`removed what an interrupted run had left: ${folder}`]
  for (const image of await listFolder(join(folder, 'old'))) {
    if (image.startsWith('.') || (await fileExists(join(places.images, image)))) continue
    await moveTo(join(folder, 'old', image), join(places.images, image))
    notes.push(`put back the image ${image}, which an interrupted run had set aside`)
  }
  await removeTree(folder)
  return notes
}

function lockOf(places: ImagePlaces, name: string): string {
  return join(places.state, `${name.slice(1)}.lock`)
}
