// tar as a stream, over npm tar-stream: ustar, pax, GNU long names and old tar. What it adds: safe paths, links and devices sorted out,
// bounds against archives made to hurt, and no silence about one that was cut.
import type {Readable} from 'node:stream'
import type {Entry, Extract, Headers} from 'tar-stream'
import {PxectlError} from '../errors.js'
import {archiveError, corrupt} from './archive-error.js'
import {isTopPath, parseEntryPath, type ArchiveEntry} from './entry.js'

export type OnTarEntry = (entry: ArchiveEntry, content: AsyncIterable<Buffer>) => Promise<void>

export type ReadTarOptions = {
  /** The archive, as the user knows it. */
  readonly name?: string
  /** Is told of what is left out: devices, FIFOs. */
  readonly onNote?: (note: string) => void
}

/** tar-stream collects the long name of an entry in memory, whatever size it claims. No honest archive has this much before an entry. */
const MAX_UNCLAIMED_BYTES = 64 << 20

const BLOCK_BYTES = 512

/** Reads a plain tar stream to its end; content that `onEntry` leaves is skipped. The stream is destroyed when this fails. */
export async function readTar(stream: Readable, onEntry: OnTarEntry, options: ReadTarOptions = {}): Promise<void> {
  const name = options.name ?? 'the tar archive'
  // Loaded on first use: most commands read no archive.
  const {extract} = await import('tar-stream')
  const parser = extract({allowUnknownFormat: true})
  const meter = {unclaimed: 0}
  parser.on('entry', (header: Headers) => {
    meter.unclaimed = 0
    // A size that is no size would make the parser wait for ever.
    if (!isSize(header.size)) parser.destroy(corrupt(name, `the entry "${header.name}" has the size ${header.size}`))
  })
  const feeding = feed(stream, parser, {name, meter})
  try {
    for await (const member of parser) await readMember(member, onEntry, {name, meter, onNote: options.onNote})
    await feeding
  } catch (error) {
    throw translate(error, name, stream.errored)
  } finally {
    stream.destroy()
    parser.destroy()
    await feeding.catch(() => undefined)
  }
}

type Reading = {readonly name: string; readonly meter: {unclaimed: number}; readonly onNote: ReadTarOptions['onNote']}

async function readMember(member: Entry, onEntry: OnTarEntry, reading: Reading): Promise<void> {
  const chunks = member[Symbol.asyncIterator]()
  const next = async (): Promise<IteratorResult<Buffer, undefined>> => {
    reading.meter.unclaimed = 0
    const step = await chunks.next()
    return step.done === true ? {done: true, value: undefined} : step
  }
  const entry = entryOf(member.header, reading)
  // Leaving a loop over the content early must not end the whole archive, as it would with the stream itself.
  const content = {[Symbol.asyncIterator]: () => ({next, return: () => Promise.resolve({done: true as const, value: undefined})})}
  if (entry !== undefined) await onEntry(entry, content)
  while ((await next()).done !== true);
}

function entryOf(header: Headers & {readonly pax?: Readonly<Record<string, string>> | null}, reading: Reading): ArchiveEntry | undefined {
  const {name, onNote} = reading
  if (isTopPath(header.name)) return undefined
  const path = parseEntryPath(header.name, name)
  const modifiedMs = header.mtime?.getTime()
  const common = {path, ...(modifiedMs !== undefined && modifiedMs >= 0 ? {modifiedMs} : {})}
  const sparse = Object.keys(header.pax ?? {}).some((key) => key.startsWith('GNU.sparse.'))
  if (sparse) throw archiveError('ARCHIVE_UNSUPPORTED', name, `${path} is a sparse file, which is not supported: pack it without --sparse`)
  switch (header.type) {
    case 'file':
    case 'contiguous-file':
      return {...common, kind: 'file', sizeBytes: header.size ?? 0}
    case 'directory':
      return {...common, kind: 'folder', sizeBytes: 0}
    case 'symlink':
      return {...common, kind: 'link', sizeBytes: 0, linkTarget: header.linkname ?? ''}
    case 'link':
      return {...common, kind: 'link', sizeBytes: 0, linkTarget: header.linkname ?? '', isHardLink: true}
    case 'character-device':
    case 'block-device':
    case 'fifo':
      onNote?.(`${path} is left out: it is a ${header.type.replace('-', ' ')}`)
      return undefined
    default:
      // Sparse files of old GNU tar, parts of multi-volume archives, Solaris' own extensions: what follows cannot be told from content.
      throw archiveError(
        'ARCHIVE_UNSUPPORTED',
        name,
        `${path} is an entry of a kind that is not supported (sparse, multi-volume or unknown)`,
      )
  }
}

async function feed(stream: Readable, parser: Extract, {name, meter}: {name: string; meter: {unclaimed: number}}): Promise<void> {
  let tail: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (parser.destroyed) return
      meter.unclaimed += chunk.length
      if (meter.unclaimed > MAX_UNCLAIMED_BYTES)
        throw corrupt(name, `${MAX_UNCLAIMED_BYTES} bytes without an entry: this is no tar archive of files`)
      tail = (chunk.length >= BLOCK_BYTES ? chunk : Buffer.concat([tail, chunk])).subarray(-BLOCK_BYTES)
      if (!parser.write(chunk) && !(await drained(parser))) return
    }
    // Two blocks of zeros end an archive (POSIX pax, "ustar Interchange Format"). Without them nobody can tell whether entries are missing.
    if (tail.length < BLOCK_BYTES || tail.some((byte) => byte !== 0)) {
      throw archiveError(
        'ARCHIVE_TRUNCATED',
        name,
        'the end marker of a tar archive (blocks of zeros) was expected: it is cut off, or no tar archive',
      )
    }
    parser.end()
  } catch (error) {
    parser.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Resolves when the parser takes more (true) or will take no more (false). */
function drained(parser: Extract): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isOpen: boolean) => (): void => {
      parser.off('drain', onDrain)
      parser.off('close', onClose)
      resolve(isOpen)
    }
    const onDrain = settle(true)
    const onClose = settle(false)
    if (parser.destroyed) resolve(false)
    else parser.on('drain', onDrain).on('close', onClose)
  })
}

function isSize(size: number | undefined): boolean {
  return Number.isSafeInteger(size) && (size ?? -1) >= 0
}

function translate(error: unknown, name: string, ofStream: Error | null): unknown {
  if (error instanceof PxectlError || error === ofStream || !(error instanceof Error)) return error
  if (error.message === 'Unexpected end of data')
    return archiveError('ARCHIVE_TRUNCATED', name, 'is cut off in the middle of an entry', {cause: error})
  if (error.message.startsWith('Invalid tar header')) return corrupt(name, 'a tar header was expected, but its checksum is wrong', error)
  return error
}
