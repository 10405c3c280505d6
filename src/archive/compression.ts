// Compressed streams: which kind it is, by its first bytes, and its plain bytes as a Node stream. gzip is Node's own; bzip2, xz and zstd
// are the programs of those names: they run beside us on another CPU, and no JavaScript decoder is as fast or as much used. (Node 20 has
// no zstd; where node:zlib has one, that is used.)
import {Readable, Transform, type TransformCallback} from 'node:stream'
import * as zlib from 'node:zlib'
import {PxectlError} from '../errors.js'
import {runFilter, type FilterCommand} from '../system/filter.js'
import {archiveError, corrupt} from './archive-error.js'

export type CompressionKind = 'gzip' | 'bzip2' | 'xz' | 'zstd' | 'none'

export type DecompressOptions = {
  /** The archive, as the user knows it; errors name it. */
  readonly name: string
  /** More plain bytes than this are refused (ARCHIVE_TOO_LARGE). There is no limit by ratio: an empty disk image shrinks 1000:1. */
  readonly maxBytes: number
}

/** RFC 1952 section 2.3.1; bzip2 "BZh" and a digit; the .xz file format 2.1.1.1; RFC 8878 section 3.1.1. */
const MAGICS: readonly {readonly kind: CompressionKind; readonly bytes: readonly number[]}[] = [
  {kind: 'gzip', bytes: [0x1f, 0x8b, 0x08]},
  {kind: 'bzip2', bytes: [0x42, 0x5a, 0x68]},
  {kind: 'xz', bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]},
  {kind: 'zstd', bytes: [0x28, 0xb5, 0x2f, 0xfd]},
]

/** As many bytes at the start as compressionOf wants to see. */
export const MAGIC_BYTES = 6

const PROGRAMS: Record<'bzip2' | 'xz' | 'zstd', FilterCommand> = {
  bzip2: {file: 'bzip2', args: ['-dc'], debianPackage: 'bzip2'},
  // A preset of -9 needs 65 MiB to unpack; more is a file that means no good.
  xz: {file: 'xz', args: ['-dc', '--memlimit-decompress=512MiB'], debianPackage: 'xz-utils'},
  zstd: {file: 'zstd', args: ['-dcq', '--memory=512MB'], debianPackage: 'zstd'},
}

/** A file that was compressed again and again is a joke at our expense. */
const MAX_LAYERS = 4

/** Pieces in which zlib gives its output: its default of 16 KiB costs more in calls than in work. */
const CHUNK_BYTES = 256 * 1024

/** The kind of compression, by the first bytes of the file. */
export function compressionOf(head: Uint8Array): CompressionKind {
  const found = MAGICS.find(({bytes}) => bytes.every((byte, at) => head[at] === byte))
  // The digit is bzip2's block size; without looking at it, a text that starts with BZh would do.
  if (found?.kind === 'bzip2' && !(head[3] !== undefined && head[3] >= 0x31 && head[3] <= 0x39)) return 'none'
  return found?.kind ?? 'none'
}

/** The plain bytes of a stream that is compressed in that way; fails with ARCHIVE_CORRUPT where it is cut or damaged. */
export function decompress(stream: Readable, kind: CompressionKind, options: DecompressOptions): Readable {
  if (kind === 'none') return limited(stream, options, (error) => error)
  const ofNode = kind === 'gzip' ? zlib.createGunzip({chunkSize: CHUNK_BYTES}) : kind === 'zstd' ? zstdOfNode() : undefined
  if (ofNode !== undefined) {
    stream.once('error', (error) => ofNode.destroy(error))
    stream.once('close', () => {
      // Destroyed without an error, and before its end.
      if (!stream.readableEnded && !stream.errored) ofNode.destroy(corrupt(options.name, `the ${kind} data was closed before its end`))
    })
    ofNode.once('close', () => stream.destroy())
    return limited(stream.pipe(ofNode), options, (error) => (error === stream.errored ? error : broken(options.name, kind, error)))
  }
  if (kind === 'gzip') throw new Error('broken invariant: gzip is always in Node')
  const plain = runFilter(PROGRAMS[kind], stream, ({exitCode, signal, stderr}) =>
    broken(options.name, kind, new Error(`${kind}: ${stderr || `ended with ${signal ?? `status ${exitCode}`}`}`)),
  )
  return limited(plain, options, (error) => error)
}

