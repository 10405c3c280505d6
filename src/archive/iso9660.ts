// An ISO 9660 image as a file tree. Where an image has its names more than once, the best are taken: Rock Ridge, then Joliet, then the
// plain ones, which become lower case without version, as Linux shows them: what the images say about their own files expects that.
// Only the folders that are asked for are read.
import {archiveError, corrupt} from './archive-error.js'
import {readPieces, refuseOutside, type ByteSource, type Stretch} from './byte-source.js'
import {readBootImages, type BootImage} from './el-torito.js'
import {decodeRecord, decodeRecords, isDotRecord, type IsoRecord} from './iso-record.js'
import {readIsoVolume, SECTOR_BYTES, type IsoVolume} from './iso-volume.js'
import {detectRockRidge, readRockRidge, type RockRidge, type RockRidgeReader} from './rock-ridge.js'
import {openTree, type FileTree, type TreeNode} from './tree.js'

export type IsoNames = 'rock-ridge' | 'joliet' | 'plain'

export type IsoTree = FileTree & {
  readonly names: IsoNames
  /** What the image says of its own size: a file that is shorter was cut, though what is asked for may still be there. */
  readonly declaredBytes: number
  /** The boot images for firmware (El Torito), the default one first; none where the image does not boot from a CD. */
  readonly bootImages: readonly BootImage[]
}

type IsoNode = TreeNode & {
  readonly stretches: readonly Stretch[]
  /** Why the content cannot be read, where it cannot. */
  readonly refusal?: string
}

type IsoReader = {
  readonly source: ByteSource
  readonly volume: IsoVolume
  readonly names: IsoNames
  readonly rockRidge: RockRidgeReader
}

/** A folder with 100,000 names takes 10 MiB. */
const MAX_FOLDER_BYTES = 64 << 20

/** POSIX S_IFMT values (sys/stat.h). */
const FILE_TYPES: Record<number, TreeNode['kind']> = {0o100000: 'file', 0o040000: 'folder', 0o120000: 'link'}

/** Opens an ISO image. The source stays the caller's to close. */
export async function openIso(source: ByteSource): Promise<IsoTree> {
  const volume = await readIsoVolume(source)
  const reader = await chooseNames(source, volume)
  const topRecord = decodeRecord(
    reader.names === 'joliet' ? (volume.jolietTop ?? volume.primaryTop) : volume.primaryTop,
    source.name,
    volume.blockBytes,
  )
  const known = new Map<number, Promise<IsoNode[]>>()
  const tree = openTree<IsoNode>({
    name: source.name,
    volumeId: volume.volumeId,
    top: {name: '', kind: 'folder', sizeBytes: 0, place: topRecord.stretch.offset, stretches: [topRecord.stretch]},
    isCaseSensitive: reader.names === 'rock-ridge',
    childrenOf: (folder) => {
      const children = known.get(folder.place) ?? readFolder(reader, folder)
      known.set(folder.place, children)
      return children
    },
    contentOf: (file) => contentOf(source, file),
  })
  const catalog = volume.bootCatalogSector
  const bootImages = catalog === undefined ? [] : await readBootImages(source, catalog)
  return {...tree, names: reader.names, declaredBytes: volume.declaredBytes, bootImages}
}

async function chooseNames(source: ByteSource, volume: IsoVolume): Promise<IsoReader> {
  const {blockBytes} = volume
  const partial = {
    name: source.name,
    readContinuation: ({block, offset, length}: {block: number; offset: number; length: number}) =>
      source.read(block * blockBytes + offset, length),
  }
  const top = decodeRecord(volume.primaryTop, source.name, blockBytes)
  const [dot] = decodeRecords(await source.read(top.stretch.offset, Math.min(top.stretch.length, SECTOR_BYTES)), source.name, blockBytes)
  const skipBytes = dot === undefined ? undefined : await detectRockRidge(dot.systemUse, partial)
  const names = skipBytes !== undefined ? 'rock-ridge' : volume.jolietTop !== undefined ? 'joliet' : 'plain'
  return {source, volume, names, rockRidge: {...partial, skipBytes: skipBytes ?? 0}}
}

