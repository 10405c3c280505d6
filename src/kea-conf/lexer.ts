// Kea's configuration files as tokens: JSON with three kinds of comments and an include directive (Kea ARM, "JSON Syntax";
// what is legal where was measured with kea-dhcp4 2.2.0). Tokens lie end to end and cover every byte, so joining them gives
// back the file, whatever is in it.
//
//   # note   // note   /* note */   comment
//   <?include "/etc/kea/hosts.json"?>   include    · the file's text stands in its place; blanks around the words are fine
//   "text"                    string     · JSON's escapes; no control characters in it
//   12 -1.5 true null         word
//   { } [ ] : ,               mark       · one byte each
//   anything else             bad

export const tokenKind = {space: 0, comment: 1, include: 2, string: 3, word: 4, mark: 5, bad: 6} as const

/** What is wrong with a token, by the offset of its first byte. */
export type LexProblem = {readonly offset: number; readonly message: string}

/** Token n has kind `kinds[n]` and lies between `ends[n - 1]` and `ends[n]`. */
export type Tokens = {
  readonly count: number
  readonly kinds: Uint8Array
  readonly ends: Uint32Array
  /** The first thing that Kea would not read; it reads nothing behind it. */
  readonly problem: LexProblem | undefined
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const NEWLINE = 0x0a
const SLASH = 0x2f
const STAR = 0x2a

export function tokenize(bytes: Buffer): Tokens {
  let kinds = new Uint8Array(1024)
  let ends = new Uint32Array(1024)
  let count = 0
  let problem: LexProblem | undefined
  for (let at = 0; at < bytes.length; ) {
    const token = tokenAt(bytes, at)
    if (token.message !== undefined) problem ??= {offset: at, message: token.message}
    if (count === kinds.length) {
      kinds = grown(kinds, new Uint8Array(count * 2))
      ends = grown(ends, new Uint32Array(count * 2))
    }
    kinds[count] = token.kind
    ends[count] = token.end
    count++
    at = token.end
  }
  return {count, kinds, ends, problem}
}

type Token = {readonly kind: number; readonly end: number; readonly message?: string}

function tokenAt(bytes: Buffer, at: number): Token {
  const byte = bytes[at] ?? 0
  if (isBlank(byte)) return {kind: tokenKind.space, end: endWhile(bytes, at, isBlank)}
  if (byte === QUOTE) return stringAt(bytes, at)
  if (isWordByte(byte)) return {kind: tokenKind.word, end: endWhile(bytes, at, isWordByte)}
  if (byte === 0x23 || (byte === SLASH && bytes[at + 1] === SLASH)) return {kind: tokenKind.comment, end: lineEndAt(bytes, at)}
  if (byte === SLASH && bytes[at + 1] === STAR) {
    const close = bytes.indexOf('*/', at + 2)
    if (close !== -1) return {kind: tokenKind.comment, end: close + 2}
    return {kind: tokenKind.bad, end: bytes.length, message: 'this "/*" is never closed'}
  }
  if ('{}[]:,'.includes(String.fromCharCode(byte))) return {kind: tokenKind.mark, end: at + 1}
  if (byte === 0x3c && bytes[at + 1] === 0x3f) return includeAt(bytes, at)
  return {kind: tokenKind.bad, end: endWhile(bytes, at, isStray), message: strayMessage(bytes, at)}
}

function stringAt(bytes: Buffer, start: number): Token {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === QUOTE) return {kind: tokenKind.string, end: at + 1}
    if (byte < 0x20) return {kind: tokenKind.bad, end: at, message: 'this string holds a control character, or is never closed'}
    if (byte === BACKSLASH && (bytes[at + 1] ?? 0) >= 0x20) at++
  }
  return {kind: tokenKind.bad, end: bytes.length, message: 'this string is never closed'}
}

/** A directive longer than this is none: paths end at 4096 bytes. */
const LONGEST_DIRECTIVE = 4300
const DIRECTIVE = /^<\?[ \t\r\n]*include[ \t\r\n]*"([^"\n]+)"[ \t\r\n]*\?>/

function includeAt(bytes: Buffer, at: number): Token {
  const found = DIRECTIVE.exec(bytes.toString('latin1', at, Math.min(bytes.length, at + LONGEST_DIRECTIVE)))
  if (found !== null) return {kind: tokenKind.include, end: at + found[0].length}
  return {kind: tokenKind.bad, end: at + 2, message: 'this is no include directive: <?include "FILE"?>'}
}

/** The file that an include directive names. */
export function includedPath(bytes: Buffer, start: number, end: number): string {
  return Buffer.from(DIRECTIVE.exec(bytes.toString('latin1', start, end))?.[1] ?? '', 'latin1').toString('utf8')
}

function strayMessage(bytes: Buffer, at: number): string {
  if (at === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'the file begins with a byte order mark'
  const text = bytes.toString('utf8', at, Math.min(bytes.length, at + 4)).slice(0, 1)
  return `${JSON.stringify(text)} has no meaning here`
}

const isBlank = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)

/** Letters, digits and what numbers are made of. */
const isWordByte = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x2d || byte === 0x2b || byte === 0x2e

const isStray = (byte: number): boolean => byte >= 0x80

function endWhile(bytes: Buffer, start: number, isPart: (byte: number) => boolean): number {
  let at = start + 1
  while (at < bytes.length && isPart(bytes[at] ?? 0)) at++
  return at
}

function lineEndAt(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(NEWLINE, at)
  return end === -1 ? bytes.length : end
}

function grown<T extends Uint8Array | Uint32Array>(old: T, larger: T): T {
  larger.set(old)
  return larger
}
