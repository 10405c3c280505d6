// The GUID partition table (UEFI 2.10 section 5.3), with its backup at the end of the disk where the first is damaged.
//
//   sector 1:  "EFI PART" · 12 header size · 16 CRC of the header · 24 this sector · 72 entries' sector · 80 count · 84 entry size · 88 CRC
import {crc32} from 'node:zlib'
import {corrupt} from './archive-error.js'
import type {ByteSource} from './byte-source.js'
import type {Partition} from './partition.js'

const SIGNATURE = 'EFI PART'
/** Disks with sectors of 4096 bytes have their images made with them, too. */
const SECTOR_SIZES = [512, 4096]
const MIN_HEADER_BYTES = 92
const MIN_ENTRY_BYTES = 128
/** 128 entries of 128 bytes are usual. */
const MAX_TABLE_BYTES = 1 << 20
/** Attribute bit 2: legacy BIOS bootable (UEFI 2.10 table 5.8). */
const BOOTABLE = 0x04

/** The partitions of the GPT; undefined where there is none and `isExpected` is false. */
export async function readGpt(source: ByteSource, isExpected: boolean): Promise<Partition[] | undefined> {
  let isDamaged = false
  for (const sectorBytes of SECTOR_SIZES) {
    const last = Math.floor(source.sizeBytes / sectorBytes) - 1
    for (const sector of [1, last]) {
      const table = await readTable(source, sector, sectorBytes)
      if (Array.isArray(table)) return table
      isDamaged ||= table === 'damaged'
    }
  }
  if (isExpected || isDamaged) throw corrupt(source.name, 'its partition table (GPT) and the backup of it are damaged, or cut off')
  return undefined
}

async function readTable(source: ByteSource, sector: number, sectorBytes: number): Promise<Partition[] | 'none' | 'damaged'> {
  if (sector < 1 || (sector + 1) * sectorBytes > source.sizeBytes) return 'none'
  const header = await source.read(sector * sectorBytes, sectorBytes)
  if (header.toString('latin1', 0, 8) !== SIGNATURE) return 'none'
  const headerBytes = header.readUInt32LE(12)
  if (headerBytes < MIN_HEADER_BYTES || headerBytes > sectorBytes || !isSound(header, headerBytes)) return 'damaged'
  const offset = Number(header.readBigUInt64LE(72)) * sectorBytes
  const count = header.readUInt32LE(80)
  const entryBytes = header.readUInt32LE(84)
  const tableBytes = count * entryBytes
  if (entryBytes < MIN_ENTRY_BYTES || tableBytes > MAX_TABLE_BYTES || offset + tableBytes > source.sizeBytes) return 'damaged'
  const table = await source.read(offset, tableBytes)
  if (crc32(table) !== header.readUInt32LE(88)) return 'damaged'
  const partitions: Partition[] = []
  for (let at = 0; at < count; at++) {
    const partition = partitionOf(table.subarray(at * entryBytes, (at + 1) * entryBytes), at + 1, sectorBytes)
    if (partition === 'damaged') return 'damaged'
    if (partition !== 'unused') partitions.push(partition)
  }
  return partitions
}

/** The header's CRC counts its own field as zero. */
function isSound(header: Buffer, headerBytes: number): boolean {
  const copy = Buffer.from(header.subarray(0, headerBytes))
  copy.writeUInt32LE(0, 16)
  return crc32(copy) === header.readUInt32LE(16)
}

function partitionOf(entry: Buffer, index: number, sectorBytes: number): Partition | 'unused' | 'damaged' {
  if (entry.subarray(0, 16).every((byte) => byte === 0)) return 'unused'
  const first = Number(entry.readBigUInt64LE(32))
  const end = Number(entry.readBigUInt64LE(40)) + 1
  if (end <= first || !Number.isSafeInteger(end * sectorBytes)) return 'damaged'
  const [name = ''] = entry.toString('utf16le', 56, 128).split('\0')
  return {
    index,
    type: guidOf(entry.subarray(0, 16)),
    name,
    offset: first * sectorBytes,
    length: (end - first) * sectorBytes,
    bootable: ((entry[48] ?? 0) & BOOTABLE) !== 0,
  }
}

/** The first three fields have the low byte first (UEFI 2.10 appendix A). */
function guidOf(bytes: Buffer): string {
  const hex = (start: number, end: number): string => bytes.toString('hex', start, end)
  const fields = Buffer.from(bytes.subarray(0, 8))
  fields.subarray(0, 4).reverse()
  fields.subarray(4, 6).reverse()
  fields.subarray(6, 8).reverse()
  const low = fields.toString('hex')
  return `${low.slice(0, 8)}-${low.slice(8, 12)}-${low.slice(12)}-${hex(8, 10)}-${hex(10, 16)}`
}