/** A stream with all its layers of compression taken off, and which they were, outermost first. */
export async function peelCompression(
  stream: Readable,
  options: DecompressOptions,
): Promise<{readonly stream: Readable; readonly layers: readonly CompressionKind[]}> {
  const layers: CompressionKind[] = []
  let current = stream
  for (;;) {
    const peeked = await peek(current)
    const kind = compressionOf(peeked.head)
    if (kind === 'none') return {stream: layers.length === 0 ? decompress(peeked.stream, 'none', options) : peeked.stream, layers}
    if (layers.length === MAX_LAYERS) {
      current.destroy()
      throw archiveError('ARCHIVE_UNSUPPORTED', options.name, `is compressed more than ${MAX_LAYERS} times: ${layers.join(', ')}, …`)
    }
    layers.push(kind)
    current = decompress(peeked.stream, kind, options)
  }
}

/** The first bytes of a stream, which still gives all of them. */
async function peek(stream: Readable): Promise<{readonly head: Buffer; readonly stream: Readable}> {
  let head = Buffer.alloc(0)
  while (head.length < MAGIC_BYTES) {
    const chunk = await nextChunk(stream)
    if (chunk === undefined) break
    head = Buffer.concat([head, chunk])
  }
  if (head.length > 0 && !stream.readableEnded) {
    stream.unshift(head)
    return {head, stream}
  }
  return {head, stream: Readable.from(head.length === 0 ? [] : [head], {objectMode: false})}
}

function nextChunk(stream: Readable): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      stream.off('readable', look).off('end', onEnd).off('error', onError).off('close', onEnd)
      act()
    }
    const look = (): void => {
      const chunk = stream.read() as Buffer | null
      if (chunk !== null) settle(() => resolve(chunk))
    }
    const onEnd = (): void => settle(() => (stream.errored ? reject(stream.errored) : resolve(undefined)))
    const onError = (error: Error): void => settle(() => reject(error))
    if (stream.readableEnded || stream.destroyed) {
      if (stream.errored) reject(stream.errored)
      else resolve(undefined)
      return
    }
    stream.on('readable', look).on('end', onEnd).on('error', onError).on('close', onEnd)
    look()
  })
}

/** Passes the bytes on until there are too many; errors of the source come out as `translate` makes them. */
function limited(source: Readable, {name, maxBytes}: DecompressOptions, translate: (error: Error) => Error): Readable {
  let sizeBytes = 0
  const limit = new Transform({
    readableHighWaterMark: CHUNK_BYTES,
    writableHighWaterMark: CHUNK_BYTES,
    transform: (chunk: Buffer, _encoding, callback: TransformCallback) => {
      sizeBytes += chunk.length
      if (sizeBytes <= maxBytes) callback(null, chunk)
      else callback(tooLarge(name, maxBytes))
    },
  })
  source.once('error', (error) => limit.destroy(translate(error)))
  source.once('close', () => {
    if (!source.readableEnded && !source.errored && !limit.destroyed) limit.destroy(corrupt(name, 'the stream was closed before its end'))
  })
  limit.once('close', () => source.destroy())
  return source.pipe(limit)
}

/** The error for an archive that unpacks to more than the caller allows. */
export function tooLarge(name: string, maxBytes: number): PxectlError {
  return archiveError('ARCHIVE_TOO_LARGE', name, `unpacks to more than ${maxBytes} bytes, the limit`, {details: {maxBytes}})
}

function broken(name: string, kind: CompressionKind, cause: Error): PxectlError {
  return cause instanceof PxectlError
    ? cause
    : corrupt(name, `valid ${kind} data up to its end marker was expected, but it is cut off or damaged (${cause.message})`, cause)
}

/** zstd of node:zlib, which came with Node 22.15 and 23.8. */
function zstdOfNode(): Transform | undefined {
  const make: unknown = Reflect.get(zlib, 'createZstdDecompress')
  return typeof make === 'function' ? (Reflect.apply(make, zlib, [{chunkSize: CHUNK_BYTES}]) as Transform) : undefined
}
