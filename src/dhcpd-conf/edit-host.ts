// Text and edits of one host declaration.
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {HostDeclaration} from './find-hosts.js'
import {bodyStyleOf, lineEndOf} from './layout.js'
import {blockLines, type BlockText} from './scoped-block.js'
import type {Splice} from './splice.js'
import {quoteString} from './string.js'
import {isWord, significantTokens, tokenEnd, tokenStart, tokenText, type Tree} from './tree.js'

/** What a host declaration should say. */
export type HostEntry = {
  readonly name: string
  readonly mac: Mac
  readonly ip: Ipv4
  /** A marked block for a new declaration. In one that is there already it is an edit of its own. */
  readonly block?: BlockText | undefined
}

export type HostUpdate = {
  readonly host: HostDeclaration
  readonly entry: HostEntry
  /** The address that `entry.ip` takes the place of, where `fixed-address` lists several. */
  readonly replaces?: Ipv4
}

function statementsOf(entry: HostEntry): string[] {
  return [`hardware ethernet ${entry.mac};`, `fixed-address ${entry.ip};`, `option host-name ${quoteString(entry.name)};`]
}

/** A new declaration, line by line. */
export function renderHostLines(entry: HostEntry, indent: string, unit: string): string[] {
  const statements = statementsOf(entry).map((statement) => `${indent}${unit}${statement}`)
  const block = entry.block === undefined ? [] : blockLines(entry.block, indent + unit, unit)
  return [`${indent}host ${entry.name} {`, ...statements, ...block, `${indent}}`]
}

/** A new declaration within a line; a marked block in it takes lines of its own, and is of one line again without it. */
export function renderHostInline(entry: HostEntry, indent: string, unit: string): string[] {
  const line = `${indent}host ${entry.name} { ${statementsOf(entry).join(' ')}`
  return entry.block === undefined ? [`${line} }`] : [line, ...blockLines(entry.block, indent + unit, unit, true), ' }']
}

/**
 * Makes an existing declaration say what the entry says. Only the differing values are replaced, only what is missing is
 * added; all else in the host stays. `option host-name` follows a rename if it was the old name, and is the user's otherwise.
 */
export function updateHost(tree: Tree, {host, entry, replaces}: HostUpdate): Splice[] {
  const splices: Splice[] = []
  const missing: string[] = []
  if (host.name.text !== entry.name) {
    splices.push({start: host.name.start, end: host.name.end, text: entry.name})
    if (host.hostName?.text === host.name.text)
      splices.push({start: host.hostName.start, end: host.hostName.end, text: quoteString(entry.name)})
  }
  if (host.hardware === undefined) missing.push(`hardware ethernet ${entry.mac};`)
  else if (host.hardware.mac !== entry.mac) splices.push(...updateHardware(tree, host.hardware.statement, entry.mac))
  if (host.fixedAddress === undefined || host.fixedAddress.values.length === 0) missing.push(`fixed-address ${entry.ip};`)
  else if (!host.fixedAddress.values.some((value) => value.ip === entry.ip)) {
    const {values} = host.fixedAddress
    const old =
      values.find((value) => value.ip !== undefined && value.ip === replaces) ??
      values.find((value) => value.ip !== undefined) ??
      values[0]!
    splices.push({start: old.start, end: old.end, text: entry.ip})
  }
  return missing.length === 0 ? splices : [...splices, insertStatements(tree, host.statement, missing)]
}

/** Byte by byte where both have six, so that a comment within the address stays. */
function updateHardware(tree: Tree, statement: number, mac: Mac): Splice[] {
  const tokens = significantTokens(tree, statement)
  const type = tokens[1]
  const value = tokens.slice(2)
  const bytes = value.filter((_, index) => index % 2 === 0)
  const wanted = mac.split(':')
  if (type !== undefined && isWord(tree, type, 'ethernet') && value.length === 11) {
    return bytes
      .map((token, index) => ({token, text: wanted[index]!}))
      .filter(({token, text}) => Number.parseInt(tokenText(tree, token), 16) !== Number.parseInt(text, 16))
      .map(({token, text}) => ({start: tokenStart(tree, token), end: tokenEnd(tree, token), text}))
  }
  const start = type === undefined ? tokenEnd(tree, tokens[0]!) : tokenStart(tree, type)
  return [{start, end: tokenEnd(tree, tokens.at(-1)!), text: `${type === undefined ? ' ' : ''}ethernet ${mac}`}]
}

/** Adds statements behind the last one of a block. */
function insertStatements(tree: Tree, block: number, statements: readonly string[]): Splice {
  const style = bodyStyleOf(tree, block)
  const text = style.ownLine
    ? statements.map((statement) => style.indent + statement + lineEndOf(tree.bytes)).join('')
    : statements.map((statement) => ` ${statement}`).join('')
  return {start: style.at, end: style.at, text}
}
