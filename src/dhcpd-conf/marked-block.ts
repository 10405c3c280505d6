// A block of lines that pxectl owns, between two comments:
//
//   # BEGIN pxectl managed hosts
//   …
//   # END pxectl managed hosts
import {tokenKind} from './lexer.js'
import {removalOf, withEmptyLineBefore, type Span} from './layout.js'
import {ROOT} from './statements.js'
import {lineCounter, scopeAt, tokenEnd, tokenStart, tokenText, type Tree} from './tree.js'

export type MarkedBlock = {
  /** Its title, as in `# BEGIN title`. */
  readonly title: string
  /** The statement in whose braces it stands, or ROOT. */
  readonly scope: number
  /** The token of the BEGIN comment and that of the END comment; end is undefined where END is missing. */
  readonly begin: number
  readonly end: number | undefined
  readonly line: number
}

/** Told apart from a block on lines of its own, because the line break before it goes away with it. */
const SPLIT = ' (in a line of its own)'

export function beginMark(title: string, split = false): string {
  return `# BEGIN ${title}${split ? SPLIT : ''}`
}

export function endMark(title: string): string {
  return `# END ${title}`
}

/** Does the block stand on lines that were made for it within a line? */
export function isSplitBlock(tree: Tree, block: MarkedBlock): boolean {
  return tokenText(tree, block.begin).includes(SPLIT)
}

/** The blocks with this title. */
export function findMarkedBlocks(tree: Tree, title: string): MarkedBlock[] {
  // Searching bytes first: a file of 100,000 hosts has few comments that matter.
  if (!tree.bytes.includes(beginMark(title))) return []
  const blocks: MarkedBlock[] = []
  const line = lineCounter(tree.bytes)
  let begin: number | undefined
  const add = (at: number, end: number | undefined): void => {
    blocks.push({title, begin: at, end, scope: scopeAt(tree, at), line: line(tokenStart(tree, at))})
  }
  for (let token = 0; token < tree.tokens.count; token++) {
    if (tree.tokens.kinds[token] !== tokenKind.comment) continue
    const text = tokenText(tree, token).trimEnd()
    if (text === beginMark(title) || text === beginMark(title, true)) {
      if (begin !== undefined) add(begin, undefined)
      begin = token
    } else if (text === endMark(title) && begin !== undefined) {
      add(begin, scopeAt(tree, token) === scopeAt(tree, begin) ? token : undefined)
      begin = undefined
    }
  }
  if (begin !== undefined) add(begin, undefined)
  return blocks
}

/** The bytes from BEGIN to END, both included. */
export function spanOfBlock(tree: Tree, block: MarkedBlock): Span {
  return {start: tokenStart(tree, block.begin), end: endOfMark(tree, block.end ?? block.begin)}
}

/** A comment token takes the CR of a CRLF line end along; the text does not. */
function endOfMark(tree: Tree, token: number): number {
  const end = tokenEnd(tree, token)
  return tree.bytes[end - 1] === 0x0d ? end - 1 : end
}

/** What leaves when the block goes. */
export function removalOfBlock(tree: Tree, block: MarkedBlock): Span {
  const span = spanOfBlock(tree, block)
  const lines = removalOf(tree.bytes, span)
  if (block.scope === ROOT) return withEmptyLineBefore(tree.bytes, lines)
  if (!isSplitBlock(tree, block)) return lines
  const lineEnd = tree.bytes[lines.start - 2] === 0x0d && tree.bytes[lines.end - 2] === 0x0d ? 2 : 1
  return {start: lines.start - lineEnd, end: lines.end}
}
