// Unpacks what was selected of a file tree or a tar stream below one folder: all of it, or nothing. No link is ever made; one that leads to
// a file of the same archive becomes a copy of that file.
import {Readable} from 'node:stream'
import {openTreeWriter, type TreeWriter} from '../system/tree-writer.js'
import {archiveError} from './archive-error.js'
import {tooLarge} from './compression.js'
import {linkedPath, MAX_LINK_STEPS, parseEntryPath, type ArchiveEntry} from './entry.js'
import {readTar} from './tar.js'
import type {FileTree} from './tree.js'

export type ExtractOptions = {
  /** An existing folder. Nothing in it is overwritten; a symbolic link in it is never followed. */
  readonly into: string
  /** Where an entry goes, relative to `into`, or undefined to leave it out. Folders that files need are made anyway. */
  readonly select: (path: string, entry: ArchiveEntry) => string | undefined
  /** Of what is unpacked. Beyond: ARCHIVE_TOO_LARGE. */
  readonly limits: {readonly bytes: number; readonly entries: number}
  readonly onProgress?: (progress: ExtractProgress) => void
  /** Is told of devices and FIFOs in a tar archive, which are left out. */
  readonly onNote?: (note: string) => void
  /** Of a tar stream, for errors. */
  readonly name?: string
}

/** What has been done so far; `path` is the entry's that is being unpacked. */
export type ExtractProgress = {readonly path: string; readonly bytes: number; readonly entries: number}

/** `files` are the targets, relative to `into`, in the order in which they were written. */
export type Extracted = {readonly files: readonly string[]; readonly bytes: number}

type Job = {
  readonly name: string
  readonly options: ExtractOptions
  readonly writer: TreeWriter
  readonly done: {bytes: number; entries: number}
  /** Path in the archive → target, of the files that are written. */
  readonly targets: Map<string, string>
  /** Target → path in the archive. */
  readonly sources: Map<string, string>
}

/** Unpacks; on any failure everything that was written is removed again. A stream is read to its end, or destroyed. */
export async function extractTree(from: FileTree | Readable, options: ExtractOptions): Promise<Extracted> {
  const name = from instanceof Readable ? (options.name ?? 'the tar archive') : from.name
  const writer = await openTreeWriter(options.into)
  const job: Job = {name, options, writer, done: {bytes: 0, entries: 0}, targets: new Map(), sources: new Map()}
  try {
    if (from instanceof Readable) await extractTar(from, job)
    else await extractFiles(from, job)
    await writer.finish()
    return {files: [...job.sources.keys()], bytes: job.done.bytes}
  } catch (error) {
    await writer.undo()
    throw error
  }
}

async function extractFiles(tree: FileTree, job: Job): Promise<void> {
  for await (const entry of tree.walk()) {
    const target = claim(job, entry)
    if (target === undefined) continue
    if (entry.kind === 'folder') await job.writer.makeFolder(target)
    else {
      const file = entry.kind === 'file' ? entry : await followInTree(tree, entry)
      await write(job, entry, {target, content: tree.read(file), sizeBytes: file.sizeBytes})
    }
  }
}

async function followInTree(tree: FileTree, link: ArchiveEntry): Promise<ArchiveEntry> {
  let at: ArchiveEntry | undefined = link
  for (let step = 0; step < MAX_LINK_STEPS && at?.kind === 'link'; step++) {
    const path = linkedPath(at)
    if (path === undefined) throw linkRefused(tree.name, link, 'leads out of it')
    at = await tree.find(path)
  }
  if (at?.kind === 'file') return at
  throw linkRefused(
    tree.name,
    link,
    at === undefined ? 'leads to nothing' : at.kind === 'folder' ? 'leads to a folder' : 'goes round in a circle',
  )
}

