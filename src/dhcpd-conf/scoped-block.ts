// A marked block within the braces of a statement: added, rewritten in place, taken away again with every byte that it brought.
import {bodyStyleOf, indentAt, lineEndOf} from './layout.js'
import {beginMark, endMark, isSplitBlock, removalOfBlock, spanOfBlock, type MarkedBlock} from './marked-block.js'
import {ROOT} from './statements.js'
import type {Splice} from './splice.js'
import type {Tree} from './tree.js'

/** What a block says, line by line. */
export type BlockText = {
  /** As in `# BEGIN title`. */
  readonly title: string
  /** Each line begins with `indent`; `unit` is one more level. */
  readonly render: (indent: string, unit: string) => readonly string[]
}

/** The lines of a block with its marks. `split`: they are made within a line of somebody else's. */
export function blockLines({title, render}: BlockText, indent: string, unit: string, split = false): string[] {
  // Around a split block nothing shows a level: the next run must come to the same one.
  const level = split ? (indent.includes('\t') ? '\t' : '  ') : unit
  return [indent + beginMark(title, split), ...render(indent, level), indent + endMark(title)]
}

/** Adds the block behind the last statement in the braces of `scope`. */
export function addScopedBlock(tree: Tree, scope: number, block: BlockText): Splice {
  const {at, ownLine, indent, unit} = bodyStyleOf(tree, scope)
  const lineEnd = lineEndOf(tree.bytes)
  const text = blockLines(block, indent, unit, !ownLine)
    .map((line) => line + lineEnd)
    .join('')
  return {start: at, end: at, text: ownLine ? text : lineEnd + text}
}

/** Rewrites a block where it stands; nothing where it says so already. */
export function replaceBlock(tree: Tree, here: MarkedBlock, block: BlockText): Splice[] {
  const span = spanOfBlock(tree, here)
  const style = here.scope === ROOT ? {indent: '', unit: '  '} : bodyStyleOf(tree, here.scope)
  const {unit} = style
  const indent = isSplitBlock(tree, here) ? (indentAt(tree.bytes, span.start) ?? style.indent) : style.indent
  const text = blockLines(block, indent, unit, isSplitBlock(tree, here)).join(lineEndOf(tree.bytes)).slice(indent.length)
  return text === tree.bytes.toString('latin1', span.start, span.end) ? [] : [{...span, text}]
}

/** Takes a block away. */
export function removeBlock(tree: Tree, block: MarkedBlock): Splice {
  return {...removalOfBlock(tree, block), text: ''}
}
