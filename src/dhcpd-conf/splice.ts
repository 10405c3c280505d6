// Byte-range replacements: the only way in which pxectl changes a dhcpd.conf. What no splice names stays as it is.
import {assert} from '../errors.js'

/** Replaces the bytes from `start` up to `end` by `bytes` (Latin-1: one character a byte). */
export type Splice = {readonly start: number; readonly end: number; readonly text: string}

/** Applies splices of one file, in any order; those at the same place are inserted in the order given. */
export function applySplices(bytes: Buffer, splices: readonly Splice[]): Buffer {
  // The sort is stable. What is inserted stands before what is replaced at the same place.
  const sorted = [...splices].sort((a, b) => a.start - b.start || Number(a.end > a.start) - Number(b.end > b.start))
  const parts: Buffer[] = []
  let done = 0
  for (const splice of sorted) {
    assert(splice.start >= done && splice.end >= splice.start && splice.end <= bytes.length, 'splices do not overlap')
    parts.push(bytes.subarray(done, splice.start), Buffer.from(splice.text, 'latin1'))
    done = splice.end
  }
  parts.push(bytes.subarray(done))
  return Buffer.concat(parts)
}
