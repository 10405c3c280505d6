// A file system inside a file as a source: an ISO image, a FAT volume.
import {linkedPath, MAX_LINK_STEPS, type ArchiveEntry} from '../archive/entry.js'
import type {FileTree} from '../archive/tree.js'
import type {SourceFile, SourceTree} from './tree.js'

/** `name`: what the user calls it. Links are followed within the file system. */
export function archiveTree(tree: FileTree, name: string): SourceTree {
  const fileOf = (entry: ArchiveEntry, path: string): SourceFile => ({path, sizeBytes: entry.sizeBytes, open: () => tree.read(entry)})
  return {
    name,
    label: tree.volumeId.trim(),
    find: async (path) => {
      const found = await follow(tree, (await tree.find(path)) ?? (await findFolded(tree, path)))
      return found?.kind === 'file' ? fileOf(found, path) : undefined
    },
    list: async (folder) => {
      const at = folder === '' ? undefined : await tree.find(folder)
      if (folder !== '' && at?.kind !== 'folder') return []
      return (await tree.list(folder)).map((entry) => ({name: baseName(entry.path), isFolder: entry.kind === 'folder'}))
    },
    walk: async function* () {
      for await (const entry of tree.walk()) if (entry.kind === 'file') yield fileOf(entry, entry.path)
    },
  }
}

/** The entry that differs from the path in capitals only, for file systems that tell the two apart. */
async function findFolded(tree: FileTree, path: string): Promise<ArchiveEntry | undefined> {
  let at = ''
  let entry: ArchiveEntry | undefined
  for (const part of path.split('/')) {
    if (entry !== undefined && entry.kind !== 'folder') return undefined
    entry = (await tree.list(at)).find((child) => baseName(child.path).toLowerCase() === part.toLowerCase())
    if (entry === undefined) return undefined
    at = entry.path
  }
  return entry
}

async function follow(tree: FileTree, entry: ArchiveEntry | undefined): Promise<ArchiveEntry | undefined> {
  let at = entry
  for (let step = 0; step < MAX_LINK_STEPS && at?.kind === 'link'; step++) {
    const path = linkedPath(at)
    at = path === undefined ? undefined : await tree.find(path)
  }
  return at
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
