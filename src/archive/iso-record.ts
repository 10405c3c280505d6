// Folder records of ISO 9660 (ECMA-119 section 9.1): bytes to values. Records lie in sectors and never cross from one into the next.
//
//   0 length · 2 first block (both byte orders) · 10 size (both) · 18 date (7) · 25 flags · 26 unit · 27 gap · 32 name length · 33 name
//   then, at an even place, the system use area: Rock Ridge
import {corrupt} from './archive-error.js'
import type {Stretch} from './byte-source.js'
import {SECTOR_BYTES} from './iso-volume.js'

export type IsoRecord = {
  readonly name: Buffer
  readonly isFolder: boolean
  /** This is a part of a file, and its next part follows as the next record (ECMA-119 6.5.1, section 9.1.6 bit 7). */
  readonly hasMore: boolean
  readonly isInterleaved: boolean
  readonly stretch: Stretch
  readonly firstBlock: number
  readonly modifiedMs: number | undefined
  readonly systemUse: Buffer
}

/** Part of the fixed fields; a name of at least one byte follows. */
const FIXED_BYTES = 33
const FLAG_FOLDER = 0x02
const FLAG_ASSOCIATED = 0x04
const FLAG_MORE = 0x80

/** The records of a folder's content, in their order, without those that only classic Mac OS wants. `name` is the image's. */
export function decodeRecords(content: Buffer, name: string, blockBytes: number): IsoRecord[] {
  const records: IsoRecord[] = []
  for (let offset = 0; offset < content.length;) {
    const length = content[offset] ?? 0
    // No further record fits into this sector.
    if (length === 0) {
      offset = (Math.floor(offset / SECTOR_BYTES) + 1) * SECTOR_BYTES
      continue
    }
    const end = offset + length
    const isCut = end > content.length || Math.floor((end - 1) / SECTOR_BYTES) !== Math.floor(offset / SECTOR_BYTES)
    if (isCut) throw corrupt(name, `a folder record of ${length} bytes crosses the end of its sector`)
    const bytes = content.subarray(offset, end)
    if (((bytes[25] ?? 0) & FLAG_ASSOCIATED) === 0) records.push(decodeRecord(bytes, name, blockBytes))
    offset = end
  }
  return records
}

/** One record; throws ARCHIVE_CORRUPT where it does not hold what it says. */
export function decodeRecord(bytes: Buffer, name: string, blockBytes: number): IsoRecord {
  const nameLength = bytes[32] ?? 0
  const nameEnd = FIXED_BYTES + nameLength
  if (nameLength === 0 || nameEnd > bytes.length) throw corrupt(name, 'a folder record is shorter than the name in it')
  const flags = bytes[25] ?? 0
  const firstBlock = bytes.readUInt32LE(2)
  // An extended attribute record stands before the content (ECMA-119 9.1.2).
  const offset = (firstBlock + (bytes[1] ?? 0)) * blockBytes
  return {
    name: bytes.subarray(FIXED_BYTES, nameEnd),
    isFolder: (flags & FLAG_FOLDER) !== 0,
    hasMore: (flags & FLAG_MORE) !== 0,
    isInterleaved: bytes[26] !== 0 || bytes[27] !== 0,
    stretch: {offset, length: bytes.readUInt32LE(10)},
    firstBlock,
    modifiedMs: decodeDate(bytes.subarray(18, 25)),
    systemUse: bytes.subarray(nameEnd + (nameEnd & 1)),
  }
}

/** Years since 1900, month, day, hour, minute, second, and the time zone in quarters of an hour (ECMA-119 9.1.5); undefined where unset. */
export function decodeDate(bytes: Buffer): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = bytes
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined
  const quarters = bytes.length > 6 ? bytes.readInt8(6) : 0
  const time = Date.UTC(1900 + year, month - 1, day, hour, minute, second) - quarters * 15 * 60_000
  return time >= 0 ? time : undefined
}

/** Is this the record of the folder itself, or of its parent (ECMA-119 6.8.2.2)? */
export function isDotRecord(record: IsoRecord): boolean {
  return record.name.length === 1 && (record.name[0] === 0 || record.name[0] === 1)
}
