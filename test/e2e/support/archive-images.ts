// Trees of files for the tests of src/archive, and the comparison of what a reader finds in an image with the tree it was made of.
import {createHash} from 'node:crypto'
import {mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, truncate, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {expect} from 'vitest'
import {openFileSource, type ByteSource} from '../../../src/archive/byte-source.js'
import type {FileTree} from '../../../src/archive/tree.js'
import {mustRun} from './programs.js'

/** Runs `work` in a folder of its own. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'pxectl-e2e-archive-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

/** Bytes that do not repeat and depend on the name alone. */
export function bytesFor(name: string, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes)
  let state = createHash('sha256').update(name).digest().readUInt32LE(0) | 1
  for (let at = 0; at < sizeBytes; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

/** Makes files of these sizes below the folder. */
export async function makeFiles(folder: string, sizes: Readonly<Record<string, number>>): Promise<string> {
  for (const [path, sizeBytes] of Object.entries(sizes)) {
    await mkdir(dirname(join(folder, path)), {recursive: true})
    await writeFile(join(folder, path), bytesFor(path, sizeBytes))
  }
  return folder
}

/** Makes a FAT file system of this size with the files of a folder, by mkfs.vfat and mcopy. */
export async function makeFat(image: string, sizeBytes: number, from: string, args: readonly string[]): Promise<void> {
  await writeFile(image, '')
  await truncate(image, sizeBytes)
  await mustRun(['mkfs.vfat', ...args, image], {env: SYSTEM_PATH})
  await mcopy(image, from)
}

/** Copies all of a folder into a FAT file system. */
export async function mcopy(image: string, from: string): Promise<void> {
  await mustRun(['sh', '-c', 'mcopy -s -i "$0" "$1"/* ::', image, from], {env: {LC_ALL: 'C.UTF-8'}})
}

/** Where Debian keeps mkfs.vfat, sfdisk and parted. */
export const SYSTEM_PATH = {PATH: `${process.env['PATH']}:/usr/sbin:/sbin`}

/** All below the folder: files by their hash, folders, links by what they say. */
export async function listTree(folder: string): Promise<Record<string, string>> {
  const listed: Record<string, string> = {}
  for (const entry of await readdir(folder, {recursive: true, withFileTypes: true})) {
    const full = join(entry.parentPath, entry.name)
    const path = full.slice(folder.length + 1)
    if (entry.isFile()) listed[path] = hashOf(await readFile(full))
    else listed[path] = entry.isSymbolicLink() ? `→ ${await readlink(full)}` : 'folder'
  }
  return listed
}

/** The same of an image. Every file is also found by its path. */
export async function listImage(tree: FileTree): Promise<Record<string, string>> {
  const listed: Record<string, string> = {}
  for await (const entry of tree.walk()) {
    if (entry.kind === 'file') {
      const found = await tree.find(entry.path)
      expect(found, entry.path).toEqual(entry)
      const bytes = await readAll(tree.read(found ?? entry))
      expect(bytes.length, entry.path).toBe(entry.sizeBytes)
      listed[entry.path] = hashOf(bytes)
    } else listed[entry.path] = entry.kind === 'link' ? `→ ${entry.linkTarget}` : 'folder'
  }
  return listed
}

export async function readAll(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Opens the image for `work`, and closes it. */
export async function withSource<T>(path: string, work: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await openFileSource(path)
  try {
    return await work(source)
  } finally {
    await source.close()
  }
}

export async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size
}

function hashOf(bytes: Buffer): string {
  return `${bytes.length} ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`
}
