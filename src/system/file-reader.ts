// Reading a file piece by piece, for serving it.
import {constants, type Stats, statSync} from 'node:fs'
import {open, type FileHandle} from 'node:fs/promises'
import {fileError} from './file-errors.js'

/** What can be told of a regular file without opening it. */
export type FileState = {
  readonly sizeBytes: number
  readonly modifiedMs: number
  /** When the bytes, the name or the mode last changed; unlike the modification time it cannot be set back. */
  readonly changedMs: number
  /** Names the file in this state: a write, a truncation, a new mode or another file in its place give another version. */
  readonly version: string
}

/** A regular file held open for reading at offsets. What the path names later does not matter to it. */
export type FileReader = FileState & {
  /** Was it written to or truncated since it was opened? Losing its name, as when it is replaced, is no change. */
  isChanged(): Promise<boolean>
  /** Up to `length` bytes at `offset`, in `scratch` where that is given; fewer only where the file ends. */
  read(offset: number, length: number, scratch?: Uint8Array): Promise<Uint8Array>
  close(): Promise<void>
}

/**
 * The state of the regular file a path leads to, links followed; undefined where there is none or it cannot be looked at.
 * Without waiting: for a path that was just used, the kernel has it in memory, and a thread would take ten times as long.
 */
export function peekFile(path: string): FileState | undefined {
  try {
    const stats = statSync(path, {throwIfNoEntry: false})
    return stats?.isFile() === true ? stateOf(stats) : undefined
  } catch {
    return undefined
  }
}

/** Is there nothing at this path? Without waiting, as peekFile; a path that cannot be looked at is not said to be absent. */
export function isAbsent(path: string): boolean {
  try {
    return statSync(path, {throwIfNoEntry: false}) === undefined
  } catch {
    return false
  }
}

/** Opens a regular file; undefined for a folder, FIFO, device or socket. The last part of the path may not be a link. */
export async function openReader(path: string): Promise<FileReader | undefined> {
  // O_NONBLOCK: opening a FIFO for reading would otherwise wait for a writer, and hold a thread of the pool meanwhile.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW
  const handle = await open(path, flags).catch((error: unknown) => {
    throw fileError(error, 'open', path)
  })
  const stats = await handle.stat().catch(async (error: unknown) => {
    await handle.close()
    throw fileError(error, 'look at', path)
  })
  if (!stats.isFile()) {
    await handle.close()
    return undefined
  }
  return {
    ...stateOf(stats),
    isChanged: async () => {
      const current = await handle.stat()
      if (current.size !== stats.size || current.mtimeMs !== stats.mtimeMs) return true
      // `touch -r` sets the modification time back after a write. Gaining or losing a name moves only the time of the change.
      return current.ctimeMs !== stats.ctimeMs && current.nlink === stats.nlink
    },
    read: (offset, length, scratch) => readFully(handle, {offset, length, scratch}),
    close: () => handle.close(),
  }
}

/** Times are doubles of milliseconds, exact to 0.3 µs today, which is finer than the clock of any file system in use. */
function stateOf(stats: Stats): FileState {
  return {
    sizeBytes: stats.size,
    modifiedMs: stats.mtimeMs,
    changedMs: stats.ctimeMs,
    version: `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`,
  }
}

type Stretch = {readonly offset: number; readonly length: number; readonly scratch: Uint8Array | undefined}

async function readFully(handle: FileHandle, {offset, length, scratch}: Stretch): Promise<Uint8Array> {
  const bytes = scratch ?? Buffer.allocUnsafeSlow(length)
  let filled = 0
  while (filled < length) {
    const {bytesRead} = await handle.read(bytes, filled, length - filled, offset + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}
