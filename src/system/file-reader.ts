// Reading a file piece by piece, for serving it.
import {constants} from 'node:fs'
import {open, type FileHandle} from 'node:fs/promises'
import {fileError} from './file-errors.js'

/** A regular file held open for reading at offsets. What the path names later does not matter to it. */
export type FileReader = {
  readonly sizeBytes: number
  readonly modifiedMs: number
  /** When the bytes, the name or the mode last changed; unlike the modification time it cannot be set back. */
  readonly changedMs: number
  /** Names the file in the state it was opened in: a write, a truncation or another file in its place give another version. */
  readonly version: string
  /** Was it written to or truncated since it was opened? Losing its name, as when it is replaced, is no change. */
  isChanged(): Promise<boolean>
  /** Up to `length` bytes at `offset`; fewer only where the file ends. */
  read(offset: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}

/** Opens a regular file; undefined for a folder, FIFO, device or socket. The last part of the path may not be a link. */
export async function openReader(path: string): Promise<FileReader | undefined> {
  // O_NONBLOCK: opening a FIFO for reading would otherwise wait for a writer, and hold a thread of the pool meanwhile.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW
  const handle = await open(path, flags).catch((error: unknown) => {
    throw fileError(error, 'open', path)
  })
  const stats = await handle.stat({bigint: true}).catch(async (error: unknown) => {
    await handle.close()
    throw fileError(error, 'look at', path)
  })
  if (!stats.isFile()) {
    await handle.close()
    return undefined
  }
  return {
    sizeBytes: Number(stats.size),
    modifiedMs: Number(stats.mtimeNs / 1000n) / 1000,
    changedMs: Number(stats.ctimeMs),
    version: [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':'),
    isChanged: async () => {
      const current = await handle.stat({bigint: true})
      return current.size !== stats.size || current.mtimeNs !== stats.mtimeNs
    },
    read: (offset, length) => readFully(handle, offset, length),
    close: () => handle.close(),
  }
}

async function readFully(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(length)
  let filled = 0
  while (filled < length) {
    const {bytesRead} = await handle.read(bytes, filled, length - filled, offset + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}
