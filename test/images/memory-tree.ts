// A source in memory, for recognising without archives.
import type {SourceFile, SourceTree} from '../../src/images/tree.js'

/** Path → text or bytes. */
export type Files = Readonly<Record<string, string | Buffer>>

export function memoryTree(files: Files, options: {name?: string; label?: string} = {}): SourceTree {
  const fileOf = (path: string): SourceFile => memoryFile(path, files[path] ?? '')
  const spelled = (path: string): string | undefined =>
    Object.hasOwn(files, path) ? path : Object.keys(files).find((other) => other.toLowerCase() === path.toLowerCase())
  return {
    name: options.name ?? 'source.iso',
    label: options.label ?? '',
    find: (path) => {
      const found = spelled(path)
      return Promise.resolve(found === undefined ? undefined : fileOf(found))
    },
    list: (folder) => {
      const prefix = folder === '' ? '' : `${folder}/`
      const names = new Map<string, boolean>()
      for (const path of Object.keys(files)) {
        const [name = '', ...below] = path.startsWith(prefix) ? path.slice(prefix.length).split('/') : []
        if (name !== '') names.set(name, below.length > 0)
      }
      return Promise.resolve([...names].map(([name, isFolder]) => ({name, isFolder})))
    },
    walk: async function* () {
      await Promise.resolve()
      yield* Object.keys(files).map(fileOf)
    },
  }
}

export function memoryFile(path: string, content: string | Buffer): SourceFile {
  const bytes = Buffer.from(content)
  return {
    path,
    sizeBytes: bytes.length,
    open: async function* () {
      await Promise.resolve()
      yield bytes
    },
  }
}

/** The planned files as path → text. */
export async function plannedTexts(
  files: readonly {path: string; content: () => AsyncIterable<Uint8Array>}[],
): Promise<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const {path, content} of files) {
    const chunks: Uint8Array[] = []
    for await (const chunk of content()) chunks.push(chunk)
    texts[path] = Buffer.concat(chunks).toString('utf8')
  }
  return texts
}
