// The one door to the file system. Writes go to a temporary neighbour, are flushed and renamed: a reader, or a crash,
// meets the old file or the new one and never a part.
import {chmodSync, closeSync, constants, fsyncSync, openSync, renameSync, type Stats, statSync} from 'node:fs'
import {
  access,
  chmod,
  chown,
  copyFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  unlink,
} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {basename, dirname, join} from 'node:path'
import {errnoOf, fileError} from './file-errors.js'

/** The bytes of a file; throws a PxectlError naming it. */
export async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw fileError(error, 'read', path)
  }
}

/** The bytes of a file, or undefined where there is none. */
export async function findBytes(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw fileError(error, 'read', path)
  }
}

/** One file of a change. `undefined` stands for "no such file". */
export type FileChange = {readonly path: string; readonly before: Buffer | undefined; readonly after: Buffer | undefined}

/** Do both files hold the same bytes, or is neither there? */
export function sameBytes(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.equals(b)
}

/** What stands at the path (links followed), or undefined. */
export async function findStats(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined
    throw fileError(error, 'look at', path)
  }
}

export async function fileExists(path: string): Promise<boolean> {
  return (await findStats(path)) !== undefined
}

/** May this process write the file (or, for a folder, make files in it)? */
export async function isWritable(path: string): Promise<boolean> {
  return mayAccess(path, constants.W_OK)
}

/** Why this process may not write there, e.g. EACCES or EROFS; undefined where it may. */
export async function writeProblem(path: string): Promise<string | undefined> {
  return access(path, constants.W_OK).then(() => undefined, errnoOf)
}

/** May this process read the file? */
export async function isReadable(path: string): Promise<boolean> {
  return mayAccess(path, constants.R_OK)
}

/** May this process run the file? */
export async function isExecutable(path: string): Promise<boolean> {
  return mayAccess(path, constants.X_OK)
}

/** May this process enter the folder, to reach what it knows the name of? */
export async function isEnterable(path: string): Promise<boolean> {
  return mayAccess(path, constants.X_OK)
}

function mayAccess(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  )
}

/** The path with every link followed. */
export async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    throw fileError(error, 'find', path)
  }
}

/** Names in a folder, sorted; none where there is no folder. */
export async function listFolder(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw fileError(error, 'list', path)
  }
}

/** Makes a folder and those above it, with `mode` whatever the umask. Step by step, because Node's recursive mkdir never ends in /proc (seen with 20.20). */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  const stats = await findStats(path)
  if (stats?.isDirectory() === true) return
  if (stats === undefined && dirname(path) !== path) await makeFolder(dirname(path), mode)
  try {
    await mkdir(path)
    if (mode !== undefined) await chmod(path, mode)
  } catch (error) {
    const isFolder = errnoOf(error) === 'EEXIST' && (await findStats(path))?.isDirectory() === true
    if (!isFolder) throw fileError(error, 'make the folder', path)
  }
}

/** The folder, or the nearest above it that is there. */
export async function nearestFolder(path: string): Promise<string> {
  if (dirname(path) === path || (await findStats(path))?.isDirectory() === true) return path
  return nearestFolder(dirname(path))
}

/** A new folder of our own in the system's place for temporary files. */
export async function makeTemporaryFolder(prefix: string): Promise<string> {
  return mkdtemp(join(tmpdir(), prefix))
}

export type WriteOptions = {
  /** Permission bits of a new file, e.g. 0o644. A file that is replaced keeps its own mode, owner and group. */
  readonly mode?: number
  /** A new file gets the mode whatever the umask. */
  readonly isExact?: boolean
}

/** Replaces (or makes) a file in one step: neighbour, flush, owner and mode, rename. */
export async function writeAtomic(path: string, bytes: Uint8Array | string, options: WriteOptions = {}): Promise<void> {
  const candidate = await writeNeighbour(path, bytes, options)
  await replaceWith(path, candidate)
}

