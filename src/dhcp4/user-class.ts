// Option 77, the user class, in its two spellings.
import {Buffer} from 'node:buffer'
import {optionCode} from './option-codes.js'
import type {Dhcp4Options} from './option-field.js'

/*
 * RFC 3004 section 4 wants a list, each entry with its length in front:   04 i P X E
 * iPXE, and everything that copied it, sends the bare string:                i P X E
 * The bare string "iPXE" read as a list is an entry of 105 bytes, so the two cannot be confused.
 */

/** Every class the client may have meant: the whole option as text, and the entries where it is a well-formed list. */
export function userClassesOf(options: Dhcp4Options): string[] {
  const bytes = options.get(optionCode.userClass)
  return bytes === undefined ? [] : [Buffer.from(bytes).toString('latin1'), ...listEntries(bytes)]
}

function listEntries(bytes: Uint8Array): string[] {
  const entries: string[] = []
  for (let at = 0; at < bytes.length;) {
    const length = bytes[at] ?? 0
    const end = at + 1 + length
    if (length === 0 || end > bytes.length) return []
    entries.push(Buffer.from(bytes.subarray(at + 1, end)).toString('latin1'))
    at = end
  }
  return entries
}
