// Lines and indentation: where new text goes and which bytes leave with a statement, so that adding a thing and removing
// it gives back the original bytes.
import {childrenOf, spanOf, tokenEnd, tokenStart, type Tree} from './tree.js'
import type {Splice} from './splice.js'

const NEWLINE = 0x0a

export type Span = {readonly start: number; readonly end: number}

/** The line end that most lines of the file have. */
export function lineEndOf(bytes: Buffer): '\n' | '\r\n' {
  let lines = 0
  let withReturn = 0
  // The first lines speak for the rest; a file of 100,000 hosts need not be read to its end.
  for (let at = bytes.indexOf(NEWLINE); at !== -1 && lines < 1000; at = bytes.indexOf(NEWLINE, at + 1)) {
    lines++
    if (bytes[at - 1] === 0x0d) withReturn++
  }
  return withReturn * 2 > lines ? '\r\n' : '\n'
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d)
}

/** Where the line of the offset begins. */
export function lineStart(bytes: Buffer, offset: number): number {
  return offset === 0 ? 0 : bytes.lastIndexOf(NEWLINE, offset - 1) + 1
}

/** The first byte behind the line of the offset, its line end included. */
function nextLine(bytes: Buffer, offset: number): number {
  const newline = bytes.indexOf(NEWLINE, offset)
  return newline === -1 ? bytes.length : newline + 1
}

function onlyBlanks(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isBlank(bytes[at])) return false
  return true
}

/** The blanks before the first byte of its line, or undefined where something else stands there. */
export function indentAt(bytes: Buffer, offset: number): string | undefined {
  const start = lineStart(bytes, offset)
  return onlyBlanks(bytes, start, offset) ? bytes.toString('latin1', start, offset) : undefined
}

/** Appends lines to the file; a file without a final line end stays one. */
export function appendToFile(bytes: Buffer, lines: readonly string[]): Splice {
  const end = lineEndOf(bytes)
  const text = lines.join(end)
  const isOpen = bytes.length > 0 && bytes.at(-1) !== NEWLINE
  return {start: bytes.length, end: bytes.length, text: isOpen ? end + text : text + end}
}

/** What leaves with the span: its own lines whole, or within a shared line itself and one blank. */
export function removalOf(bytes: Buffer, span: Span): Span {
  const start = lineStart(bytes, span.start)
  const next = nextLine(bytes, span.end)
  const leading = onlyBlanks(bytes, start, span.start)
  if (leading && onlyBlanks(bytes, span.end, next)) {
    const isOpen = next === bytes.length && bytes.at(-1) !== NEWLINE
    return {start: isOpen ? beforeLineEnd(bytes, start) : start, end: next}
  }
  if (leading) {
    // Something follows on the line, perhaps a comment: it moves up to where the span began.
    let end = span.end
    while (isBlank(bytes[end])) end++
    return {start: span.start, end}
  }
  const blank = bytes[span.start - 1]
  return {start: blank === 0x20 || blank === 0x09 ? span.start - 1 : span.start, end: span.end}
}

/** The offset without the line end that stands before it. */
function beforeLineEnd(bytes: Buffer, offset: number): number {
  if (bytes[offset - 1] !== NEWLINE) return offset
  return lineEndOf(bytes) === '\r\n' && bytes[offset - 2] === 0x0d ? offset - 2 : offset - 1
}

/** The removal, and the empty line before it if there is one: for blocks that were set off by an empty line. */
export function withEmptyLineBefore(bytes: Buffer, span: Span): Span {
  const {start} = span
  const before = beforeLineEnd(bytes, start)
  // At the end of a file without a final line end, `start` is already in front of the line end of the empty line.
  const isOpen = span.end === bytes.length && bytes.at(-1) !== NEWLINE
  const isEmpty = before < start && (isOpen || before === 0 || bytes[before - 1] === NEWLINE)
  return isEmpty ? {start: before, end: span.end} : span
}

/** How statements within the braces of a block are written. */
export type BodyStyle = {
  /** Where new statements go. */
  readonly at: number
  /** The `}` stands on a line of its own; otherwise new statements go on its line. */
  readonly ownLine: boolean
  readonly indent: string
  /** One more level. */
  readonly unit: string
}

/** The style of a block, taken from what stands in it. */
export function bodyStyleOf(tree: Tree, block: number): BodyStyle {
  const {bytes, statements} = tree
  const brace = statements.end[block]! - 1
  const closing = indentAt(bytes, tokenStart(tree, brace))
  let neighbour: string | undefined
  for (const child of childrenOf(tree, block)) {
    neighbour = indentAt(bytes, spanOf(tree, child).start)
    if (neighbour !== undefined) break
  }
  const base = closing ?? indentAt(bytes, spanOf(tree, block).start) ?? ''
  const unit =
    neighbour?.startsWith(base) === true && neighbour.length > base.length
      ? neighbour.slice(base.length)
      : base.includes('\t')
        ? '\t'
        : '  '
  const indent = neighbour ?? base + unit
  if (closing !== undefined) return {at: lineStart(bytes, tokenStart(tree, brace)), ownLine: true, indent, unit}
  return {at: endOfContent(tree, block, brace), ownLine: false, indent, unit}
}

/** Behind the last statement in the braces, or behind the `{`. */
function endOfContent(tree: Tree, block: number, brace: number): number {
  let token = brace - 1
  while (token > tree.statements.open[block]! && onlyBlanks(tree.bytes, tokenStart(tree, token), tokenEnd(tree, token))) token--
  return tokenEnd(tree, token)
}

/** Neighbouring spans that only blanks part are one. */
export function joinSpans(bytes: Buffer, spans: readonly Span[]): Span[] {
  const joined: {start: number; end: number}[] = []
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1)
    if (last !== undefined && onlyBlanks(bytes, last.end, span.start)) last.end = span.end
    else joined.push({...span})
  }
  return joined
}
