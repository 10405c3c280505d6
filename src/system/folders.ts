// Folders as a whole: what lies in one, moving it, and the room on its disk.
import {lstat, mkdtemp, readdir, rename, rmdir, stat, statfs} from 'node:fs/promises'
import {join} from 'node:path'
import {errnoOf, fileError} from './file-errors.js'

export type FolderName = {readonly name: string; readonly kind: 'file' | 'folder' | 'other'}

/** What a folder holds, sorted, links followed; nothing where there is no such folder. A link that leads nowhere is `other`. */
export async function listNames(path: string): Promise<FolderName[]> {
  try {
    const entries = await readdir(path, {withFileTypes: true})
    const names = entries.map(async (entry): Promise<FolderName> => {
      const stats = entry.isSymbolicLink() ? await stat(join(path, entry.name)).catch(() => undefined) : entry
      return {name: entry.name, kind: stats?.isFile() === true ? 'file' : stats?.isDirectory() === true ? 'folder' : 'other'}
    })
    return (await Promise.all(names)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return []
    throw fileError(error, 'list', path)
  }
}

export type WalkedFile = {readonly path: string; readonly kind: 'file' | 'link' | 'other'; readonly sizeBytes: number}

/** All that lies below a folder, folders themselves left out; links are not followed. Paths are relative to it. */
export async function* walkFiles(folder: string, below = ''): AsyncGenerator<WalkedFile> {
  for (const name of await namesIn(join(folder, below))) {
    const path = below === '' ? name : `${below}/${name}`
    const stats = await lstat(join(folder, path)).catch((error: unknown) => {
      throw fileError(error, 'look at', join(folder, path))
    })
    if (stats.isDirectory()) yield* walkFiles(folder, path)
    else yield {path, kind: stats.isFile() ? 'file' : stats.isSymbolicLink() ? 'link' : 'other', sizeBytes: stats.size}
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).toSorted()
  } catch (error) {
    throw fileError(error, 'list', folder)
  }
}

/** Gives a file or folder another name on the same disk, in one step. */
export async function moveTo(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    throw fileError(error, `move ${from} to`, to)
  }
}

/** A new folder whose name begins so, which nobody else has. */
export async function makeUniqueFolder(prefix: string): Promise<string> {
  try {
    return await mkdtemp(prefix)
  } catch (error) {
    throw fileError(error, 'make a folder', `${prefix}…`)
  }
}

/** Bytes that this user may still write on the disk of a folder; Infinity where the system does not say. */
export async function freeBytes(folder: string): Promise<number> {
  try {
    const {bavail, bsize} = await statfs(folder)
    return bavail * bsize
  } catch {
    return Infinity
  }
}

/** Removes the folder with all empty folders in it, links not followed; true where something stays because there are files in it. */
export async function removeEmptyFolders(folder: string): Promise<boolean> {
  const entries = await readdir(folder, {withFileTypes: true}).catch(() => undefined)
  if (entries === undefined) return false
  let stays = false
  for (const entry of entries) stays = (entry.isDirectory() ? await removeEmptyFolders(join(folder, entry.name)) : true) || stays
  if (stays) return true
  try {
    await rmdir(folder)
    return false
  } catch (error) {
    throw fileError(error, 'remove', folder)
  }
}