async function extractTar(stream: Readable, job: Job): Promise<void> {
  const links = new Map<string, ArchiveEntry>()
  const selected = new Map<string, {readonly link: ArchiveEntry; readonly target: string}>()
  const onEntry = async (entry: ArchiveEntry, content: AsyncIterable<Buffer>): Promise<void> => {
    refuseThroughLink(job.name, entry.path, links)
    const target = claim(job, entry)
    // Of two entries with one path the later counts, as tar has it.
    links.delete(entry.path)
    selected.delete(entry.path)
    if (entry.kind === 'link') links.set(entry.path, entry)
    if (target === undefined) return
    if (entry.kind === 'folder') await job.writer.makeFolder(target)
    else if (entry.kind === 'file') await write(job, entry, {target, content, sizeBytes: entry.sizeBytes})
    // The file of a hard link comes before it, that of a symbolic link perhaps later.
    else if (entry.isHardLink === true) await copy(job, entry, target, links)
    else selected.set(entry.path, {link: entry, target})
  }
  const {onNote} = job.options
  await readTar(stream, onEntry, {name: job.name, ...(onNote === undefined ? {} : {onNote})})
  for (const {link, target} of selected.values()) await copy(job, link, target, links)
}

/** tar would follow the link that came before, wherever it leads. */
function refuseThroughLink(name: string, path: string, links: ReadonlyMap<string, ArchiveEntry>): void {
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
    const above = path.slice(0, end)
    if (!links.has(above)) continue
    throw archiveError('ARCHIVE_PATH_UNSAFE', name, `the path "${path}" in it leads through the link "${above}"`, {details: {path}})
  }
}

async function copy(job: Job, link: ArchiveEntry, target: string, links: ReadonlyMap<string, ArchiveEntry>): Promise<void> {
  let path = linkedPath(link)
  for (let step = 0; step < MAX_LINK_STEPS && path !== undefined && path !== link.path; step++) {
    const next = links.get(path)
    if (next === undefined) break
    path = linkedPath(next)
  }
  if (path === undefined) throw linkRefused(job.name, link, 'leads out of it')
  const from = job.targets.get(path)
  if (from === undefined) throw linkRefused(job.name, link, `leads to "${path}", which is no file, or was not selected before it`)
  await write(job, link, {target, content: job.writer.readFile(from), sizeBytes: 0})
}

/** The safe target of an entry that is selected; counts it. */
function claim(job: Job, entry: ArchiveEntry): string | undefined {
  const chosen = job.options.select(entry.path, entry)
  if (chosen === undefined) return undefined
  const target = parseEntryPath(chosen, job.name)
  const {entries} = job.options.limits
  if (++job.done.entries > entries) {
    throw archiveError('ARCHIVE_TOO_LARGE', job.name, `has more than ${entries} entries to unpack, the limit`, {details: {entries}})
  }
  const other = job.sources.get(target)
  if (other !== undefined && other !== entry.path) {
    const details = {target, paths: [other, entry.path]}
    throw archiveError('ARCHIVE_TARGET_TWICE', job.name, `"${other}" and "${entry.path}" in it would both become ${target}`, {details})
  }
  return target
}

type Writing = {readonly target: string; readonly content: AsyncIterable<Buffer>; readonly sizeBytes: number}

async function write(job: Job, entry: ArchiveEntry, {target, content, sizeBytes}: Writing): Promise<void> {
  // Before a byte is written, where the archive says so.
  if (job.done.bytes + sizeBytes > job.options.limits.bytes) throw tooLarge(job.name, job.options.limits.bytes)
  await job.writer.writeFile(target, counted(job, entry, content), entry.modifiedMs)
  job.targets.set(entry.path, target)
  job.sources.set(target, entry.path)
}

async function* counted(job: Job, entry: ArchiveEntry, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const report = (): void => job.options.onProgress?.({path: entry.path, ...job.done})
  report()
  for await (const chunk of content) {
    job.done.bytes += chunk.length
    if (job.done.bytes > job.options.limits.bytes) throw tooLarge(job.name, job.options.limits.bytes)
    yield chunk
    report()
  }
}

function linkRefused(name: string, link: ArchiveEntry, problem: string): Error {
  const text = `the link "${link.path}" in it ("${link.linkTarget ?? ''}") ${problem}`
  return archiveError('ARCHIVE_LINK_REFUSED', name, text, {details: {path: link.path, linkTarget: link.linkTarget}})
}
