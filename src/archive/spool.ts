// Puts a stream into a file, for what must be read at offsets: a disk image that comes compressed, or inside a tar archive.
import {openTreeWriter} from '../system/tree-writer.js'
import {tooLarge} from './compression.js'

export type SpoolOptions = {
  /** An existing folder. */
  readonly into: string
  /** The new file's name in it; nothing is overwritten. */
  readonly file: string
  /** The archive, for errors. */
  readonly name: string
  readonly maxBytes: number
  readonly onProgress?: (bytes: number) => void
}

/** Writes the stream into a new file and flushes it; gives its size in bytes. Where this fails, there is no file. */
export async function spoolStream(content: AsyncIterable<Buffer>, options: SpoolOptions): Promise<number> {
  const writer = await openTreeWriter(options.into)
  const sizeBytes = await writer.writeFile(options.file, counted(content, options))
  await writer.finish()
  return sizeBytes
}

async function* counted(content: AsyncIterable<Buffer>, {name, maxBytes, onProgress}: SpoolOptions): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of content) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge(name, maxBytes)
    yield chunk
    onProgress?.(bytes)
  }
}
