// next-server and filename in a marked block, at root or within a subnet. The block defines nothing (no option 93, no
// class), so it is legal in a subnet and never clashes with definitions of the user's.
//
// The loader is chosen by the vendor class, `PXEClient:Arch:00007:…` (RFC 4578 section 2.1 numbers): dhcpd knows it without a
// definition. iPXE says `iPXE` as user class, raw or with a length byte before it (RFC 3004). HTTP boot needs the answer's
// vendor class to be HTTPClient too; without it OVMF asks for ever (UEFI 2.10, 24.7.3.1).
import {bodyStyleOf, appendToFile, lineEndOf} from './layout.js'
import {beginMark, endMark, findMarkedBlocks, removalOfBlock, spanOfBlock, type MarkedBlock} from './marked-block.js'
import {emptyLineFor} from './edit.js'
import {ROOT} from './statements.js'
import type {Splice} from './splice.js'
import {quoteString} from './string.js'
import {tokenText, type Tree} from './tree.js'

export const BOOT_OPTIONS_BLOCK = 'pxectl boot options'

/** One choice: clients whose vendor class begins with one of these get the file name. */
export type BootBranch = {readonly vendorClasses: readonly string[]; readonly filename: string; readonly http: boolean}

export type BootBlock = {
  /** Undefined where the scope has a next-server of the user's, which is then edited itself. */
  readonly nextServer: string | undefined
  readonly ipxeFilename: string
  /** Choices that come before iPXE's: these clients get their file also from iPXE. */
  readonly beforeIpxe: readonly BootBranch[]
  readonly branches: readonly BootBranch[]
  readonly otherwise: string
}

/** The statements of the block, line by line. */
export function renderBootBlock(block: BootBlock, indent: string, unit: string): string[] {
  const lines = block.nextServer === undefined ? [] : [`next-server ${block.nextServer};`]
  const isIpxe = 'exists user-class and (option user-class = "iPXE" or substring(option user-class, 1, 4) = "iPXE")'
  const choices = [
    ...block.beforeIpxe.map((branch) => [testOf(branch), ...bodyOf(branch)]),
    [isIpxe, `filename ${quoteString(block.ipxeFilename)};`],
    ...block.branches.map((branch) => [testOf(branch), ...bodyOf(branch)]),
  ]
  for (const [index, [condition, ...body]] of choices.entries()) {
    lines.push(`${index === 0 ? 'if' : '} elsif'} ${condition} {`, ...body.map((statement) => unit + statement))
  }
  lines.push('} else {', `${unit}filename ${quoteString(block.otherwise)};`, '}')
  return lines.map((line) => indent + line)
}

function testOf(branch: BootBranch): string {
  return branch.vendorClasses.map(vendorClassTest).join(' or ')
}

function bodyOf(branch: BootBranch): string[] {
  const filename = `filename ${quoteString(branch.filename)};`
  return branch.http ? ['option vendor-class-identifier "HTTPClient";', filename] : [filename]
}

function vendorClassTest(vendorClass: string): string {
  return `substring(option vendor-class-identifier, 0, ${vendorClass.length}) = ${quoteString(vendorClass)}`
}

/** Declares the block in the scope, replaces it where it is there already, and removes it from any other scope. */
export function setBootOptions(tree: Tree, scope: number, block: BootBlock): Splice[] {
  const blocks = findMarkedBlocks(tree, BOOT_OPTIONS_BLOCK).filter((found) => found.end !== undefined)
  const here = blocks.find((found) => found.scope === scope)
  const elsewhere = blocks.filter((found) => found !== here).map((found) => removeBlock(tree, found))
  const set = here === undefined ? [addBlock(tree, scope, block)] : replaceBlock(tree, here, block)
  return [...elsewhere, ...set]
}

/** Removes the block from every scope. */
export function removeBootOptions(tree: Tree): Splice[] {
  return findMarkedBlocks(tree, BOOT_OPTIONS_BLOCK)
    .filter((block) => block.end !== undefined)
    .map((block) => removeBlock(tree, block))
}

function removeBlock(tree: Tree, block: MarkedBlock): Splice {
  return {...removalOfBlock(tree, block), text: ''}
}

function addBlock(tree: Tree, scope: number, block: BootBlock): Splice {
  if (scope === ROOT) {
    return appendToFile(tree.bytes, [
      ...emptyLineFor(tree),
      beginMark(BOOT_OPTIONS_BLOCK),
      ...renderBootBlock(block, '', '  '),
      endMark(BOOT_OPTIONS_BLOCK),
    ])
  }
  const style = bodyStyleOf(tree, scope)
  const lineEnd = lineEndOf(tree.bytes)
  const {indent} = style
  const lines = [
    indent + beginMark(BOOT_OPTIONS_BLOCK, !style.ownLine),
    ...renderBootBlock(block, indent, style.unit),
    indent + endMark(BOOT_OPTIONS_BLOCK),
  ]
  const text = lines.map((line) => line + lineEnd).join('')
  return {start: style.at, end: style.at, text: style.ownLine ? text : lineEnd + text}
}

function replaceBlock(tree: Tree, here: MarkedBlock, block: BootBlock): Splice[] {
  const span = spanOfBlock(tree, here)
  const style = here.scope === ROOT ? {indent: '', unit: '  '} : bodyStyleOf(tree, here.scope)
  const begin = tokenText(tree, here.begin).trimEnd()
  const lines = [begin, ...renderBootBlock(block, style.indent, style.unit), style.indent + endMark(BOOT_OPTIONS_BLOCK)]
  const text = lines.join(lineEndOf(tree.bytes))
  return text === tree.bytes.toString('latin1', span.start, span.end) ? [] : [{...span, text}]
}
