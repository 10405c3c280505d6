// From a requested name to an open file below one root folder. The servers decide nothing about names; this does.
import {join, relative, sep} from 'node:path'
import {PxectlError} from '../errors.js'
import {realPath} from '../system/files.js'
import {errnoOf} from '../system/file-errors.js'
import {type FileReader, isAbsent, openReader, peekFile} from '../system/file-reader.js'
import {type BootFile, bootFileForbidden, bootFileNotFound, type BootFileSource, bytesFile, type FileOrigin} from './boot-file.js'
import {createByteCache} from './byte-cache.js'
import {parseBootPath} from './safe-path.js'
import {largeFile, readSmallFile, SMALL_FILE_BYTES} from './tree-file.js'

export type TreeOptions = {
  /** Memory for small files that transfers share. */
  readonly cacheBytes?: number
  /** The clock that file times are compared with, in milliseconds. */
  readonly now?: () => number
}

const DEFAULT_CACHE_BYTES = 16 * 1024 * 1024

/** Names that are answered without following their path anew. Those of a storm are few; those of an attacker are many. */
const MAX_KNOWN_NAMES = 4096
const MAX_KNOWN_LENGTH = 512

/**
 * File times advance in steps (4 ms on Linux), so a file may change twice under one time stamp. A file this young is
 * therefore never kept in memory; git guards its index against the same trap.
 */
const SETTLED_AFTER_MS = 1000

/** What was found under a name, good as long as the path still leads to a file of this version. */
type Known = {
  readonly path: string
  readonly realFile: string
  readonly version: string
  readonly origin: FileOrigin
  /** Its bytes, while no other look at the path is worth it: until the event loop takes its next turn. */
  file?: BootFile | undefined
}

/**
 * Serves the regular files below `root`. Links inside the root work, links out of it are refused. A change is seen by the
 * next request: each asks the file system whether the name still leads to the very file, in the very state, that was checked.
 * Only requests that are taken from the sockets together, in one turn of the event loop, share an answer.
 */
export function openTree(root: string, options: TreeOptions = {}): BootFileSource {
  const cache = createByteCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES)
  const now = options.now ?? Date.now
  const knownNames = new Map<string, Known>()
  const looked = createTurn<Known>((known) => (known.file = undefined))

  const recall = (name: string): BootFile | undefined => {
    const known = knownNames.get(name)
    if (known === undefined) return undefined
    if (known.file !== undefined) return known.file
    const state = peekFile(known.path)
    if (state?.version !== known.version) {
      knownNames.delete(name)
      return undefined
    }
    const {origin} = known
    if (state.sizeBytes > SMALL_FILE_BYTES) {
      return largeFile(name, {state, isSettled: true, origin, open: () => reopen(known.realFile, name)})
    }
    const bytes = cache.peek(known.version)
    if (bytes === undefined) return undefined
    known.file = bytesFile(bytes, state.modifiedMs, known.version, origin)
    looked.add(known)
    return known.file
  }

  const find = async (name: string): Promise<BootFile> => {
    const parsed = parseBootPath(name)
    if ('refusal' in parsed) throw bootFileForbidden(name, parsed.refusal)
    const path = join(root, ...parsed.parts)
    // Loaders ask for a dozen menus that are not there before they find theirs.
    if (isAbsent(path) && !isAbsent(root)) throw bootFileNotFound(name)
    const realFile = await realFileBelow(root, parsed.parts, name)
    const reader = await reopen(realFile, name)
    const isSettled = now() - reader.changedMs > SETTLED_AFTER_MS
    if (isSettled && name.length <= MAX_KNOWN_LENGTH)
      remember(name, {path, realFile, version: reader.version, origin: originOf(path, reader.version)})
    if (reader.sizeBytes <= SMALL_FILE_BYTES) return readSmallFile(name, reader, isSettled ? cache : undefined)
    return largeFile(name, {state: reader, isSettled, reader, open: () => reopen(realFile, name)})
  }

  const remember = (name: string, known: Known): void => {
    knownNames.set(name, known)
    const [oldest] = knownNames.keys()
    if (knownNames.size > MAX_KNOWN_NAMES && oldest !== undefined) knownNames.delete(oldest)
  }

  return ({name}) => recall(name) ?? find(name)
}

/** Collects what is to be ended when the event loop takes its next turn, before it looks at any socket again. */
function createTurn<Item>(end: (item: Item) => void): {add(item: Item): void} {
  let items: Item[] = []
  const endAll = (): void => {
    for (const item of items) end(item)
    items = []
  }
  return {
    add(item) {
      if (items.length === 0) setImmediate(endAll)
      items.push(item)
    },
  }
}

function originOf(path: string, version: string): FileOrigin {
  return {path, isCurrent: () => peekFile(path)?.version === version}
}

async function reopen(realFile: string, name: string): Promise<FileReader> {
  const reader = await openReader(realFile).catch((error: unknown) => {
    throw asBootFileError(error, name)
  })
  if (reader === undefined) throw bootFileNotFound(name)
  return reader
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
