// Folder records of FAT: 32 bytes for the 8.3 name, and before it, last part first, those that hold a long name (Microsoft's FAT
// specification 1.03, "FAT Directory Structure" and "FAT Long Directory Entries").
//
//   0 name (8) · 8 extension (3) · 11 attributes · 12 case · 20 cluster, high half · 22 time · 24 date · 26 cluster, low half · 28 size
//   0 order (40: last part) · 1 five letters · 11 attributes 0F · 13 checksum of the 8.3 name · 14 six letters · 28 two letters
export type FatRecord = {
  readonly name: string
  readonly isFolder: boolean
  readonly firstCluster: number
  readonly sizeBytes: number
  readonly modifiedMs: number | undefined
}

export type FatFolder = {readonly records: readonly FatRecord[]; readonly label: string | undefined}

const RECORD_BYTES = 32
const END = 0x00
const DELETED = 0xe5
const ATTRIBUTE_LABEL = 0x08
const ATTRIBUTE_FOLDER = 0x10
const ATTRIBUTES_LONG_NAME = 0x0f
/** Byte 12, as Windows NT and mtools write it: base, extension in lower case. */
const LOWER_BASE = 0x08
const LOWER_EXTENSION = 0x10
/** A long name has 255 letters at most: 20 records of 13. */
const MAX_PARTS = 20

/** Code page 437, from 0x80 on: what DOS wrote where it did not say otherwise. */
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0'

/** The records of a folder's content, and the volume label, which stands in the top folder. */
export function decodeFatFolder(content: Buffer): FatFolder {
  const records: FatRecord[] = []
  let label: string | undefined
  let long: LongName | undefined
  for (let offset = 0; offset + RECORD_BYTES <= content.length; offset += RECORD_BYTES) {
    const bytes = content.subarray(offset, offset + RECORD_BYTES)
    const attributes = (bytes[11] ?? 0) & 0x3f
    if (bytes[0] === END) break
    if (bytes[0] === DELETED) long = undefined
    else if (attributes === ATTRIBUTES_LONG_NAME) long = addPart(long, bytes)
    else {
      if ((attributes & ATTRIBUTE_LABEL) !== 0) label ??= bytes.toString('latin1', 0, 11).trimEnd()
      else if (bytes[0] !== 0x2e) records.push(decodeRecord(bytes, long))
      long = undefined
    }
  }
  return {records, label}
}

/** The parts that came so far: `next` is the order of the part that must follow; 0 where all are there. */
type LongName = {readonly text: string; readonly next: number; readonly checksum: number}

/** Parts that do not fit together are what a program without long names has left over; the 8.3 name counts then. */
function addPart(long: LongName | undefined, bytes: Buffer): LongName | undefined {
  const order = (bytes[0] ?? 0) & 0x3f
  const checksum = bytes[13] ?? 0
  const letters = bytes.toString('utf16le', 1, 11) + bytes.toString('utf16le', 14, 26) + bytes.toString('utf16le', 28, 32)
  if (order < 1 || order > MAX_PARTS) return undefined
  if (((bytes[0] ?? 0) & 0x40) !== 0) return {text: letters.replace(/[\0\uffff].*$/su, ''), next: order - 1, checksum}
  if (long?.next !== order || long.checksum !== checksum) return undefined
  return {text: letters + long.text, next: order - 1, checksum}
}

function decodeRecord(bytes: Buffer, long: LongName | undefined): FatRecord {
  const isLong = long !== undefined && long.next === 0 && long.checksum === shortChecksum(bytes)
  return {
    name: isLong ? long.text : shortName(bytes),
    isFolder: ((bytes[11] ?? 0) & ATTRIBUTE_FOLDER) !== 0,
    firstCluster: bytes.readUInt16LE(20) * 0x1_0000 + bytes.readUInt16LE(26),
    sizeBytes: bytes.readUInt32LE(28),
    modifiedMs: decodeTime(bytes.readUInt16LE(24), bytes.readUInt16LE(22)),
  }
}

function shortName(bytes: Buffer): string {
  const letterOf = (byte: number): string => (byte < 0x80 ? String.fromCharCode(byte) : (CP437[byte - 0x80] ?? '?'))
  const part = (start: number, end: number, isLower: boolean): string => {
    const text = [...bytes.subarray(start, end)].map(letterOf).join('').trimEnd()
    return isLower ? text.toLowerCase() : text
  }
  const flags = bytes[12] ?? 0
  // A name that starts with the letter 0xE5 would look deleted.
  const first = bytes[0] === 0x05 ? letterOf(DELETED) : ''
  const base = first + part(first === '' ? 0 : 1, 8, (flags & LOWER_BASE) !== 0)
  const extension = part(8, 11, (flags & LOWER_EXTENSION) !== 0)
  return extension === '' ? base : `${base}.${extension}`
}

function shortChecksum(bytes: Buffer): number {
  let sum = 0
  for (const byte of bytes.subarray(0, 11)) sum = (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff
  return sum
}

/** Local time of nobody knows where; taken as UTC. Two seconds is all it can tell apart. */
function decodeTime(date: number, time: number): number | undefined {
  const month = (date >> 5) & 0x0f
  const day = date & 0x1f
  if (month < 1 || month > 12 || day < 1) return undefined
  return Date.UTC(1980 + (date >> 9), month - 1, day, time >> 11, (time >> 5) & 0x3f, (time & 0x1f) * 2)
}
