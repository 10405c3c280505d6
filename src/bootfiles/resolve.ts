// From a requested name to an open file below one root folder. The servers decide nothing about names; this does.
import {join, relative, sep} from 'node:path'
import {PxectlError} from '../errors.js'
import {realPath} from '../system/files.js'
import {errnoOf} from '../system/file-errors.js'
import {openReader} from '../system/file-reader.js'
import {bootFileForbidden, bootFileNotFound, type BootFileSource} from './boot-file.js'
import {createChunkCache} from './chunk-cache.js'
import {parseBootPath} from './safe-path.js'
import {treeFile} from './tree-file.js'

export type TreeOptions = {
  /** Memory for pieces of files that transfers share. */
  readonly cacheBytes?: number
  /** The clock that file times are compared with, in milliseconds. */
  readonly now?: () => number
}

const DEFAULT_CACHE_BYTES = 16 * 1024 * 1024

/**
 * File times advance in steps (4 ms on Linux), so a file may change twice under one time stamp. A file this young is
 * therefore never kept in memory; git guards its index against the same trap.
 */
const SETTLED_AFTER_MS = 1000

/** Serves the regular files below `root`. Links inside the root work, links out of it are refused. */
export function openTree(root: string, options: TreeOptions = {}): BootFileSource {
  const cache = createChunkCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES)
  const now = options.now ?? Date.now

  return async ({name}) => {
    const path = parseBootPath(name)
    if ('refusal' in path) throw bootFileForbidden(name, path.refusal)
    const realFile = await realFileBelow(root, path.parts, name)
    const reader = await openReader(realFile).catch((error: unknown) => {
      throw asBootFileError(error, name)
    })
    if (reader === undefined) throw bootFileNotFound(name)
    const isSettled = now() - reader.changedMs > SETTLED_AFTER_MS
    return treeFile(name, reader, isSettled ? cache : undefined)
  }
}

/** The path with links followed; the root itself may be a link, and may be pointed elsewhere while we run. */
async function realFileBelow(root: string, parts: readonly string[], name: string): Promise<string> {
  const realRoot = await realPath(root)
  const realFile = await realPath(join(realRoot, ...parts)).catch((error: unknown) => {
    throw asBootFileError(error, name)
  })
  const [first] = relative(realRoot, realFile).split(sep)
  if (first === '..') throw bootFileForbidden(name, 'it is a link out of the boot file folder')
  return realFile
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ENXIO', 'ENODEV', 'ENAMETOOLONG'])
const FORBIDDEN: Readonly<Record<string, string>> = {
  EACCES: 'the server may not read it',
  EPERM: 'the server may not read it',
  ELOOP: 'its links go round in a circle',
}

/** A failed system call in terms of the request; what is our own trouble (too many open files …) stays as it is. */
function asBootFileError(error: unknown, name: string): unknown {
  const errno = errnoOf(error instanceof PxectlError ? error.cause : error) ?? ''
  if (ABSENT.has(errno)) return bootFileNotFound(name, error)
  const reason = FORBIDDEN[errno]
  return reason === undefined ? error : bootFileForbidden(name, reason, error)
}
