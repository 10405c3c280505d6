// What a dhcpd.conf declares, read out of the tree in one walk: hosts, subnets, dynamic ranges, includes and boot
// statements, wherever they stand. Values are compared on tokens: comments and blanks within them do not count.
import {findIpv4, type Ipv4, type Subnet, subnetFromNetmask} from '../net/ipv4.js'
import {findHosts, type HostDeclaration} from './find-hosts.js'
import {decodeString} from './string.js'
import {tokenKind} from './lexer.js'
import {isWord, significantTokens, statementWords, tokenText, type Tree} from './tree.js'
import {ROOT} from './statements.js'

export type SubnetDeclaration = {readonly statement: number; readonly subnet: Subnet}
/** `range`, of a subnet or a pool: the addresses that dhcpd hands out by itself. */
export type RangeDeclaration = {readonly statement: number; readonly first: Ipv4; readonly last: Ipv4}
export type IncludeDeclaration = {readonly statement: number; readonly path: string; readonly pathToken: number}
/** `next-server` or `filename`, with the statement in whose braces it stands (ROOT: none). */
export type BootDeclaration = {readonly statement: number; readonly keyword: 'next-server' | 'filename'; readonly scope: number}

export type Declarations = {
  readonly hosts: readonly HostDeclaration[]
  readonly subnets: readonly SubnetDeclaration[]
  readonly ranges: readonly RangeDeclaration[]
  readonly includes: readonly IncludeDeclaration[]
  readonly boot: readonly BootDeclaration[]
}

/** Finds all declarations of a file. */
export function findDeclarations(tree: Tree): Declarations {
  const subnets: SubnetDeclaration[] = []
  const ranges: RangeDeclaration[] = []
  const includes: IncludeDeclaration[] = []
  const boot: BootDeclaration[] = []
  const {count, first, open, parent} = tree.statements
  for (let statement = 0; statement < count; statement++) {
    const token = first[statement]!
    if (open[statement]! >= 0) {
      const subnet = isWord(tree, token, 'subnet') ? subnetOf(tree, statement) : undefined
      if (subnet !== undefined) subnets.push({statement, subnet})
    } else if (isWord(tree, token, 'range')) {
      const range = rangeOf(tree, statement)
      if (range !== undefined) ranges.push({statement, ...range})
    } else if (isWord(tree, token, 'include')) {
      const pathToken = significantTokens(tree, statement)[1]
      if (pathToken !== undefined && tree.tokens.kinds[pathToken] === tokenKind.string) {
        includes.push({statement, pathToken, path: decodeString(tokenText(tree, pathToken))})
      }
    } else if (isWord(tree, token, 'next-server')) boot.push({statement, keyword: 'next-server', scope: parent[statement]!})
    else if (isWord(tree, token, 'filename')) boot.push({statement, keyword: 'filename', scope: parent[statement]!})
  }
  return {hosts: findHosts(tree), subnets, ranges, includes, boot}
}

/** `subnet 10.0.0.0 netmask 255.255.255.0 {` */
function subnetOf(tree: Tree, statement: number): Subnet | undefined {
  const match = /^subnet ([\d.]+) netmask ([\d.]+)$/i.exec(joinedWords(tree, statement))
  const address = findIpv4(match?.[1] ?? '')
  const netmask = findIpv4(match?.[2] ?? '')
  return address === undefined || netmask === undefined ? undefined : subnetFromNetmask(address, netmask)
}

/** `range 10.0.0.10 10.0.0.20;`, `range dynamic-bootp 10.0.0.10;` */
function rangeOf(tree: Tree, statement: number): {first: Ipv4; last: Ipv4} | undefined {
  const match = /^range(?: dynamic-bootp)? ([\d.]+)(?: ([\d.]+))?$/i.exec(joinedWords(tree, statement))
  const first = findIpv4(match?.[1] ?? '')
  const last = findIpv4(match?.[2] ?? match?.[1] ?? '')
  return first === undefined || last === undefined ? undefined : {first, last}
}

/** The words of a statement, one blank between words and none around dots: `range 10.0.0.10 10.0.0.20`. */
function joinedWords(tree: Tree, statement: number): string {
  return statementWords(tree, statement).join(' ').replaceAll(' . ', '.')
}

export type Scope = {readonly statement: number; readonly title: string}

/** The blocks around a statement, innermost first, e.g. `pool`, `subnet 10.0.0.0 netmask 255.255.255.0`, `shared-network lab`. */
export function scopesOf(tree: Tree, statement: number): Scope[] {
  const scopes: Scope[] = []
  for (let scope = tree.statements.parent[statement]!; scope !== ROOT; scope = tree.statements.parent[scope]!) {
    scopes.push({statement: scope, title: joinedWords(tree, scope)})
  }
  return scopes
}
