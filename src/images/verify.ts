// Is an image still what was imported? Every file is read and compared with image.json.
import {join} from 'node:path'
import {openReader} from '../system/file-reader.js'
import {walkFiles} from '../system/folders.js'
import {OVERLAY_FOLDER} from './catalog.js'
import {hashAll} from './checksum.js'
import {MANIFEST_NAME, type ImageFile, type ImageManifest} from './manifest.js'
import {watched, type Work} from './work.js'

export type FileProblem = {
  readonly path: string
  /** `size` and `content`: the file is another; `kind`: it is a link or a device; `extra`: nobody imported it. */
  readonly problem: 'missing' | 'size' | 'content' | 'kind' | 'extra' | 'unreadable'
  readonly expected?: string
  readonly actual?: string
}

/** What differs, sorted by path; nothing where all is well. Files below `overlay/` are the user's own. */
export async function verifyFiles(folder: string, manifest: ImageManifest, work: Work): Promise<FileProblem[]> {
  const problems: FileProblem[] = []
  const present = new Set<string>()
  for await (const {path, kind, sizeBytes} of walkFiles(folder)) {
    present.add(path)
    const listed = Object.hasOwn(manifest.files, path) ? manifest.files[path] : undefined
    if (listed !== undefined) problems.push(...(await verifyFile(join(folder, path), {path, kind, sizeBytes, listed}, work)))
    else if (path !== MANIFEST_NAME && !path.startsWith(`${OVERLAY_FOLDER}/`)) problems.push({path, problem: 'extra'})
  }
  for (const path of Object.keys(manifest.files)) if (!present.has(path)) problems.push({path, problem: 'missing'})
  return problems.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

type Listed = {readonly path: string; readonly kind: string; readonly sizeBytes: number; readonly listed: ImageFile}

async function verifyFile(full: string, {path, kind, sizeBytes, listed}: Listed, work: Work): Promise<FileProblem[]> {
  if (kind !== 'file') return [{path, problem: 'kind', expected: 'file', actual: kind}]
  if (sizeBytes !== listed.sizeBytes) return [{path, problem: 'size', expected: String(listed.sizeBytes), actual: String(sizeBytes)}]
  const sha256 = await hashFile(full, {path, sizeBytes}, work)
  if (sha256 === undefined) return [{path, problem: 'unreadable'}]
  return sha256 === listed.sha256 ? [] : [{path, problem: 'content', expected: listed.sha256, actual: sha256}]
}

const PIECE_BYTES = 1 << 20

async function hashFile(full: string, file: {path: string; sizeBytes: number}, work: Work): Promise<string | undefined> {
  const reader = await openReader(full).catch(() => undefined)
  if (reader === undefined) return undefined
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let offset = 0; offset < file.sizeBytes; offset += PIECE_BYTES)
      yield await (reader as NonNullable<typeof reader>).read(offset, PIECE_BYTES)
  }
  try {
    return (await hashAll(watched(pieces(), work, {step: `reading ${file.path}`, totalBytes: file.sizeBytes}), ['sha256'])).hex.sha256
  } finally {
    await reader.close()
  }
}
