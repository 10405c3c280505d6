// The lossless tree: all tokens of a file, and which of them make up which statement. No meaning is stored in it; find.ts
// reads meaning out of it. Statements are numbers that index flat arrays, in the order of their first tokens.
import {tokenKind, type Tokens} from './lexer.js'
import {ROOT, type Statements} from './statements.js'

export type Problem = {
  readonly line: number
  readonly column: number
  readonly message: string
  /** An error makes editing unsafe; a warning is worth telling. */
  readonly severity: 'error' | 'warning'
}

export type Tree = {
  readonly bytes: Buffer
  readonly tokens: Tokens
  readonly statements: Statements
  readonly problems: readonly Problem[]
}

export function tokenStart(tree: Tree, token: number): number {
  return token === 0 ? 0 : tree.tokens.ends[token - 1]!
}

export function tokenEnd(tree: Tree, token: number): number {
  return tree.tokens.ends[token]!
}

/** The token as Latin-1 text: one character for each byte. */
export function tokenText(tree: Tree, token: number): string {
  return tree.bytes.toString('latin1', tokenStart(tree, token), tokenEnd(tree, token))
}

/** Does dhcpd see the token? (It skips blanks and comments.) */
export function isSignificant(tree: Tree, token: number): boolean {
  return tree.tokens.kinds[token]! > tokenKind.comment
}

/** The first significant token at or behind `token`, before `end`; `end` where there is none. */
export function skipTrivia(tree: Tree, token: number, end: number): number {
  let at = token
  while (at < end && tree.tokens.kinds[at]! <= tokenKind.comment) at++
  return at
}

/** Is the token this mark, e.g. `;`? */
export function isMark(tree: Tree, token: number, mark: string): boolean {
  return tree.tokens.kinds[token] === tokenKind.mark && tree.bytes[tokenEnd(tree, token) - 1] === mark.charCodeAt(0)
}

/** Is the token this lower-case word? Keywords ignore case (`HOST`, `Hardware`). */
export function isWord(tree: Tree, token: number, word: string): boolean {
  const start = tokenStart(tree, token)
  if (tree.tokens.kinds[token] !== tokenKind.word || tokenEnd(tree, token) - start !== word.length) return false
  for (let index = 0; index < word.length; index++) {
    const byte = tree.bytes[start + index]!
    const lower = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte
    if (lower !== word.charCodeAt(index)) return false
  }
  return true
}

/** The first byte of the statement, and the byte behind its last. */
export function spanOf(tree: Tree, statement: number): {start: number; end: number} {
  const {first, end} = tree.statements
  return {start: tokenStart(tree, first[statement]!), end: tokenEnd(tree, end[statement]! - 1)}
}

/** The statements directly in `parent`. */
export function* childrenOf(tree: Tree, parent: number): Generator<number> {
  const {after, count} = tree.statements
  const end = parent === ROOT ? count : after[parent]!
  for (let child = parent + 1; child < end; child = after[child]!) yield child
}

/** The innermost statement in whose braces the token stands, or ROOT. */
export function scopeAt(tree: Tree, token: number): number {
  const {first, end, open, parent} = tree.statements
  let low = 0
  let high = tree.statements.count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (first[middle]! <= token) low = middle + 1
    else high = middle
  }
  let statement = low - 1
  while (statement >= 0 && !(open[statement]! >= 0 && open[statement]! < token && token < end[statement]! - 1))
    statement = parent[statement]!
  return statement
}

/** The number of the first line is 1; so is that of the first column. Columns count bytes. */
export function positionAt(bytes: Buffer, offset: number): {line: number; column: number} {
  let line = 1
  let start = 0
  for (let at = bytes.indexOf(0x0a); at !== -1 && at < offset; at = bytes.indexOf(0x0a, start)) {
    line++
    start = at + 1
  }
  return {line, column: offset - start + 1}
}

/** Gives the lines of offsets that are asked for in rising order: one pass over the file for any number of them. */
export function lineCounter(bytes: Buffer): (offset: number) => number {
  let line = 1
  let next = bytes.indexOf(0x0a)
  return (offset) => {
    for (; next !== -1 && next < offset; next = bytes.indexOf(0x0a, next + 1)) line++
    return line
  }
}

/** The line on which a statement begins. */
export function lineOf(tree: Tree, statement: number): number {
  return positionAt(tree.bytes, spanOf(tree, statement).start).line
}

/** The significant tokens of a statement up to its `{` or `;`. */
export function significantTokens(tree: Tree, statement: number): number[] {
  const {first, end, open} = tree.statements
  const last = open[statement]! >= 0 ? open[statement]! : end[statement]!
  const tokens: number[] = []
  for (let token = first[statement]!; token < last; token++) {
    if (tree.tokens.kinds[token]! > tokenKind.comment) tokens.push(token)
  }
  if (open[statement]! < 0 && tokens.length > 0 && isMark(tree, tokens.at(-1)!, ';')) tokens.pop()
  return tokens
}

/** The texts of those tokens. */
export function statementWords(tree: Tree, statement: number): string[] {
  return significantTokens(tree, statement).map((token) => tokenText(tree, token))
}
