// dhcpd.conf as tokens. The lexer reads what ISC dhcpd 4.4.3-P1 reads (common/conflex.c), traps included: where dhcpd
// stops, so do we. Tokens lie end to end and cover every byte, so joining them gives back the file, whatever is in it.
//
//   host a.b { # note      space, comment      · nothing to dhcpd
//   "x;{}"                 string              · opaque, may hold line breaks
//   host a b 00 -          word                · letters, digits, - and _ (numbers are words here)
//   { } ; . : , = ( ) …    mark                · one byte each; 10.0.0.1 is seven tokens
//   \xff …                 dead                · dhcpd takes byte 0xFF for the end of the file
import {endOfString} from './string.js'

export const tokenKind = {space: 0, comment: 1, string: 2, word: 3, mark: 4, dead: 5} as const

/** Something in the bytes that dhcpd reads differently from what a person sees. */
export type LexProblem = {readonly offset: number; readonly severity: 'error' | 'warning'; readonly message: string}

/** Token n has kind `kinds[n]` and lies between `ends[n - 1]` and `ends[n]`. Two flat arrays: a file of 100,000 hosts has 5 million tokens. */
export type Tokens = {
  readonly count: number
  readonly kinds: Uint8Array
  readonly ends: Uint32Array
  readonly problems: readonly LexProblem[]
}

const BLANK = 1
const WORD = 2
const NEWLINE = 0x0a
const END_OF_FILE = 0xff
/** dhcpd copies blanks and strings into a buffer of 1,500 bytes: more blanks end it, a longer string is cut. */
const TOKEN_BUFFER = 1500

const NUL = 'a byte 0 stands here, as in UTF-16 text, which dhcpd cannot read'

const classes = classTable()

/** Bytes to their class: blank, part of a word, or 0 for anything else. */
function classTable(): Uint8Array {
  const table = new Uint8Array(256)
  for (const byte of Buffer.from(' \t\r\n\v\f')) table[byte] = BLANK
  for (const byte of Buffer.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_')) table[byte] = WORD
  return table
}

/** Splits any bytes into tokens. Never throws. */
export function lex(bytes: Uint8Array): Tokens {
  const length = bytes.length
  // Sized for one token per byte; the operating system only provides the pages that are written.
  const kinds = new Uint8Array(length)
  const ends = new Uint32Array(length)
  const problems: LexProblem[] = []
  let count = 0
  let at = 0
  while (at < length) {
    const start = at
    const first = bytes[at++]!
    let kind: number = tokenKind.mark
    if (classes[first] === BLANK) {
      kind = tokenKind.space
      while (at < length && classes[bytes[at]!] === BLANK) at++
      if (at - start >= TOKEN_BUFFER) problems.push(blanksTooLong(start, at - start))
    } else if (classes[first] === WORD && first !== 0x5f) {
      // A word may not begin with "_" (0x5f); that byte alone is an illegal mark to dhcpd.
      kind = tokenKind.word
      while (at < length && classes[bytes[at]!] === WORD) at++
    } else if (first === 0x23) {
      kind = tokenKind.comment
      while (at < length && bytes[at] !== NEWLINE && bytes[at] !== END_OF_FILE) at++
      if (at < length && bytes[at] === END_OF_FILE)
        problems.push({offset: at++, severity: 'warning', message: 'dhcpd ends a comment at byte 0xFF'})
    } else if (first === 0x22) {
      kind = tokenKind.string
      const string = endOfString(bytes, start)
      at = string.end
      if (string.problem !== undefined) problems.push({offset: start, severity: 'error', message: string.problem})
      else if (at - start > TOKEN_BUFFER)
        problems.push({offset: start, severity: 'error', message: 'dhcpd cuts a string of 1,500 bytes or more'})
    } else if (first === END_OF_FILE) {
      const followsWord = count > 0 && kinds[count - 1] === tokenKind.word
      kind = followsWord ? tokenKind.space : tokenKind.dead
      if (!followsWord) at = length
      problems.push(followsWord ? swallowed(start) : stops(start))
    } else if (first === 0 && !problems.some((problem) => problem.message === NUL)) {
      problems.push({offset: start, severity: 'error', message: NUL})
    }
    kinds[count] = kind
    ends[count++] = at
  }
  return {count, kinds, ends, problems}
}

function blanksTooLong(offset: number, bytes: number): LexProblem {
  return {offset, severity: 'warning', message: `dhcpd refuses ${bytes} blanks and line breaks in a row (1,499 are allowed)`}
}

function swallowed(offset: number): LexProblem {
  return {offset, severity: 'warning', message: 'dhcpd drops byte 0xFF after a word'}
}

function stops(offset: number): LexProblem {
  return {offset, severity: 'error', message: `dhcpd stops reading here, at byte ${offset} (0xFF), and ignores the rest without a word`}
}
