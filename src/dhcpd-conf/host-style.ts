// How the hosts of a file are written, so that a new one looks like its neighbours.
//
//   host a { hardware ethernet 8:0:27:0:0:1; fixed-address 10.0.0.1; }     inline
//
//   host b {                                                               a statement a line, a tab deeper
//   	hardware ethernet 8:0:27:0:0:2;
//   }
import {renderHostInline, renderHostLines, type HostEntry} from './edit-host.js'
import {indentAt} from './layout.js'
import {ROOT} from './statements.js'
import {isWord, spanOf, type Tree} from './tree.js'

export type HostStyle = {
  /** The whole declaration on one line. */
  readonly inline: boolean
  /** What a statement is indented by, relative to its host. */
  readonly unit: string
}

/** As many neighbours decide: an old file may have begun in another style. */
const NEIGHBOURS = 5

/** The style of the last hosts in the scope, or of the last in the file where the scope has none. */
export function hostStyleOf(tree: Tree, scope: number): HostStyle {
  const here = lastHosts(tree, scope)
  const hosts = here.length > 0 ? here : lastHosts(tree, undefined)
  const inline = hosts.filter((host) => isInline(tree, host)).length
  const spread = hosts.find((host) => !isInline(tree, host))
  return {
    inline: inline * 2 > hosts.length,
    unit: (spread === undefined ? undefined : unitOf(tree, spread)) ?? unitOfFile(tree) ?? '  ',
  }
}

/** A new declaration in that style, line by line. */
export function renderHost(entry: HostEntry, indent: string, style: HostStyle): string[] {
  return style.inline ? renderHostInline(entry, indent, style.unit) : renderHostLines(entry, indent, style.unit)
}

/** Hosts with something in them, the last first: those in the scope, or, where it is undefined, anywhere. */
function lastHosts(tree: Tree, scope: number | undefined): number[] {
  const {count, first, open, parent, after} = tree.statements
  const hosts: number[] = []
  for (let statement = count - 1; statement >= 0 && hosts.length < NEIGHBOURS; statement--) {
    if (scope !== undefined && parent[statement] !== scope) continue
    if ((open[statement] ?? -1) < 0 || after[statement] === statement + 1) continue
    if (isWord(tree, first[statement] ?? 0, 'host')) hosts.push(statement)
  }
  return hosts
}

function isInline(tree: Tree, host: number): boolean {
  const {start, end} = spanOf(tree, host)
  return !tree.bytes.subarray(start, end).includes(0x0a)
}

/** How much deeper the first statement of a block stands than the block; undefined where they share a line. */
function unitOf(tree: Tree, block: number): string | undefined {
  const outer = indentAt(tree.bytes, spanOf(tree, block).start)
  const inner = indentAt(tree.bytes, spanOf(tree, block + 1).start)
  return outer !== undefined && inner !== undefined && inner.length > outer.length && inner.startsWith(outer)
    ? inner.slice(outer.length)
    : undefined
}

/** The unit of the file's first block that shows one. */
function unitOfFile(tree: Tree): string | undefined {
  const {count, parent} = tree.statements
  for (let statement = 1; statement < count; statement++) {
    const unit = parent[statement] === statement - 1 && parent[statement] !== ROOT ? unitOf(tree, statement - 1) : undefined
    if (unit !== undefined) return unit
  }
  return undefined
}
