// From a file or folder to what an image can be recognised in: compression taken off, tarballs unpacked, ISO images, disk images and
// FAT volumes opened. By content, never by name.
import {basename} from 'node:path'
import {compressionOf, MAGIC_BYTES, peelCompression} from '../archive/compression.js'
import {extractTree} from '../archive/extract.js'
import {openFat} from '../archive/fat.js'
import {openIso} from '../archive/iso9660.js'
import {openFileSource, sliceSource, streamSource, type ByteSource} from '../archive/byte-source.js'
import {readPartitions} from '../archive/partitions.js'
import {spoolStream} from '../archive/spool.js'
import {Readable} from 'node:stream'
import {PxectlError} from '../errors.js'
import {findStats, makeFolder} from '../system/files.js'
import {archiveTree} from './archive-tree.js'
import {freeBytes} from '../system/folders.js'
import {folderTree} from './folder-tree.js'
import type {SourceFile, SourceTree} from './tree.js'
import {checkInterrupt, diskFull, spaceLeft, type Work} from './work.js'

export type OpenedSource = {
  /** As the user knows it. */
  readonly name: string
  /** What it turned out to be, for people: `an ISO image (volume SMARTOS)`. */
  readonly what: string
  /** File systems in it; none in a plain file. */
  readonly volumes: readonly SourceTree[]
  /** The file itself, uncompressed; undefined for a folder and a tarball. */
  readonly file: SourceFile | undefined
  readonly isIso: boolean
}

/** Where opening puts what it unpacks, and who closes what it opened. */
export type Workshop = {
  /** A new path in the workspace. */
  readonly newPath: (name: string) => string
  readonly closing: (() => Promise<void>)[]
  readonly work: Work
}

/** More files than any boot medium has; unpacking stops at the room on the disk, too. */
const MAX_ENTRIES = 500_000
const SECTOR_BYTES = 512
/** ECMA-119 8.1: the volume descriptors begin at sector 16. */
const ISO_MAGIC_AT = 32_769

/** Opens a file or folder. Throws ARCHIVE_CORRUPT, ARCHIVE_TRUNCATED, ARCHIVE_PATH_UNSAFE and the like. `name`: what the user calls it. */
export async function openSource(path: string, name: string, workshop: Workshop): Promise<OpenedSource> {
  const stats = await findStats(path)
  if (stats === undefined) throw sourceMissing(name)
  if (stats.isDirectory()) {
    return {name, what: 'a folder', volumes: [folderTree(path, {name, isOurs: false})], file: undefined, isIso: false}
  }
  const source = await openFileSource(path)
  workshop.closing.push(() => source.close())
  const head = await source.read(0, Math.min(SECTOR_BYTES, source.sizeBytes))
  const isPacked = compressionOf(head.subarray(0, MAGIC_BYTES)) !== 'none'
  if (isPacked || isTar(head)) return openStream(() => streamSource(source), name, workshop)
  return openPlain({...source, name}, name, workshop)
}

/** Opens a file inside a source, such as install.tgz on an ISO image. */
export async function openInside(file: SourceFile, workshop: Workshop): Promise<OpenedSource> {
  const name = basename(file.path)
  const head = await headOf(file)
  if (compressionOf(head.subarray(0, MAGIC_BYTES)) === 'none' && !isTar(head) && file.onDisk !== undefined)
    return openSource(file.onDisk, name, workshop)
  return openStream(() => Readable.from(file.open(), {objectMode: false}), name, workshop)
}

/** Takes the compression off; unpacks a tarball, and puts anything else into a file. */
async function openStream(open: () => Readable, name: string, workshop: Workshop): Promise<OpenedSource> {
  const folder = workshop.newPath('unpacked')
  await makeFolder(folder, 0o755)
  const freeAtFirst = await freeBytes(folder)
  const maxBytes = spaceLeft(freeAtFirst)
  const {stream} = await peelCompression(open(), {name, maxBytes})
  const {head, whole} = await takeHead(stream, SECTOR_BYTES)
  const {work} = workshop
  // The limit is the disk, so going beyond it is no fault of the archive.
  const translate = (error: unknown): never => {
    const isFull = error instanceof PxectlError && error.code === 'ARCHIVE_TOO_LARGE' && error.details['maxBytes'] === maxBytes
    throw isFull ? diskFull(folder, `${name} needs room to be unpacked`, freeAtFirst) : error
  }
  if (isTar(head)) {
    let next = 0
    await extractTree(whole, {
      into: folder,
      name,
      // Symbolic links lead to what is there anyway, or out of the archive. Entries below one are refused.
      select: (path, entry) => (entry.kind === 'link' && entry.isHardLink !== true ? undefined : path),
      limits: {bytes: maxBytes, entries: MAX_ENTRIES},
      onProgress: ({bytes}) => {
        checkInterrupt(work)
        if (bytes < next) return
        if (next > 0) work.onProgress?.(`unpacking ${name}: ${Math.floor(bytes / 1e6)} MB`)
        next = bytes + 1e8
      },
    }).catch(translate)
    return {name, what: 'a tar archive', volumes: [folderTree(folder, {name, isOurs: true})], file: undefined, isIso: false}
  }
  let next = 1e8
  const onProgress = (bytes: number): void => {
    checkInterrupt(work)
    if (bytes < next) return
    work.onProgress?.(`unpacking ${name}: ${Math.floor(bytes / 1e6)} MB`)
    next = bytes + 1e8
  }
  await spoolStream(whole as AsyncIterable<Buffer>, {into: folder, file: 'content', name, maxBytes, onProgress}).catch(translate)
  const path = `${folder}/content`
  const source = await openFileSource(path)
  workshop.closing.push(() => source.close())
  const opened = await openPlain({...source, name}, name, workshop)
  return opened.file === undefined ? opened : {...opened, file: {...opened.file, onDisk: path}}
}

