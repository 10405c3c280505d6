// Writes a tree of new files below one folder, whoever chose the names. No symbolic link is followed, nothing that stands there is
// overwritten, every file is flushed before it gets its name, and all of it can be taken back.
import {constants} from 'node:fs'
import {lstat, mkdir, open, realpath, rename, rm, rmdir, unlink, type FileHandle} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {PxectlError} from '../errors.js'
import {errnoOf, fileError} from './file-errors.js'
import {syncFolder} from './files.js'

/** Paths are relative, with /, and have no empty, `.` or `..` parts: the caller has made sure. */
export type TreeWriter = {
  readonly root: string
  /** Makes a folder (0755) and those above it. */
  makeFolder(path: string): Promise<void>
  /** Writes a new file (0644), or replaces one that this writer wrote. Gives its size in bytes. */
  writeFile(path: string, content: AsyncIterable<Uint8Array>, modifiedMs?: number): Promise<number>
  /** The bytes of a file that this writer wrote. */
  readFile(path: string): AsyncIterable<Buffer>
  /** Flushes the folders that files were written into. */
  finish(): Promise<void>
  /** Removes all that this writer made, and nothing else. */
  undo(): Promise<void>
}

/** Pieces in which a file of ours is read back. */
const PIECE_BYTES = 1 << 20

/** Opens a writer below `root`, which must exist. */
export async function openTreeWriter(root: string): Promise<TreeWriter> {
  const real = await realpath(root).catch((error: unknown) => {
    throw fileError(error, 'write into', root)
  })
  // `checked` are the folders that are no links, made by us or there before; '' is the root.
  const made = {folders: [] as string[], files: new Set<string>(), checked: new Set<string>([''])}
  const full = (path: string): string => join(real, path)

  const makeFolder = async (path: string): Promise<void> => {
    if (made.checked.has(path)) return
    if (path.includes('/')) await makeFolder(dirname(path))
    if (await claimFolder(full(path))) made.folders.push(path)
    made.checked.add(path)
  }
  return {
    root: real,
    makeFolder,
    writeFile: async (path, content, modifiedMs) => {
      if (path.includes('/')) await makeFolder(dirname(path))
      if (!made.files.has(path)) await refuseExisting(full(path))
      const sizeBytes = await writeNew(full(path), content, modifiedMs)
      made.files.add(path)
      return sizeBytes
    },
    readFile: (path) => readBack(full(path)),
    finish: async () => {
      for (const folder of [...made.checked].reverse()) await syncFolder(full(folder))
    },
    undo: async () => {
      for (const path of made.files) await unlink(full(path)).catch(() => undefined)
      // A folder in which somebody else has put something meanwhile stays.
      for (const folder of made.folders.reverse()) await rmdir(full(folder)).catch(() => undefined)
    },
  }
}

/** Makes the folder and says true, or finds a real one and says false. A link to a folder is refused: it may lead anywhere. */
async function claimFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path)
    await chmodTo(path, 0o755)
    return true
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw fileError(error, 'make the folder', path)
  }
  const stats = await lstat(path)
  if (stats.isDirectory()) return false
  throw inTheWay(path, stats.isSymbolicLink() ? 'a symbolic link' : 'a file')
}

async function chmodTo(path: string, mode: number): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    await handle.chmod(mode)
  } finally {
    await handle.close()
  }
}

async function refuseExisting(path: string): Promise<void> {
  const stats = await lstat(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw fileError(error, 'look at', path)
  })
  if (stats !== undefined) throw inTheWay(path, stats.isDirectory() ? 'a folder' : stats.isSymbolicLink() ? 'a symbolic link' : 'a file')
}

function inTheWay(path: string, what: string): PxectlError {
  return new PxectlError(`cannot write ${path}: ${what} of that name is there, and stays`, {
    code: 'FILE_IN_THE_WAY',
    kind: 'conflict',
    details: {path},
    suggestions: [`ls -ld ${path}`],
  })
}

/** Writes a flushed neighbour and renames it: under the final name there is never a part of a file. */
async function writeNew(path: string, content: AsyncIterable<Uint8Array>, modifiedMs: number | undefined): Promise<number> {
  const candidate = join(dirname(path), `.${basename(path).slice(0, 50)}.pxectl-${process.pid}`)
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  let handle: FileHandle | undefined
  try {
    handle = await open(candidate, flags, 0o644)
    let sizeBytes = 0
    for await (const chunk of content) {
      await writeFully(handle, chunk)
      sizeBytes += chunk.length
    }
    await handle.chmod(0o644)
    if (modifiedMs !== undefined) await handle.utimes(modifiedMs / 1000, modifiedMs / 1000)
    await handle.sync()
    await handle.close()
    await rename(candidate, path)
    return sizeBytes
  } catch (error) {
    // What went wrong first is what counts.
    await handle?.close().catch(() => undefined)
    if (handle !== undefined) await rm(candidate, {force: true}).catch(() => undefined)
    throw fileError(error, 'write', path)
  }
}

async function writeFully(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0
  while (written < chunk.length) written += (await handle.write(chunk, written, chunk.length - written)).bytesWritten
}

async function* readBack(path: string): AsyncGenerator<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
    throw fileError(error, 'read', path)
  })
  try {
    for (;;) {
      const piece = Buffer.allocUnsafeSlow(PIECE_BYTES)
      const {bytesRead} = await handle.read(piece, 0, PIECE_BYTES)
      if (bytesRead === 0) return
      yield piece.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}
