// The page's own files, read once at the start: what is not in this folder then cannot be asked for.
import {createHash} from 'node:crypto'
import {extname, join} from 'node:path'
import {listFolder, readBytes} from '../system/files.js'
import {SAFETY_HEADERS} from './headers.js'
import type {WebAnswer, WebRequest} from './web-request.js'

export type PageFiles = {
  /** The answer to a request for this path; undefined where there is no such file. */
  answer(path: string, request: WebRequest): WebAnswer | undefined
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
}

/** The page itself is the file index.html. */
export async function readPageFiles(folder: string): Promise<PageFiles> {
  const files = new Map<string, {bytes: Uint8Array; headers: Readonly<Record<string, string>>; etag: string}>()
  for (const name of await listFolder(folder)) {
    const bytes = await readBytes(join(folder, name))
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
    const type = TYPES[extname(name)] ?? 'application/octet-stream'
    // Kept, but asked for each time: after an upgrade nobody runs half of the old page.
    files.set(`/${name}`, {bytes, etag, headers: {...SAFETY_HEADERS, 'Content-Type': type, ETag: etag, 'Cache-Control': 'no-cache'}})
  }
  return {
    answer(path, {headers}) {
      const file = files.get(path === '/' ? '/index.html' : path)
      if (file === undefined) return undefined
      const isKnown = headers['if-none-match']?.includes(file.etag) === true
      return {kind: 'whole', status: isKnown ? 304 : 200, headers: file.headers, body: isKnown ? '' : file.bytes}
    },
  }
}
