// The partitions of a disk image: those of a GPT where there is one, else those of the MBR.
import type {ByteSource} from './byte-source.js'
import {readGpt} from './gpt.js'
import {MBR_BYTES, readMbr} from './mbr.js'
import type {Partition} from './partition.js'

export type {Partition}

/** The partitions in the order of the table; none where there is no partition table. Throws ARCHIVE_CORRUPT for a damaged one. */
export async function readPartitions(source: ByteSource): Promise<Partition[]> {
  if (source.sizeBytes < MBR_BYTES) return []
  const mbr = await readMbr(source)
  // A table without a protective MBR is not valid, but it is read: hybrid images have what Apple or a BIOS wants there.
  const gpt = await readGpt(source, mbr.isProtective)
  return gpt ?? [...mbr.partitions]
}
