// What the servers know of a file: its size, its bytes at an offset, and that it must be closed. Where the bytes come
// from (a folder, a menu rendered on request) is the source's business.
import {PxectlError} from '../errors.js'

/** At once where the answer is in memory: a storm of small files is served without waiting for anything. */
export type Soon<T> = T | Promise<T>

/** An open file. It keeps giving the bytes it was opened with, or fails; it never gives a mixture. */
export type BootFile = {
  readonly sizeBytes: number
  readonly modifiedMs: number
  /** Names these very bytes: files with one version have the same bytes. undefined: they must not be kept for others. */
  readonly version: string | undefined
  /** Of a file that is asked for again and again: where it lies, for those who can look for themselves. */
  readonly origin?: FileOrigin | undefined
  /**
   * Exactly `length` bytes at `offset`, which must lie inside the file. The bytes may be shared: do not change them. With
   * `scratch`, of at least `length` bytes, they may come in it, which spares a new buffer for each read of a large file.
   */
  read(offset: number, length: number, scratch?: Uint8Array): Soon<Uint8Array>
  close(): Soon<void>
}

/** As long as the path leads to the very file in the very state, `name` stands for its bytes. */
export type FileOrigin = {
  readonly path: string
  /** Looks at the path: is this the file, as it was? */
  isCurrent(): boolean
}

export type BootFileRequest = {
  /** As the client sent it; percent-decoded by HTTP. */
  readonly name: string
  readonly protocol: 'tftp' | 'http'
  /** The client's IP address. */
  readonly client: string
}

/** Opens the file a client asks for. Throws a PxectlError with code BOOT_FILE_NOT_FOUND or BOOT_FILE_FORBIDDEN. */
export type BootFileSource = (request: BootFileRequest) => Soon<BootFile>

/** A file that exists only in memory, for example a menu made for one client. */
export function bytesFile(bytes: Uint8Array, modifiedMs: number, version?: string, origin?: FileOrigin): BootFile {
  return {
    sizeBytes: bytes.length,
    modifiedMs,
    version,
    origin,
    read: (offset, length) => (offset === 0 && length === bytes.length ? bytes : bytes.subarray(offset, offset + length)),
    close: () => undefined,
  }
}

/** The answer for a name that stands for no regular file. Absent files are normal: loaders try many names. */
export function bootFileNotFound(name: string, cause?: unknown): PxectlError {
  return new PxectlError(`no such boot file: ${name}`, {code: 'BOOT_FILE_NOT_FOUND', kind: 'notFound', details: {name}, cause})
}

/** The answer for a name that exists, or might, but is not to be given out. */
export function bootFileForbidden(name: string, reason: string, cause?: unknown): PxectlError {
  return new PxectlError(`refused to serve ${name}: ${reason}`, {
    code: 'BOOT_FILE_FORBIDDEN',
    kind: 'environment',
    details: {name, reason},
    cause,
  })
}
