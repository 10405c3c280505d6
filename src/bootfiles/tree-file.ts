// A boot file that lies on disk. Small reads (TFTP) go through the shared pieces; large ones (HTTP) straight to the file.
import {PxectlError} from '../errors.js'
import type {FileReader} from '../system/file-reader.js'
import type {BootFile} from './boot-file.js'
import type {ChunkCache} from './chunk-cache.js'

/** Large enough that reading costs little beside sending, small enough for a piece per client in the worst case. */
export const CHUNK_BYTES = 128 * 1024

/** Wraps an open file. Without a cache every read goes to the file. */
export function treeFile(name: string, reader: FileReader, cache: ChunkCache | undefined): BootFile {
  const {sizeBytes, version} = reader

  const readChecked = async (offset: number, length: number): Promise<Uint8Array> => {
    const bytes = await reader.read(offset, length)
    // Asked after reading: if nothing had changed even then, these bytes are the ones that were there at the opening.
    if (bytes.length !== length || (await reader.isChanged())) throw changedError(name)
    return bytes
  }

  const chunkAt = (cache: ChunkCache, offset: number): Promise<Uint8Array> => {
    const start = offset - (offset % CHUNK_BYTES)
    return cache.get(`${version}:${start}`, () => readChecked(start, Math.min(CHUNK_BYTES, sizeBytes - start)))
  }

  return {
    sizeBytes,
    modifiedMs: reader.modifiedMs,
    close: () => reader.close(),
    async read(offset, length) {
      if (length === 0) return new Uint8Array(0)
      if (cache === undefined || length > CHUNK_BYTES) return readChecked(offset, length)
      const within = offset % CHUNK_BYTES
      const chunk = await chunkAt(cache, offset)
      const head = chunk.subarray(within, within + length)
      if (head.length === length) return head
      const tail = await chunkAt(cache, offset + head.length)
      return Buffer.concat([head, tail.subarray(0, length - head.length)], length)
    },
  }
}

function changedError(name: string): PxectlError {
  return new PxectlError(`${name} changed while it was being sent; the transfer was ended`, {
    code: 'BOOT_FILE_CHANGED',
    kind: 'conflict',
    details: {name},
  })
}
