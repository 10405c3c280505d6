// Bytes that can be read at any offset: a file, or a stretch of one (a partition, a file system inside an image).
import {Readable} from 'node:stream'
import {openReader} from '../system/file-reader.js'
import {realPath} from '../system/files.js'
import {archiveError} from './archive-error.js'

export type ByteSource = {
  /** As the user knows it; errors name it. */
  readonly name: string
  readonly sizeBytes: number
  /** Exactly `length` bytes; throws ARCHIVE_TRUNCATED where the source ends before. */
  read(offset: number, length: number): Promise<Buffer>
  close(): Promise<void>
}

/** A stretch of a source, in bytes. */
export type Stretch = {readonly offset: number; readonly length: number}

/** Pieces in which long stretches are read: large enough that the system calls cost little. */
const PIECE_BYTES = 1 << 20

/** Opens a regular file; links are followed. Throws ARCHIVE_UNSUPPORTED for a folder or device. */
export async function openFileSource(path: string): Promise<ByteSource> {
  const reader = await openReader(await realPath(path))
  if (reader === undefined) throw archiveError('ARCHIVE_UNSUPPORTED', path, 'is not a regular file')
  const {sizeBytes} = reader
  return {
    name: path,
    sizeBytes,
    read: async (offset, length) => {
      refuseOutside({name: path, sizeBytes}, {offset, length})
      const bytes = await reader.read(offset, length)
      // The file was cut while we read it.
      if (bytes.length < length) throw truncated(path, {offset: offset + bytes.length, length: length - bytes.length})
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    },
    close: () => reader.close(),
  }
}

/** Bytes in memory as a source. */
export function memorySource(name: string, bytes: Buffer): ByteSource {
  return {
    name,
    sizeBytes: bytes.length,
    read: async (offset, length) => {
      refuseOutside({name, sizeBytes: bytes.length}, {offset, length})
      return Promise.resolve(bytes.subarray(offset, offset + length))
    },
    close: () => Promise.resolve(),
  }
}

/**
 * A stretch of another source, which stays the owner: closing the slice closes nothing. A slice may claim to be longer than what is
 * there, as a partition in a cut image does; reading what is missing throws.
 */
export function sliceSource(source: ByteSource, offset: number, length: number): ByteSource {
  const name = `${source.name} at ${offset}`
  refuseUnsafe(name, {offset, length})
  return {
    name,
    sizeBytes: length,
    read: async (at, count) => {
      refuseOutside({name, sizeBytes: length}, {offset: at, length: count})
      return source.read(offset + at, count)
    },
    close: () => Promise.resolve(),
  }
}

/** The bytes of stretches, one after the other, in pieces; the next piece is read while the reader is busy with the last. */
export async function* readPieces(source: ByteSource, stretches: Iterable<Stretch>): AsyncGenerator<Buffer> {
  let ahead: Promise<Buffer> | undefined
  for (const piece of piecesOf(stretches)) {
    const next = source.read(piece.offset, piece.length)
    // It is awaited in the next round, which never comes where the reader has stopped.
    next.catch(() => undefined)
    if (ahead !== undefined) yield await ahead
    ahead = next
  }
  if (ahead !== undefined) yield await ahead
}

/** The whole source as a stream, e.g. for decompress(). */
export function streamSource(source: ByteSource): Readable {
  return Readable.from(readPieces(source, [{offset: 0, length: source.sizeBytes}]), {objectMode: false, highWaterMark: PIECE_BYTES})
}

function* piecesOf(stretches: Iterable<Stretch>): Generator<Stretch> {
  for (const {offset, length} of stretches) {
    for (let done = 0; done < length; done += PIECE_BYTES) yield {offset: offset + done, length: Math.min(PIECE_BYTES, length - done)}
  }
}

/** Throws unless the stretch lies in the source. */
export function refuseOutside(source: {readonly name: string; readonly sizeBytes: number}, stretch: Stretch): void {
  refuseUnsafe(source.name, stretch)
  if (stretch.offset + stretch.length > source.sizeBytes) throw truncated(source.name, stretch, source.sizeBytes)
}

function refuseUnsafe(name: string, {offset, length}: Stretch): void {
  const isSane = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && Number.isSafeInteger(offset + length)
  if (isSane && offset >= 0 && length >= 0) return
  throw archiveError('ARCHIVE_CORRUPT', name, `${length} bytes at offset ${offset} cannot be meant`, {details: {offset, length}})
}

function truncated(name: string, {offset, length}: Stretch, sizeBytes?: number): Error {
  const end = sizeBytes === undefined ? '' : `, but it ends at ${sizeBytes}`
  const problem = `is cut off: ${length} bytes are expected at offset ${offset}${end}`
  return archiveError('ARCHIVE_TRUNCATED', name, problem, {details: {offset, length, ...(sizeBytes === undefined ? {} : {sizeBytes})}})
}
