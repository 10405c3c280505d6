// The images of fixtures/archive in memory, each time a fresh copy that a test may damage.
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {gunzipSync} from 'node:zlib'
import {memorySource, type ByteSource} from '../../src/archive/byte-source.js'
import type {FileTree} from '../../src/archive/tree.js'

export function fixtureBytes(name: string): Buffer {
  return gunzipSync(readFileSync(fileURLToPath(new URL(`../../fixtures/archive/${name}.gz`, import.meta.url))))
}

export function fixtureSource(name: string): ByteSource {
  return memorySource(name, fixtureBytes(name))
}

export async function readAll(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** All paths of a tree; links with what they say, files with their size. */
export async function listAll(tree: FileTree): Promise<string[]> {
  const lines: string[] = []
  for await (const {path, kind, sizeBytes, linkTarget} of tree.walk()) {
    lines.push(kind === 'folder' ? `${path}/` : kind === 'link' ? `${path} → ${linkTarget}` : `${path} ${sizeBytes}`)
  }
  return lines.sort()
}

export function textOfNumbers(first: number, last: number): string {
  return Array.from({length: last - first + 1}, (_, at) => `${first + at}\n`).join('')
}
