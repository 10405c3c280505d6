// The boot sector and the allocation table of a FAT file system (Microsoft's "FAT: General Overview of On-Disk Format" 1.03): which
// clusters a file has, and where they lie.
import {archiveError, corrupt} from './archive-error.js'
import {refuseOutside, type ByteSource, type Stretch} from './byte-source.js'

export type FatVolume = {
  readonly source: ByteSource
  readonly bits: 12 | 16 | 32
  readonly clusterBytes: number
  /** Where cluster 2, the first, lies. */
  readonly dataOffset: number
  readonly clusters: number
  readonly tableOffset: number
  readonly tableBytes: number
  /** FAT12 and FAT16 have the top folder in a place of its own, FAT32 in clusters. */
  readonly top: {readonly kind: 'stretch'; readonly stretch: Stretch} | {readonly kind: 'cluster'; readonly first: number}
  /** Of the boot sector; the top folder may know a newer one. */
  readonly bootLabel: string
}

export const BOOT_SECTOR_BYTES = 512
/** The table is read in pieces of this, and kept. */
const PAGE_BYTES = 64 * 1024

/** Reads the boot sector; throws ARCHIVE_UNSUPPORTED where it is none of FAT. */
export async function readFatVolume(source: ByteSource): Promise<FatVolume> {
  const sector = await source.read(0, BOOT_SECTOR_BYTES)
  const sectorBytes = sector.readUInt16LE(11)
  const clusterSectors = sector[13] ?? 0
  const reserved = sector.readUInt16LE(14)
  const tables = sector[16] ?? 0
  const topEntries = sector.readUInt16LE(17)
  const tableSectors16 = sector.readUInt16LE(22)
  const tableSectors = tableSectors16 || sector.readUInt32LE(36)
  const sectors = sector.readUInt16LE(19) || sector.readUInt32LE(32)
  const isPower = (value: number): boolean => value > 0 && (value & (value - 1)) === 0
  const isFat = [512, 1024, 2048, 4096].includes(sectorBytes) && isPower(clusterSectors) && reserved > 0 && (tables === 1 || tables === 2)
  if (!isFat || tableSectors === 0 || sectors === 0) throw archiveError('ARCHIVE_UNSUPPORTED', source.name, 'is no FAT file system')

  const topSectors = Math.ceil((topEntries * 32) / sectorBytes)
  const dataSector = reserved + tables * tableSectors + topSectors
  if (dataSector > sectors)
    throw corrupt(source.name, `its FAT boot sector says ${sectors} sectors, but the tables alone take ${dataSector}`)
  const clusters = Math.floor((sectors - dataSector) / clusterSectors)
  // The number of clusters decides, but some tools make FAT32 with few; then the 16-bit size of the table is 0.
  const bits = tableSectors16 === 0 ? 32 : clusters < 4085 ? 12 : 16
  const topOffset = (reserved + tables * tableSectors) * sectorBytes
  const extended = bits === 32 ? 66 : 38
  return {
    source,
    bits,
    clusterBytes: clusterSectors * sectorBytes,
    dataOffset: dataSector * sectorBytes,
    clusters,
    tableOffset: reserved * sectorBytes,
    tableBytes: tableSectors * sectorBytes,
    top:
      bits === 32
        ? {kind: 'cluster', first: sector.readUInt32LE(44)}
        : {kind: 'stretch', stretch: {offset: topOffset, length: topEntries * 32}},
    // 0x29 says that serial number and label are there.
    bootLabel: sector[extended] === 0x29 ? sector.toString('latin1', extended + 5, extended + 16).trimEnd() : '',
  }
}

/** Reads the table entry of a cluster, with the pages that were read before in memory. */
export function openTable(volume: FatVolume): (cluster: number) => Promise<number> {
  const pages = new Map<number, Promise<Buffer>>()
  const byteAt = async (offset: number): Promise<number> => {
    if (offset >= volume.tableBytes) throw corrupt(volume.source.name, 'its allocation table is too small for its clusters')
    const index = Math.floor(offset / PAGE_BYTES)
    const start = index * PAGE_BYTES
    const page = pages.get(index) ?? volume.source.read(volume.tableOffset + start, Math.min(PAGE_BYTES, volume.tableBytes - start))
    pages.set(index, page)
    return (await page)[offset - start] ?? 0
  }
  const numberAt = async (offset: number, count: number): Promise<number> => {
    let value = 0
    for (let at = count - 1; at >= 0; at--) value = value * 256 + (await byteAt(offset + at))
    return value
  }
  return async (cluster) => {
    if (volume.bits === 16) return numberAt(cluster * 2, 2)
    if (volume.bits === 32) return (await numberAt(cluster * 4, 4)) % 0x1000_0000
    const pair = await numberAt(cluster + (cluster >> 1), 2)
    return cluster % 2 === 1 ? pair >> 4 : pair & 0xfff
  }
}

/**
 * The stretches of the chain that starts at `first`, neighbours joined, up to `sizeBytes`; without it, to the end of the chain.
 * Throws ARCHIVE_CORRUPT for a chain that ends too early, leads nowhere, or is longer than `maxBytes`.
 */
export async function chainStretches(
  volume: FatVolume,
  next: (cluster: number) => Promise<number>,
  chain: {readonly first: number; readonly sizeBytes?: number; readonly maxBytes: number},
): Promise<Stretch[]> {
  const {source, clusterBytes, clusters} = volume
  const limit = chain.sizeBytes ?? chain.maxBytes
  const isLast = (cluster: number): boolean => cluster >= (volume.bits === 12 ? 0xff8 : volume.bits === 16 ? 0xfff8 : 0x0fff_fff8)
  const stretches: {offset: number; length: number}[] = []
  let total = 0
  // Bounded by the number of clusters: a chain that is longer has been somewhere twice.
  for (let cluster = chain.first, count = 0; total < limit; count++) {
    if (isLast(cluster) && count > 0) break
    if (cluster < 2 || cluster >= clusters + 2) throw corrupt(source.name, `a cluster chain leads to cluster ${cluster} of ${clusters}`)
    if (count >= clusters) throw corrupt(source.name, 'a cluster chain goes round in a circle')
    const offset = volume.dataOffset + (cluster - 2) * clusterBytes
    const length = Math.min(clusterBytes, limit - total)
    const last = stretches.at(-1)
    if (last !== undefined && last.offset + last.length === offset) last.length += length
    else stretches.push({offset, length})
    total += length
    cluster = await next(cluster)
    if (chain.sizeBytes === undefined && total >= limit && !isLast(cluster))
      throw corrupt(source.name, `a folder takes more than ${limit} bytes`)
  }
  if (chain.sizeBytes !== undefined && total < chain.sizeBytes) {
    throw corrupt(source.name, `a cluster chain ends after ${total} of ${chain.sizeBytes} bytes`)
  }
  for (const stretch of stretches) refuseOutside(source, stretch)
  return stretches
}
