// Boot files that lie on disk. Small ones are read whole at the opening; of large ones pieces are read as they are asked for.
import {PxectlError} from '../errors.js'
import type {FileReader, FileState} from '../system/file-reader.js'
import {type BootFile, bytesFile, type FileOrigin} from './boot-file.js'
import type {ByteCache} from './byte-cache.js'

/** Menus, scripts, boot loaders: what a storm is made of. A file up to this size is read whole and may be kept in memory. */
export const SMALL_FILE_BYTES = 1024 * 1024

/** The open file as a BootFile, closed already if it is small. With a cache, its bytes are kept for others. */
export async function readSmallFile(name: string, reader: FileReader, cache: ByteCache | undefined): Promise<BootFile> {
  const {sizeBytes, modifiedMs, version} = reader
  const load = (): Promise<Uint8Array> => readChecked(name, reader, {offset: 0, length: sizeBytes})
  try {
    const bytes = await (cache === undefined ? load() : cache.get(version, load))
    return bytesFile(bytes, modifiedMs, cache === undefined ? undefined : version)
  } finally {
    await reader.close()
  }
}

export type LargeFileOptions = {
  readonly state: FileState
  /** May others be given the same bytes under the file's version? */
  readonly isSettled: boolean
  readonly origin?: FileOrigin
  /** The file, if it is open already. */
  readonly reader?: FileReader
  /** Called once, when bytes are needed for the first time. */
  readonly open: () => Promise<FileReader>
}

/** A file that is opened when the first of its bytes is asked for: all of them may lie in somebody's memory. */
export function largeFile(name: string, {state, isSettled, origin, reader, open}: LargeFileOptions): BootFile {
  let opening = reader === undefined ? undefined : Promise.resolve(reader)
  return {
    sizeBytes: state.sizeBytes,
    modifiedMs: state.modifiedMs,
    version: isSettled ? state.version : undefined,
    origin,
    async read(offset, length, scratch) {
      if (length === 0) return new Uint8Array(0)
      const reader = await (opening ??= open())
      if (reader.version !== state.version) throw changedError(name)
      return readChecked(name, reader, {offset, length, ...(scratch === undefined ? {} : {scratch})})
    },
    close: () => opening?.then((reader) => reader.close()).catch(() => undefined),
  }
}

type Stretch = {readonly offset: number; readonly length: number; readonly scratch?: Uint8Array}

async function readChecked(name: string, reader: FileReader, {offset, length, scratch}: Stretch): Promise<Uint8Array> {
  const bytes = await reader.read(offset, length, scratch)
  // Asked after reading: if nothing had changed even then, these bytes are the ones that were there at the opening.
  if (bytes.length !== length || (await reader.isChanged())) throw changedError(name)
  return bytes
}

/** The file is not any more what a transfer began with. */
export function changedError(name: string): PxectlError {
  return new PxectlError(`${name} changed while it was being sent; the transfer was ended`, {
    code: 'BOOT_FILE_CHANGED',
    kind: 'conflict',
    details: {name},
  })
}
