// Datagrams that hurt: random bytes, and captured packets with bytes changed, cut out, doubled or appended.
import {captureNames, readCapture} from './captures.js'

/** `count` datagrams, the same ones for the same seed. */
export function* mutants(count: number, seed: number): Generator<Uint8Array> {
  const random = xorshift(seed)
  const seeds = captureNames.map(readCapture)
  for (let index = 0; index < count; index++) {
    const original = seeds[random(seeds.length)] ?? new Uint8Array()
    yield index % 8 === 0 ? randomBytes(random(600), random) : mutate(original, random)
  }
}

function mutate(original: Uint8Array, random: (below: number) => number): Uint8Array {
  let bytes = Buffer.from(original)
  for (let changes = 1 + random(6); changes > 0; changes--) {
    // Three of four changes hit the options, where the lengths are.
    const at = Math.min(bytes.length, random(4) === 0 ? random(240) : 240 + random(160))
    const kind = random(6)
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
    if (kind < 3) bytes = Buffer.concat([before, Uint8Array.of(random(256)), after.subarray(1)])
    else if (kind === 3) bytes = Buffer.concat([before, after.subarray(1 + random(8))])
    else if (kind === 4) bytes = Buffer.concat([before, original.subarray(240, 240 + random(40)), after])
    else bytes = Buffer.concat([before, Uint8Array.of(52, 1, random(4)), after])
  }
  return random(10) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes
}

function randomBytes(length: number, random: (below: number) => number): Uint8Array {
  return Uint8Array.from({length}, () => random(256))
}

/** Marsaglia's xorshift32: repeatable, good enough to make trouble. */
function xorshift(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}