async function readFolder(reader: IsoReader, folder: IsoNode): Promise<IsoNode[]> {
  const {source, volume} = reader
  const [stretch = {offset: 0, length: 0}] = folder.stretches
  if (stretch.length > MAX_FOLDER_BYTES) throw corrupt(source.name, `the folder ${folder.name} claims ${stretch.length} bytes of names`)
  const records = decodeRecords(await source.read(stretch.offset, stretch.length), source.name, volume.blockBytes)
  const nodes: IsoNode[] = []
  for (const parts of filesOf(
    records.filter((record) => !isDotRecord(record)),
    source.name,
  )) {
    const node = await nodeOf(reader, parts)
    if (node !== undefined) nodes.push(node)
  }
  return nodes
}

/** Records that are parts of one file, together. */
function* filesOf(records: readonly IsoRecord[], name: string): Generator<readonly [IsoRecord, ...IsoRecord[]]> {
  let parts: IsoRecord[] = []
  for (const record of records) {
    parts.push(record)
    const [first] = parts
    if (record.hasMore || first === undefined) continue
    yield [first, ...parts.slice(1)]
    parts = []
  }
  if (parts.length > 0) throw corrupt(name, 'the last record of a folder says that its file goes on')
}

async function nodeOf(reader: IsoReader, parts: readonly [IsoRecord, ...IsoRecord[]]): Promise<IsoNode | undefined> {
  const [record] = parts
  const stretches = parts.map((part) => part.stretch)
  const common: IsoNode = {
    name: reader.names === 'joliet' ? jolietName(record) : plainName(record),
    kind: record.isFolder ? 'folder' : 'file',
    sizeBytes: stretches.reduce((sum, {length}) => sum + length, 0),
    place: record.stretch.offset,
    stretches,
    ...(record.modifiedMs === undefined ? {} : {modifiedMs: record.modifiedMs}),
    ...(parts.some((part) => part.isInterleaved) ? {refusal: 'is interleaved, which is not supported'} : {}),
  }
  if (reader.names !== 'rock-ridge') return common
  const extra = await readRockRidge(record.systemUse, reader.rockRidge)
  // A moved folder is found where it belongs, by its CL.
  if (extra.isMoved) return undefined
  const kind = extra.fileType === undefined ? common.kind : FILE_TYPES[extra.fileType]
  if (kind === undefined) return undefined
  return {...common, ...(await moved(reader, extra)), ...pickExtras(extra), kind: extra.childBlock === undefined ? kind : 'folder'}
}

function pickExtras(extra: RockRidge): Partial<IsoNode> {
  return {
    ...(extra.name === undefined ? {} : {name: extra.name}),
    ...(extra.linkTarget === undefined ? {} : {linkTarget: extra.linkTarget}),
    ...(extra.modifiedMs === undefined ? {} : {modifiedMs: extra.modifiedMs}),
    ...(extra.isCompressed ? {refusal: 'is compressed for zisofs, which is not supported'} : {}),
  }
}

/** CL names a block; how long the folder there is, its own first record says. */
async function moved(reader: IsoReader, extra: RockRidge): Promise<Partial<IsoNode>> {
  if (extra.childBlock === undefined) return {}
  const {source, volume} = reader
  const offset = extra.childBlock * volume.blockBytes
  const [dot] = decodeRecords(await source.read(offset, SECTOR_BYTES), source.name, volume.blockBytes)
  if (dot?.isFolder !== true || !isDotRecord(dot)) throw corrupt(source.name, `a moved folder was expected at offset ${offset}`)
  return {place: dot.stretch.offset, stretches: [dot.stretch]}
}

async function* contentOf(source: ByteSource, file: IsoNode): AsyncGenerator<Buffer> {
  if (file.refusal !== undefined) throw archiveError('ARCHIVE_UNSUPPORTED', source.name, `${file.name} ${file.refusal}`)
  // An empty file may claim to lie anywhere.
  const stretches = file.stretches.filter(({length}) => length > 0)
  for (const stretch of stretches) refuseOutside(source, stretch)
  yield* readPieces(source, stretches)
}

/** `VMLINUZ.;1` is `vmlinuz`. Some tools write more than ECMA-119 7.5 allows; those bytes are shown as Latin-1. */
function plainName(record: IsoRecord): string {
  return withoutVersion(record.name.toString('latin1')).replace(/\.+$/, '').toLowerCase()
}

/** UCS-2, high byte first (Joliet specification, "SVD Character Set"). */
function jolietName(record: IsoRecord): string {
  const bytes = Buffer.from(record.name.subarray(0, record.name.length & ~1))
  return withoutVersion(bytes.swap16().toString('utf16le'))
}

function withoutVersion(name: string): string {
  return name.replace(/;\d*$/, '')
}
