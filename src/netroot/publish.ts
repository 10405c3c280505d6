// The last step of a build: what was made gets its names, in fs.directory and below the TFTP root. From the marker on it is carried on
// whatever happens: each part can be done twice, and the next pxectl does what is left.
import {join} from 'node:path'
import {copyAtomic, fileExists, makeFolder, removeFile, syncFolder, writeAtomic} from '../system/files.js'
import {listNames, moveTo} from '../system/folders.js'
import {workPlaces, type FsPlaces} from './places.js'
import {partialName} from './root-name.js'

const MARKER = 'publishing'

/** Removes a folder, whoever its files belong to. */
export type RemoveFolder = (path: string) => Promise<void>

/** Gives the finished `NAME.partial` its name, and what it replaces none. */
export async function publish(places: FsPlaces, name: string, remove: RemoveFolder): Promise<void> {
  await writeAtomic(join(workPlaces(join(places.directory, name)).partial, MARKER), '')
  await finishPublishing(places, name, remove)
}

/** Was a build interrupted while it got its names? */
export async function isPublishing(places: FsPlaces, name: string): Promise<boolean> {
  const folder = join(places.directory, name)
  return (await fileExists(join(workPlaces(folder).partial, MARKER))) || (await fileExists(join(folder, MARKER)))
}

/** Does what is left to do; nothing where nothing is. */
export async function finishPublishing(places: FsPlaces, name: string, remove: RemoveFolder): Promise<void> {
  const folder = join(places.directory, name)
  const {partial, out} = workPlaces(folder)
  const served = join(places.tftpRoot, name)
  const [fresh, old] = [join(places.tftpRoot, `.${name}.new`), join(places.tftpRoot, `.${name}.old`)]
  const aside = partialName(`${folder}.old`)
  if (await fileExists(join(partial, MARKER))) {
    if (await fileExists(out)) {
      await remove(fresh)
      if (!(await canMove(out, fresh))) {
        await copyFiles(out, partialName(fresh))
        await moveTo(partialName(fresh), fresh)
        await remove(out)
      }
    }
    if (await fileExists(fresh)) {
      if (await fileExists(served)) {
        await remove(old)
        await moveTo(served, old)
      }
      await moveTo(fresh, served)
    }
    if (await fileExists(folder)) {
      await remove(aside)
      await moveTo(folder, aside)
    }
    await moveTo(partial, folder)
    await syncFolder(places.directory)
    await syncFolder(places.tftpRoot)
  }
  if (!(await fileExists(join(folder, MARKER)))) return
  await remove(old)
  await remove(aside)
  await removeFile(join(folder, MARKER))
}

/** Only on one disk. */
async function canMove(from: string, to: string): Promise<boolean> {
  return moveTo(from, to).then(
    () => true,
    () => false,
  )
}

/** Into a new folder that anybody may read: both servers send these files, whatever user they have become. */
async function copyFiles(from: string, to: string): Promise<void> {
  await makeFolder(to, 0o755)
  for (const {name} of await listNames(from)) await copyAtomic(join(from, name), join(to, name), 0o644)
}
