// The options field: a run of code, length and bytes (RFC 2132 section 2). Knows no option but pad and end.
import {Buffer} from 'node:buffer'
import {assert} from '../errors.js'

/** Options by code, in the order they came. */
export type Dhcp4Options = ReadonlyMap<number, Uint8Array>

/** One code with its bytes, as it stands in the field. */
export type OptionPart = readonly [code: number, bytes: Uint8Array]

const PAD = 0
const END = 255

/**
 * The parts of one field, or undefined where an option runs past the end. A field without END is accepted, and so are
 * bytes after it. A 0 inside an option is no padding: OVMF's HTTP boot for arm64 asks for "option 0".
 */
export function splitOptions(field: Uint8Array): OptionPart[] | undefined {
  const parts: OptionPart[] = []
  let at = 0
  while (at < field.length) {
    const code = field[at++] ?? END
    if (code === END) break
    if (code === PAD) continue
    const length = field[at++]
    if (length === undefined || at + length > field.length) return undefined
    parts.push([code, field.slice(at, at + length)])
    at += length
  }
  return parts
}

/** The parts by code; an option that came in several parts is their concatenation (RFC 3396 section 5). */
export function joinOptions(parts: readonly OptionPart[]): Map<number, Uint8Array> {
  const pieces = new Map<number, Uint8Array[]>()
  for (const [code, bytes] of parts) {
    const known = pieces.get(code)
    if (known === undefined) pieces.set(code, [bytes])
    else known.push(bytes)
  }
  return new Map(Array.from(pieces, ([code, list]) => [code, Uint8Array.from(list.length === 1 ? (list[0] ?? []) : Buffer.concat(list))]))
}

/** The field for these options, END included; a value over 255 bytes is split into parts (RFC 3396 section 4). */
export function encodeOptions(options: Dhcp4Options): Uint8Array {
  const bytes: number[] = []
  for (const [code, value] of options) {
    assert(code > PAD && code < END, `${code} is an option code`)
    for (let at = 0; at === 0 || at < value.length; at += 255) {
      const part = value.subarray(at, at + 255)
      bytes.push(code, part.length, ...part)
    }
  }
  return Uint8Array.of(...bytes, END)
}
