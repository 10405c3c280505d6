// Chance that comes out the same every time.
import {Buffer} from 'node:buffer'

/** Numbers from 0 up to, not including, 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Bytes without a pattern: no piece of one seed's bytes looks like another's. */
export function noise(sizeBytes: number, seed: number): Buffer {
  const content = Buffer.alloc(sizeBytes)
  let state = (Math.imul(seed + 1, 2_654_435_761) ^ sizeBytes) >>> 0
  for (let at = 0; at < sizeBytes; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    content[at] = state >>> 24
  }
  return content
}
