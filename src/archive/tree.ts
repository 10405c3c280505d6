// One face for all file systems that we read: an ISO image, a FAT partition. A reader says what is in a folder; finding, walking and the
// refusal of folders that contain themselves are the same for all.
import {PxectlError} from '../errors.js'
import {archiveError, corrupt} from './archive-error.js'
import {parseEntryPath, type ArchiveEntry} from './entry.js'

export type FileTree = {
  /** Of the source; errors name it. */
  readonly name: string
  /** The volume label; empty where there is none. */
  readonly volumeId: string
  /** What is in a folder ('' is the top); throws ARCHIVE_ENTRY_MISSING where there is no such folder. */
  list(path: string): Promise<readonly ArchiveEntry[]>
  /** The entry of that path, or undefined. Links on the way are not followed; case does not matter where the file system has none. */
  find(path: string): Promise<ArchiveEntry | undefined>
  /** The content of a file of this tree. */
  read(entry: ArchiveEntry): AsyncIterable<Buffer>
  /** Everything, folders before what is in them. */
  walk(): AsyncIterable<ArchiveEntry>
}

/** A record of a folder, as a file system has it. */
export type TreeNode = {
  readonly name: string
  readonly kind: ArchiveEntry['kind']
  readonly sizeBytes: number
  readonly linkTarget?: string
  readonly modifiedMs?: number
  /** Where the content lies: the same place twice on one way down is a loop. */
  readonly place: number
}

export type TreeReader<N extends TreeNode> = {
  readonly name: string
  readonly volumeId: string
  readonly top: N
  readonly isCaseSensitive: boolean
  childrenOf(folder: N): Promise<readonly N[]>
  contentOf(file: N): AsyncIterable<Buffer>
}

/** More entries than any operating system comes in: beyond this an image is made to hurt. */
const MAX_ENTRIES = 1_000_000

/** Makes a file tree of a reader. */
export function openTree<N extends TreeNode>(reader: TreeReader<N>): FileTree {
  const nodes = new WeakMap<ArchiveEntry, N>()
  const entryOf = (parent: string, node: N): ArchiveEntry => {
    // A name that is no single part of a path would make the path that of another entry.
    if (node.name === '' || node.name === '.' || node.name.includes('/')) {
      throw archiveError('ARCHIVE_PATH_UNSAFE', reader.name, `the name "${node.name}" in the folder "${parent}" of it is refused`)
    }
    const entry = toEntry(parseEntryPath(parent === '' ? node.name : `${parent}/${node.name}`, reader.name), node)
    nodes.set(entry, node)
    return entry
  }
  const find = async (path: string): Promise<{readonly path: string; readonly node: N} | undefined> => {
    let at = {path: '', node: reader.top}
    for (const part of isTop(path) ? [] : parseEntryPath(path.replace(/^\/+/, ''), reader.name).split('/')) {
      if (at.node.kind !== 'folder') return undefined
      const node = pick(await reader.childrenOf(at.node), part, reader.isCaseSensitive)
      if (node === undefined) return undefined
      at = {path: at.path === '' ? node.name : `${at.path}/${node.name}`, node}
    }
    return at
  }
  return {
    name: reader.name,
    volumeId: reader.volumeId,
    list: async (path) => {
      const found = await find(path)
      if (found?.node.kind !== 'folder') throw missing(reader.name, path, 'folder')
      return unique(await reader.childrenOf(found.node)).map((node) => entryOf(found.path, node))
    },
    find: async (path) => {
      const found = await find(path)
      return found === undefined || found.path === '' ? undefined : entryOf(parentOf(found.path), found.node)
    },
    read: async function* (entry) {
      const node = nodes.get(entry) ?? (await find(entry.path))?.node
      if (node?.kind !== 'file') throw missing(reader.name, entry.path, 'file')
      yield* reader.contentOf(node)
    },
    walk: () => walk(reader, entryOf),
  }
}

async function* walk<N extends TreeNode>(
  reader: TreeReader<N>,
  entryOf: (parent: string, node: N) => ArchiveEntry,
): AsyncGenerator<ArchiveEntry> {
  const waiting: {readonly path: string; readonly node: N}[] = [{path: '', node: reader.top}]
  const seen = new Set<number>()
  let count = 0
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (seen.has(folder.node.place)) throw corrupt(reader.name, `the folder ${folder.path} is in it twice, or contains itself`)
    seen.add(folder.node.place)
    const below: typeof waiting = []
    for (const node of unique(await reader.childrenOf(folder.node))) {
      const entry = entryOf(folder.path, node)
      if (++count > MAX_ENTRIES) throw corrupt(reader.name, `has more than ${MAX_ENTRIES} entries`)
      yield entry
      if (node.kind === 'folder') below.push({path: entry.path, node})
    }
    waiting.push(...below.reverse())
  }
}

/** Of records with one name the first counts: ISO 9660 puts the newest version first (ECMA-119 9.3). */
function unique<N extends TreeNode>(children: readonly N[]): N[] {
  const byName = new Map<string, N>()
  for (const child of children) if (!byName.has(child.name)) byName.set(child.name, child)
  return [...byName.values()]
}

function pick<N extends TreeNode>(children: readonly N[], name: string, isCaseSensitive: boolean): N | undefined {
  const exact = children.find((child) => child.name === name)
  if (exact !== undefined || isCaseSensitive) return exact
  const folded = name.toLowerCase()
  return children.find((child) => child.name.toLowerCase() === folded)
}

function toEntry(path: string, node: TreeNode): ArchiveEntry {
  return {
    path,
    kind: node.kind,
    sizeBytes: node.kind === 'file' ? node.sizeBytes : 0,
    ...(node.linkTarget === undefined ? {} : {linkTarget: node.linkTarget}),
    ...(node.modifiedMs === undefined ? {} : {modifiedMs: node.modifiedMs}),
  }
}

function isTop(path: string): boolean {
  return path === '' || path === '/' || path === '.'
}

function parentOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
}

function missing(archive: string, path: string, what: 'file' | 'folder'): PxectlError {
  return new PxectlError(`${archive}: there is no ${what} ${path} in it`, {
    code: 'ARCHIVE_ENTRY_MISSING',
    kind: 'notFound',
    details: {archive, path},
  })
}
