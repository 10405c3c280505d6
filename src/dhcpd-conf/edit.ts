// Changes the hosts of one file: some updated where they stand, some removed, some added. Gives splices; see splice.ts.
import type {HostDeclaration} from './find-hosts.js'
import {renderHostInline, updateHost, type HostEntry, type HostUpdate} from './edit-host.js'
import {hostStyleOf, renderHost} from './host-style.js'
import {appendToFile, bodyStyleOf, joinSpans, lineEndOf, removalOf} from './layout.js'
import {beginMark, endMark, findMarkedBlocks, removalOfBlock, spanOfBlock, type MarkedBlock} from './marked-block.js'
import type {Splice} from './splice.js'
import {ROOT} from './statements.js'
import {isSignificant, spanOf, tokenEnd, tokenStart, type Tree} from './tree.js'
import {tokenKind} from './lexer.js'

/** The title of the region for new hosts, `# BEGIN pxectl managed hosts`. */
export const HOSTS_REGION = 'pxectl managed hosts'

export type HostEdits = {
  readonly update: readonly HostUpdate[]
  readonly remove: readonly HostDeclaration[]
  readonly add: readonly {
    readonly entry: HostEntry
    /** A subnet's statement, or ROOT: the marked region at the end of the file. */
    readonly into: number
  }[]
}

/** The region for new hosts: the first that stands at root and is whole. */
export function findHostsRegion(tree: Tree): MarkedBlock | undefined {
  return findMarkedBlocks(tree, HOSTS_REGION).find((block) => block.scope === ROOT && block.end !== undefined)
}

/** The splices that carry out the edits. */
export function editHosts(tree: Tree, edits: HostEdits): Splice[] {
  const forRegion = edits.add.filter(({into}) => into === ROOT).map(({entry}) => entry)
  const blocks = new Map<number, HostEntry[]>()
  for (const {entry, into} of edits.add) if (into !== ROOT) blocks.set(into, [...(blocks.get(into) ?? []), entry])
  const region = findHostsRegion(tree)
  const emptied = region !== undefined && forRegion.length === 0 && isEmptiedBy(tree, region, edits.remove) ? region : undefined
  return [
    ...edits.update.flatMap((update) => updateHost(tree, update)),
    ...removeHosts(tree, edits.remove, emptied),
    ...(forRegion.length === 0 ? [] : [addToRegion(tree, region, forRegion)]),
    ...[...blocks].map(([block, entries]) => addToBlock(tree, block, entries)),
  ]
}

function removeHosts(tree: Tree, hosts: readonly HostDeclaration[], emptied: MarkedBlock | undefined): Splice[] {
  const gone = emptied === undefined ? undefined : spanOfBlock(tree, emptied)
  const spans = hosts
    .map((host) => spanOf(tree, host.statement))
    .filter((span) => gone === undefined || span.start < gone.start || span.start > gone.end)
  const removals = joinSpans(tree.bytes, spans).map((span) => removalOf(tree.bytes, span))
  if (emptied !== undefined) removals.push(removalOfBlock(tree, emptied))
  return removals.map(({start, end}) => ({start, end, text: ''}))
}

/** Is nothing left in the region once these hosts are gone? A user's comment counts as something. */
function isEmptiedBy(tree: Tree, region: MarkedBlock, removed: readonly HostDeclaration[]): boolean {
  const {first, end} = tree.statements
  const ends = new Map(removed.map(({statement}) => [first[statement]!, end[statement]!]))
  if (![...ends.keys()].some((token) => token > region.begin && token < region.end!)) return false
  for (let token = region.begin + 1; token < region.end!; token++) {
    const after = ends.get(token)
    if (after !== undefined) token = after - 1
    else if (isSignificant(tree, token) || tree.tokens.kinds[token] === tokenKind.comment) return false
  }
  return true
}

function addToRegion(tree: Tree, region: MarkedBlock | undefined, entries: readonly HostEntry[]): Splice {
  const hostStyle = hostStyleOf(tree, ROOT)
  const lines = entries.flatMap((entry) => renderHost(entry, '', hostStyle))
  if (region !== undefined) {
    const at = tokenStart(tree, region.end!)
    const lineEnd = lineEndOf(tree.bytes)
    return {start: at, end: at, text: lines.map((line) => line + lineEnd).join('')}
  }
  return appendToFile(tree.bytes, [...emptyLineFor(tree), beginMark(HOSTS_REGION), ...lines, endMark(HOSTS_REGION)])
}

/** A block at the end of a file is set off by an empty line; the first block of an empty file needs none. */
export function emptyLineFor(tree: Tree): string[] {
  return tree.bytes.length === 0 ? [] : ['']
}

function addToBlock(tree: Tree, block: number, entries: readonly HostEntry[]): Splice {
  const style = bodyStyleOf(tree, block)
  const lineEnd = lineEndOf(tree.bytes)
  const {inline} = hostStyleOf(tree, block)
  const text = style.ownLine
    ? entries
        .flatMap((entry) => renderHost(entry, style.indent, {inline, unit: style.unit}))
        .map((line) => line + lineEnd)
        .join('')
    : entries.map((entry) => ` ${renderHostInline(entry, '', style.unit).join(lineEnd)}`).join('')
  return {start: style.at, end: style.at, text}
}

const INCLUDE_NOTE = '# added by pxectl'

/** Adds `include "path";` at the end of the file. */
export function addInclude(tree: Tree, quotedPath: string): Splice {
  return appendToFile(tree.bytes, [`include ${quotedPath}; ${INCLUDE_NOTE}`])
}

/** Removes an include line that addInclude wrote; undefined for a line of the user's. */
export function removeInclude(tree: Tree, statement: number): Splice | undefined {
  const last = tree.statements.end[statement]! - 1
  let comment = last + 1
  while (tree.tokens.kinds[comment] === tokenKind.space) comment++
  const text =
    tree.tokens.kinds[comment] === tokenKind.comment
      ? tree.bytes.toString('latin1', tokenStart(tree, comment), tokenEnd(tree, comment))
      : ''
  if (text.trimEnd() !== INCLUDE_NOTE) return undefined
  const end = tokenStart(tree, comment) + INCLUDE_NOTE.length
  return {...removalOf(tree.bytes, {start: spanOf(tree, statement).start, end}), text: ''}
}