/** Writes a flushed temporary neighbour of `path` that carries the owner, group and mode of the file it is to replace; gives its path. */
export async function writeNeighbour(path: string, bytes: Uint8Array | string, options: WriteOptions = {}): Promise<string> {
  const candidate = join(dirname(path), `.${basename(path)}.pxectl-${process.pid}`)
  const old = await findStats(path)
  try {
    const handle = await open(candidate, 'w', old === undefined ? (options.mode ?? 0o644) : 0o600)
    try {
      await handle.writeFile(bytes)
      if (old !== undefined) {
        const made = await handle.stat()
        if (made.uid !== old.uid || made.gid !== old.gid) await handle.chown(old.uid, old.gid)
        await handle.chmod(old.mode & 0o7777)
      } else if (options.isExact === true && options.mode !== undefined) await handle.chmod(options.mode)
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    // What went wrong first is what counts.
    await removeFile(candidate).catch(() => undefined)
    throw fileError(error, 'write', path)
  }
  return candidate
}

/** Renames the neighbour over the file and flushes the folder, so that the new name survives a power cut. */
export async function replaceWith(path: string, candidate: string): Promise<void> {
  try {
    await rename(candidate, path)
  } catch (error) {
    // What went wrong first is what counts.
    await removeFile(candidate).catch(() => undefined)
    throw fileError(error, 'replace', path)
  }
  await syncFolder(dirname(path))
}

/**
 * Flushes a finished file, gives it the mode of another and renames it, all without yielding: for a caller inside a
 * database transaction, where whoever runs meanwhile could wait for that very transaction and stop the process.
 */
export function publishSync(candidate: string, to: {readonly path: string; readonly like: string}): void {
  try {
    chmodSync(candidate, statSync(to.like).mode & 0o777)
    const file = openSync(candidate, 'r+')
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(candidate, to.path)
  } catch (error) {
    throw fileError(error, 'write', to.path)
  }
}

/** Flushes the names in a folder, where its file system can. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch {
    // Some file systems refuse to flush a folder; the rename itself has happened.
  }
}

/** Overwrites the bytes of an existing file where it stands: for a file we may write in a folder we may not. */
export async function writeInPlace(path: string, bytes: Uint8Array): Promise<void> {
  try {
    const handle = await open(path, 'r+')
    try {
      await handle.write(bytes, 0, bytes.length, 0)
      await handle.truncate(bytes.length)
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw fileError(error, 'write', path)
  }
}

/** A file that grows, and may begin anew. What it does needs no more than the open file: not the right to its folder, nor to open it again. */
export type AppendFile = {
  /** Resolves when the text is on the disk. */
  append(text: string): Promise<void>
  /** The text alone. Not in one step: a crash may leave a part of it. */
  beginAnew(text: string): Promise<void>
  close(): Promise<void>
}

/** Opens an existing file for adding to its end. */
export async function openAppend(path: string): Promise<AppendFile> {
  try {
    const handle = await open(path, constants.O_WRONLY | constants.O_APPEND)
    const append = async (text: string): Promise<void> => {
      try {
        await handle.writeFile(text)
        await handle.datasync()
      } catch (error) {
        throw fileError(error, 'add to', path)
      }
    }
    return {
      append,
      beginAnew: async (text) => {
        await handle.truncate().catch((error: unknown) => {
          throw fileError(error, 'write', path)
        })
        await append(text)
      },
      close: () => handle.close(),
    }
  } catch (error) {
    throw fileError(error, 'open', path)
  }
}

/** Makes a file that only its owner reads; false where there is one of that name already. One of many at once gets true. */
export async function createOnce(path: string, text: string): Promise<boolean> {
  try {
    const handle = await open(path, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw fileError(error, 'make', path)
  }
}

/** Makes a symbolic link, whose target need not be there. */
export async function makeLink(path: string, target: string): Promise<void> {
  try {
    await symlink(target, path)
  } catch (error) {
    throw fileError(error, 'make the link', path)
  }
}

/** Gives a file to another user; nothing happens where there is none. */
export async function changeOwner(path: string, uid: number, gid: number): Promise<void> {
  await chown(path, uid, gid).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw fileError(error, 'give away', path)
  })
}

/** Removes a file; nothing happens where there is none. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw fileError(error, 'remove', path)
  }
}

/** Removes a folder and all that is in it. Only for folders that pxectl made itself. */
export async function removeTree(path: string): Promise<void> {
  await rm(path, {recursive: true, force: true, maxRetries: 5, retryDelay: 50})
}

/** Copies a file beside its target, flushes and renames it into place. */
export async function copyAtomic(from: string, to: string, mode = 0o644): Promise<void> {
  const candidate = join(dirname(to), `.${basename(to)}.pxectl-${process.pid}`)
  try {
    await copyFile(from, candidate)
    await chmod(candidate, mode)
  } catch (error) {
    // What went wrong first is what counts.
    await removeFile(candidate).catch(() => undefined)
    throw fileError(error, `copy ${from} to`, to)
  }
  await replaceWith(to, candidate)
}
