// A folder on this machine as a source: what the user unpacked, or what an import unpacked into its workspace.
import {join} from 'node:path'
import {openReader} from '../system/file-reader.js'
import {realPath} from '../system/files.js'
import {listNames, walkFiles} from '../system/folders.js'
import type {SourceFile, SourceTree} from './tree.js'

const PIECE_BYTES = 1 << 20

/** `isOurs`: the files may be moved away. `name`: what the user calls it. */
export function folderTree(folder: string, options: {readonly name: string; readonly isOurs: boolean}): SourceTree {
  const file = (path: string, sizeBytes: number): SourceFile => {
    const full = join(folder, path)
    return {path, sizeBytes, open: () => readPieces(full), ...(options.isOurs ? {onDisk: full} : {})}
  }
  return {
    name: options.name,
    label: '',
    find: async (path) => {
      const found = await spelled(folder, path)
      return found?.kind === 'file' ? file(found.path, await sizeOf(join(folder, found.path))) : undefined
    },
    list: async (path) => {
      const found = path === '' ? {path: '', kind: 'folder' as const} : await spelled(folder, path)
      if (found?.kind !== 'folder') return []
      return (await listNames(join(folder, found.path)))
        .filter(({kind}) => kind !== 'other')
        .map(({name, kind}) => ({name, isFolder: kind === 'folder'}))
    },
    walk: async function* () {
      for await (const {path, kind, sizeBytes} of walkFiles(folder)) if (kind === 'file') yield file(path, sizeBytes)
    },
  }
}

/** One file as a source of its own. */
export async function diskFile(path: string, name: string): Promise<SourceFile> {
  return {path: name, sizeBytes: await sizeOf(path), open: () => readPieces(path)}
}

/** The path as the folder spells it, part by part: exactly, or else with other capitals. */
async function spelled(folder: string, path: string): Promise<{path: string; kind: 'file' | 'folder' | 'other'} | undefined> {
  let at: {path: string; kind: 'file' | 'folder' | 'other'} = {path: '', kind: 'folder'}
  for (const part of path.split('/').filter((word) => word !== '' && word !== '.')) {
    if (part === '..') return undefined
    const names = await listNames(join(folder, at.path))
    const found = names.find(({name}) => name === part) ?? names.find(({name}) => name.toLowerCase() === part.toLowerCase())
    if (found === undefined) return undefined
    at = {path: at.path === '' ? found.name : `${at.path}/${found.name}`, kind: found.kind}
  }
  return at
}

async function sizeOf(path: string): Promise<number> {
  const reader = await openReader(await realPath(path))
  await reader?.close()
  return reader?.sizeBytes ?? 0
}

async function* readPieces(path: string): AsyncGenerator<Buffer> {
  const reader = await openReader(await realPath(path))
  if (reader === undefined) return
  try {
    for (let offset = 0; ;) {
      const piece = await reader.read(offset, PIECE_BYTES)
      if (piece.length === 0) return
      offset += piece.length
      yield Buffer.from(piece.buffer, piece.byteOffset, piece.length)
    }
  } finally {
    await reader.close()
  }
}
