// The master boot record and the chain of extended boot records (no standard; UEFI 2.10 section 5.2 describes the first).
//
//   446: four entries of 16 bytes: flag (1) CHS (3) type (1) CHS (3) first sector (4) sectors (4) · 510: 55 AA
import {corrupt} from './archive-error.js'
import type {ByteSource} from './byte-source.js'
import type {Partition} from './partition.js'

export const MBR_BYTES = 512
const TABLE_OFFSET = 446
const ENTRY_BYTES = 16
const EXTENDED_TYPES = [0x05, 0x0f, 0x85]
const PROTECTIVE_TYPE = 0xee
/** More than Linux gives device names to. */
const MAX_LOGICAL = 128

export type Mbr = {readonly partitions: readonly Partition[]; readonly isProtective: boolean}

type Slot = {readonly flag: number; readonly type: number; readonly first: number; readonly sectors: number}

/** Reads the table of the first sector and the logical partitions behind it. A sector that holds no table gives no partitions. */
export async function readMbr(source: ByteSource): Promise<Mbr> {
  const slots = slotsOf(await source.read(0, MBR_BYTES))
  // The boot sector of a file system has the same mark, but code and text where the table would be.
  if (slots === undefined || slots.some(({flag}) => flag !== 0 && flag !== 0x80)) return {partitions: [], isProtective: false}
  const partitions = slots.flatMap((slot, at) => (isPlain(slot) ? [partitionOf(slot, at + 1, 0)] : []))
  const extended = slots.find(({type, sectors}) => EXTENDED_TYPES.includes(type) && sectors > 0)
  const logical = extended === undefined ? [] : await readLogical(source, extended.first)
  return {partitions: [...partitions, ...logical], isProtective: slots.some(({type}) => type === PROTECTIVE_TYPE)}
}

/** Each record has one partition, from the record's own sector, and the next record, from the first record's sector. */
async function readLogical(source: ByteSource, start: number): Promise<Partition[]> {
  const partitions: Partition[] = []
  const seen = new Set<number>()
  for (let sector = start; ;) {
    if (seen.has(sector) || seen.size === MAX_LOGICAL) throw corrupt(source.name, 'the chain of logical partitions has no end')
    seen.add(sector)
    const slots = slotsOf(await source.read(sector * MBR_BYTES, MBR_BYTES))
    if (slots === undefined) throw corrupt(source.name, `an extended boot record was expected at sector ${sector}`)
    const slot = slots.find(isPlain)
    if (slot !== undefined) partitions.push(partitionOf(slot, 5 + partitions.length, sector))
    const next = slots.find(({type}) => EXTENDED_TYPES.includes(type))
    if (next === undefined) return partitions
    sector = start + next.first
  }
}

function slotsOf(sector: Buffer): Slot[] | undefined {
  if (sector.readUInt16LE(510) !== 0xaa55) return undefined
  return [0, 1, 2, 3].map((at) => {
    const offset = TABLE_OFFSET + at * ENTRY_BYTES
    return {
      flag: sector[offset] ?? 0,
      type: sector[offset + 4] ?? 0,
      first: sector.readUInt32LE(offset + 8),
      sectors: sector.readUInt32LE(offset + 12),
    }
  })
}

function isPlain({type, sectors}: Slot): boolean {
  return type !== 0 && sectors > 0 && type !== PROTECTIVE_TYPE && !EXTENDED_TYPES.includes(type)
}

function partitionOf(slot: Slot, index: number, base: number): Partition {
  return {
    index,
    type: slot.type.toString(16).padStart(2, '0'),
    name: '',
    offset: (base + slot.first) * MBR_BYTES,
    length: slot.sectors * MBR_BYTES,
    bootable: slot.flag === 0x80,
  }
}
