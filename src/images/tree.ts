// What an image is recognised in: files under paths, whether they lie in a folder, an ISO image or a FAT volume.
import {PxectlError} from '../errors.js'

export type SourceFile = {
  /** Relative to the top of the tree, as it is spelled there. */
  readonly path: string
  readonly sizeBytes: number
  readonly open: () => AsyncIterable<Buffer>
  /** Where it lies on this disk as a file of the import's own workspace. */
  readonly onDisk?: string
}

export type SourceName = {readonly name: string; readonly isFolder: boolean}

export type SourceTree = {
  /** As the user knows it; errors name it. */
  readonly name: string
  /** The name of the volume, where it has one. */
  readonly label: string
  /** The file at this path; where no file is spelled so, one that differs in upper and lower case only. */
  find(path: string): Promise<SourceFile | undefined>
  /** What a folder holds (`''`: the top), sorted; nothing where there is no such folder. */
  list(folder: string): Promise<readonly SourceName[]>
  /** All files, links left out. */
  walk(): AsyncIterable<SourceFile>
}

/** The same tree seen from one of its folders. */
export function subtree(tree: SourceTree, folder: string): SourceTree {
  if (folder === '') return tree
  const prefix = `${folder}/`
  const inside = (file: SourceFile): SourceFile => ({...file, path: file.path.slice(prefix.length)})
  return {
    name: `${tree.name}:${folder}`,
    label: tree.label,
    find: async (path) => {
      const file = await tree.find(prefix + path)
      return file === undefined ? undefined : inside(file)
    },
    list: (path) => tree.list(path === '' ? folder : prefix + path),
    walk: async function* () {
      for await (const file of tree.walk()) if (file.path.startsWith(prefix)) yield inside(file)
    },
  }
}

/** The tree itself, and, where all lies in one folder as in many tarballs, the tree from there. */
export async function likelyTops(tree: SourceTree): Promise<readonly SourceTree[]> {
  const names = await tree.list('')
  const [only] = names
  return names.length === 1 && only?.isFolder === true ? [tree, subtree(tree, only.name)] : [tree]
}

/** Throws IMAGE_INCOMPLETE where the file is missing. */
export async function getFile(tree: SourceTree, path: string, wantedFor: string): Promise<SourceFile> {
  const file = await tree.find(path)
  if (file !== undefined) return file
  throw new PxectlError(`${tree.name} has no ${path}, without which ${wantedFor} does not boot; nothing was imported`, {
    code: 'IMAGE_INCOMPLETE',
    kind: 'invalidData',
    details: {source: tree.name, missing: [path]},
    suggestions: ['fetch the source again, and compare its checksum with the one it is published with'],
  })
}

/** The first bytes of a file, at most `length`. */
export async function readHead(file: SourceFile, length: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let have = 0
  for await (const chunk of file.open()) {
    chunks.push(chunk)
    have += chunk.length
    if (have >= length) break
  }
  return Buffer.concat(chunks).subarray(0, length)
}

/** Configuration files of boot media are small; what is longer is something else. */
const MAX_TEXT_BYTES = 256 * 1024

/** The text of a small file, or undefined where there is none. */
export async function findText(tree: SourceTree, path: string): Promise<string | undefined> {
  const file = await tree.find(path)
  return file === undefined ? undefined : (await readHead(file, MAX_TEXT_BYTES)).toString('utf8')
}
