// A file that is written piece by piece over several runs, such as a download that may be interrupted.
import {open} from 'node:fs/promises'
import {fileError} from './file-errors.js'

export type PartFile = {
  /** What is in it already. */
  readonly sizeBytes: number
  /** Adds to its end. */
  write(bytes: Uint8Array): Promise<void>
  /** Throws away what is in it. */
  clear(): Promise<void>
  /** Flushed and closed. */
  close(): Promise<void>
}

/** Opens a file for adding to it, or makes it, readable by its owner only. */
export async function openPartFile(path: string): Promise<PartFile> {
  const handle = await open(path, 'a', 0o600).catch((error: unknown) => {
    throw fileError(error, 'write', path)
  })
  return {
    sizeBytes: (await handle.stat()).size,
    write: async (bytes) => {
      try {
        for (let written = 0; written < bytes.length;) written += (await handle.write(bytes, written)).bytesWritten
      } catch (error) {
        throw fileError(error, 'write', path)
      }
    },
    clear: () => handle.truncate(0),
    close: async () => {
      try {
        await handle.sync()
      } catch (error) {
        throw fileError(error, 'write', path)
      } finally {
        await handle.close()
      }
    },
  }
}