/** An uncompressed file: an ISO image, a disk image, a FAT volume, or something else. */
async function openPlain(source: ByteSource, name: string, workshop: Workshop): Promise<OpenedSource> {
  const file: SourceFile = {path: basename(name), sizeBytes: source.sizeBytes, open: () => streamSource(source)}
  if (await isIsoImage(source)) {
    const iso = await openIso(source)
    if (iso.declaredBytes > source.sizeBytes) throw isoCut(name, iso.declaredBytes, source.sizeBytes)
    const label = iso.volumeId.trim()
    return {name, what: `an ISO image (volume ${label || 'without a name'})`, volumes: [archiveTree(iso, name)], file, isIso: true}
  }
  checkInterrupt(workshop.work)
  const volumes = await openVolumes(source, name)
  const what = volumes.length === 0 ? 'a file' : `a disk image with ${volumes.length} FAT volume${volumes.length === 1 ? '' : 's'}`
  return {name, what, volumes, file, isIso: false}
}

async function isIsoImage(source: ByteSource): Promise<boolean> {
  return source.sizeBytes >= ISO_MAGIC_AT + 5 && (await source.read(ISO_MAGIC_AT, 5)).toString('latin1') === 'CD001'
}

/** The FAT volumes of a disk image, or the one that a USB image without partitions is. A damaged table is no reason to give up. */
async function openVolumes(source: ByteSource, name: string): Promise<SourceTree[]> {
  if (source.sizeBytes < SECTOR_BYTES * 2) return []
  const head = await source.read(0, SECTOR_BYTES * 2)
  const isSigned = head.readUInt16LE(510) === 0xaa55
  // A kernel has the same signature, and its code where a table would be.
  if (!isSigned || head.toString('latin1', 0x202, 0x206) === 'HdrS') return []
  const whole = await openFat(source).catch(onlyOurs)
  if (whole !== undefined) return [archiveTree(whole, name)]
  const volumes: SourceTree[] = []
  for (const {offset, length, index} of (await readPartitions(source).catch(onlyOurs)) ?? []) {
    const fat = await openFat(sliceSource(source, offset, Math.min(length, source.sizeBytes - offset))).catch(onlyOurs)
    if (fat !== undefined) volumes.push(archiveTree(fat, `${name} (partition ${index}${fat.volumeId === '' ? '' : `, ${fat.volumeId}`})`))
  }
  return volumes
}

/** What cannot be read is not this kind of thing; a bug or a failing disk is another matter. */
function onlyOurs(error: unknown): undefined {
  if (!(error instanceof PxectlError) || error.kind !== 'invalidData') throw error
}

/** POSIX ustar, at 257; GNU tar writes the same five letters. */
function isTar(head: Buffer): boolean {
  return head.length >= 263 && head.toString('latin1', 257, 262) === 'ustar'
}

async function headOf(file: SourceFile): Promise<Buffer> {
  const {head, whole} = await takeHead(Readable.from(file.open(), {objectMode: false}), SECTOR_BYTES)
  whole.destroy()
  return head
}

/** The first bytes of a stream, and a stream of all of them. */
async function takeHead(stream: Readable, length: number): Promise<{head: Buffer; whole: Readable}> {
  const chunks: Buffer[] = []
  let have = 0
  const pieces = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  while (have < length) {
    const step = await pieces.next()
    if (step.done === true) break
    chunks.push(step.value)
    have += step.value.length
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      yield* chunks
      for (let step = await pieces.next(); step.done !== true; step = await pieces.next()) yield step.value
    } finally {
      stream.destroy()
    }
  }
  return {head: Buffer.concat(chunks).subarray(0, length), whole: Readable.from(all(), {objectMode: false})}
}

function sourceMissing(name: string): PxectlError {
  return new PxectlError(`there is no file or folder ${name}`, {
    code: 'FILE_MISSING',
    kind: 'notFound',
    details: {path: name},
    suggestions: [`check the path: ls -l ${name}`],
  })
}

function isoCut(name: string, declaredBytes: number, sizeBytes: number): PxectlError {
  return new PxectlError(`${name} is cut off: it says that it has ${declaredBytes} bytes, and has ${sizeBytes}; nothing was imported`, {
    code: 'ARCHIVE_TRUNCATED',
    kind: 'invalidData',
    details: {archive: name, declaredBytes, sizeBytes},
    suggestions: ['fetch it again, and compare its checksum with the one it is published with'],
  })
}
