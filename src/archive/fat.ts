// A FAT file system (12, 16 or 32 bits, long names) as a file tree: a USB image, or a partition of a disk image as VMware ESX 3i comes in.
import {PxectlError} from '../errors.js'
import {corrupt} from './archive-error.js'
import {readPieces, type ByteSource} from './byte-source.js'
import {decodeFatFolder, type FatFolder, type FatRecord} from './fat-record.js'
import {chainStretches, openTable, readFatVolume, type FatVolume} from './fat-volume.js'
import {openTree, type FileTree, type TreeNode} from './tree.js'

type FatNode = TreeNode & {readonly firstCluster: number}

/** 65,536 records (Microsoft's FAT specification 1.03: a folder's size is limited to 65,536 * 32 bytes). */
const MAX_FOLDER_BYTES = 65_536 * 32
/** What tools write where there is no label. */
const NO_LABEL = 'NO NAME'
/** The top folder has no cluster in FAT12 and FAT16; no other folder has 0. */
const TOP_PLACE = 0

/** Opens a FAT file system that fills the source (see sliceSource for partitions). The source stays the caller's to close. */
export async function openFat(source: ByteSource): Promise<FileTree> {
  const volume = await readFatVolume(source)
  const next = openTable(volume)
  const top: FatNode = {name: '', kind: 'folder', sizeBytes: 0, place: TOP_PLACE, firstCluster: 0}
  const known = new Map<number, Promise<FatNode[]>>()
  return openTree<FatNode>({
    name: source.name,
    volumeId: await labelOf(volume, next),
    top,
    isCaseSensitive: false,
    childrenOf: (folder) => {
      const children =
        known.get(folder.place) ?? readFolder(volume, next, folder.firstCluster).then(({records}) => nodesOf(volume, records))
      known.set(folder.place, children)
      return children
    },
    contentOf: (file) => contentOf(volume, next, file),
  })
}

/** The volume label, e.g. `Hypervisor1` in an image of ESX 3i: that of the top folder, else of the boot sector. Undefined: none, or no FAT. */
export async function readFatLabel(source: ByteSource): Promise<string | undefined> {
  try {
    const volume = await readFatVolume(source)
    return (await labelOf(volume, openTable(volume))) || undefined
  } catch (error) {
    if (isNoFat(error)) return undefined
    throw error
  }
}

/** Tools that change a label change that of the top folder, and not all of them the other. */
async function labelOf(volume: FatVolume, next: (cluster: number) => Promise<number>): Promise<string> {
  const {label} = await readFolder(volume, next, 0)
  const text = label ?? volume.bootLabel
  return text === NO_LABEL ? '' : text
}

async function readFolder(volume: FatVolume, next: (cluster: number) => Promise<number>, firstCluster: number): Promise<FatFolder> {
  const {source, top} = volume
  const isTop = firstCluster === 0
  if (isTop && top.kind === 'stretch') return decodeFatFolder(await source.read(top.stretch.offset, top.stretch.length))
  const first = isTop && top.kind === 'cluster' ? top.first : firstCluster
  const pieces: Buffer[] = []
  for await (const piece of readPieces(source, await chainStretches(volume, next, {first, maxBytes: MAX_FOLDER_BYTES}))) pieces.push(piece)
  return decodeFatFolder(Buffer.concat(pieces))
}

function nodesOf(volume: FatVolume, records: readonly FatRecord[]): FatNode[] {
  return records.map(({name, isFolder, firstCluster, sizeBytes, modifiedMs}) => {
    if (isFolder && firstCluster < 2) throw corrupt(volume.source.name, `the folder ${name} has no cluster`)
    return {
      name,
      kind: isFolder ? 'folder' : 'file',
      sizeBytes,
      place: firstCluster,
      firstCluster,
      ...(modifiedMs === undefined ? {} : {modifiedMs}),
    }
  })
}

async function* contentOf(volume: FatVolume, next: (cluster: number) => Promise<number>, file: FatNode): AsyncGenerator<Buffer> {
  if (file.sizeBytes === 0) return
  const {firstCluster, sizeBytes} = file
  const maxBytes = volume.clusters * volume.clusterBytes
  if (sizeBytes > maxBytes) throw corrupt(volume.source.name, `the file ${file.name} is larger than its file system`)
  yield* readPieces(volume.source, await chainStretches(volume, next, {first: firstCluster, sizeBytes, maxBytes}))
}

function isNoFat(error: unknown): boolean {
  return error instanceof PxectlError && error.code === 'ARCHIVE_UNSUPPORTED'
}
