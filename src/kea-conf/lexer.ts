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

/** What a token may begin with, by its first byte. One pass over flat arrays: a file of 100,000 hosts has millions of tokens. */
const LEADS = {blank: 1, quote: 2, word: 3, mark: 4, other: 0} as const
const LEAD = leadTable()

function leadTable(): Uint8Array {
  const table = new Uint8Array(256)
  const set = (characters: string, lead: number): void => {
    for (const character of characters) table[character.charCodeAt(0)] = lead
  }
  set(' \t\n\v\f\r', LEADS.blank)
  set('"', LEADS.quote)
  // Letters, digits and what numbers are made of.
  set('0123456789+-.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', LEADS.word)
  set('{}[]:,', LEADS.mark)
  return table
}

export function tokenize(bytes: Buffer): Tokens {
  let kinds = new Uint8Array(1024)
  let ends = new Uint32Array(1024)
  let count = 0
  let problem: LexProblem | undefined
  for (let at = 0; at < bytes.length;) {
    const lead = LEAD[bytes[at]!]!
    let kind: number
    let end = at + 1
    if (lead === LEADS.mark) kind = tokenKind.mark
    else if (lead === LEADS.blank || lead === LEADS.word) {
      kind = lead === LEADS.blank ? tokenKind.space : tokenKind.word
      while (end < bytes.length && LEAD[bytes[end]!] === lead) end++
    } else {
      const string = lead === LEADS.quote ? stringEnd(bytes, at) : -1
      const token = string >= 0 ? undefined : lead === LEADS.quote ? openString(bytes, at) : otherAt(bytes, at)
      kind = token?.kind ?? tokenKind.string
      end = token?.end ?? string
      if (token?.message !== undefined) problem ??= {offset: at, message: token.message}
    }
    if (count === kinds.length) {
      kinds = grown(kinds, new Uint8Array(count * 2))
      ends = grown(ends, new Uint32Array(count * 2))
    }
    kinds[count] = kind
    ends[count] = end
    count++
    at = end
  }
  return {count, kinds, ends, problem}
}

/** Behind the closing quote, or -1 where there is none before a control character. */
function stringEnd(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === QUOTE) return at + 1
    if (byte < 0x20) return -1
    if (byte === BACKSLASH && bytes[at + 1]! >= 0x20) at++
  }
  return -1
}

type Token = {readonly kind: number; readonly end: number; readonly message?: string}

function openString(bytes: Buffer, start: number): Token {
  let end = start + 1
  while (end < bytes.length && bytes[end]! >= 0x20) end++
  return {kind: tokenKind.bad, end, message: 'this string is not closed on its line, or holds a control character'}
}

function otherAt(bytes: Buffer, at: number): Token {
  const byte = bytes[at]
  if (byte === 0x23 || (byte === SLASH && bytes[at + 1] === SLASH)) return {kind: tokenKind.comment, end: lineEndAt(bytes, at)}
  if (byte === SLASH && bytes[at + 1] === STAR) {
    const close = bytes.indexOf('*/', at + 2)
    if (close !== -1) return {kind: tokenKind.comment, end: close + 2}
    return {kind: tokenKind.bad, end: bytes.length, message: 'this "/*" is never closed'}
  }
  if (byte === 0x3c && bytes[at + 1] === 0x3f) return includeAt(bytes, at)
  let end = at + 1
  while (end < bytes.length && bytes[end]! >= 0x80) end++
  return {kind: tokenKind.bad, end, message: strayMessage(bytes, at)}
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

function lineEndAt(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(NEWLINE, at)
  return end === -1 ? bytes.length : end
}

function grown<T extends Uint8Array | Uint32Array>(old: T, larger: T): T {
  larger.set(old)
  return larger
}
