// What a running dhcpd must be told so that it has the hosts of the new files: steps for OMAPI, or the reason why only a
// restart will do. Strict: whatever OMAPI cannot say for good, or could not be taken back half-way, is left to a restart.
import {findHosts, type HostDeclaration} from '../dhcpd-conf/find-hosts.js'
import {parseDhcpdConf} from '../dhcpd-conf/parse.js'
import {ROOT} from '../dhcpd-conf/statements.js'
import {childrenOf, isSignificant, isWord, spanOf, statementWords, tokenText, type Tree} from '../dhcpd-conf/tree.js'
import {findDeclarations} from '../dhcpd-conf/find.js'
import {subnetHas, type Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {FileChange} from './server.js'

/** `mac` of a removed host is what it had; undefined: it was not known by one. */
export type OmapiStep =
  | {readonly kind: 'remove'; readonly name: string; readonly mac: Mac | undefined}
  | {readonly kind: 'move'; readonly name: string; readonly mac: Mac; readonly from: Ipv4; readonly ip: Ipv4}
  | {readonly kind: 'create'; readonly name: string; readonly mac: Mac; readonly ip: Ipv4; readonly statements: string}

export type OmapiPlan = {readonly kind: 'steps'; readonly steps: readonly OmapiStep[]} | {readonly kind: 'restart'; readonly reason: string}

/** A host that OMAPI can carry whole, or why it cannot. */
export type CarriedHost =
  | {readonly kind: 'whole'; readonly mac: Mac; readonly ip: Ipv4; readonly statements: string}
  | {readonly kind: 'refused'; readonly reason: string}

/** dhcpd syncs its lease file for each step: beyond this a restart is quicker. */
const MAX_STEPS = 64

/** Compares the files before and after, through all of them together: a host may move from one to another. `others`: the hosts of other files. */
export function planOmapiSteps(files: readonly FileChange[], others: readonly HostDeclaration[]): OmapiPlan {
  const before = readFiles(files.map((file) => file.before))
  const after = readFiles(files.map((file) => file.after))
  if (before.rest !== after.rest) return {kind: 'restart', reason: 'more than hosts changes'}
  if (before.isDoubled || after.isDoubled) return {kind: 'restart', reason: 'a host is declared twice'}
  const steps: OmapiStep[] = []
  for (const [name, found] of before.hosts) {
    if (!after.hosts.has(name)) steps.push({kind: 'remove', name, mac: found.host.hardware?.mac})
  }
  for (const [name, found] of after.hosts) {
    const step = stepFor(name, before.hosts.get(name), found)
    if (typeof step === 'string') return {kind: 'restart', reason: `host ${name}: ${step}`}
    if (step !== undefined) steps.push(step)
    if (steps.length > MAX_STEPS) break
  }
  if (steps.length > MAX_STEPS) return {kind: 'restart', reason: `more than ${MAX_STEPS} hosts change, which a restart does quicker`}
  const shared = sharedMac(steps, [...[...after.hosts.values()].map(({host}) => host), ...others])
  if (shared !== undefined) return {kind: 'restart', reason: `${shared} belongs to several hosts, whose order only a restart keeps`}
  // What goes makes room: a renamed host keeps its MAC address.
  const order = {remove: 0, move: 1, create: 2}
  return {kind: 'steps', steps: steps.sort((a, b) => order[a.kind] - order[b.kind])}
}

/** dhcpd takes the first host of a MAC address that suits the network, and OMAPI can only add to the end. */
function sharedMac(steps: readonly OmapiStep[], hosts: readonly HostDeclaration[]): Mac | undefined {
  const ours = new Set(steps.flatMap((step) => (step.kind === 'remove' ? [] : [step.mac])))
  const seen = new Set<Mac>()
  for (const {hardware} of hosts) {
    const mac = hardware?.mac
    if (mac === undefined || !ours.has(mac)) continue
    if (seen.has(mac)) return mac
    seen.add(mac)
  }
  return undefined
}

type FoundHost = {readonly tree: Tree; readonly host: HostDeclaration; readonly text: string}
type Files = {readonly hosts: ReadonlyMap<string, FoundHost>; readonly rest: string; readonly isDoubled: boolean}

function stepFor(name: string, before: FoundHost | undefined, after: FoundHost): OmapiStep | string | undefined {
  if (before?.text === after.text) return undefined
  const now = carriedHost(after.tree, after.host)
  if (now.kind === 'refused') return now.reason
  const {mac, ip, statements} = now
  if (before === undefined) return {kind: 'create', name, mac, ip, statements}
  const was = carriedHost(before.tree, before.host)
  if (was.kind === 'refused') return was.reason
  // dhcpd would have to forget the host first, and a connection that breaks then would leave none.
  if (was.mac !== mac) return 'OMAPI cannot give a host another MAC address'
  if (was.statements !== statements) return 'OMAPI cannot change the options of a host'
  return was.ip === ip ? undefined : {kind: 'move', name, mac, from: was.ip, ip}
}

/** Statements of a host that mean the same outside of dhcpd.conf. */
const PLAIN = [['option', 'host-name'], ['filename'], ['next-server']] as const

/** Everything that dhcpd knows of the host must fit into the object: also what it inherits from where it stands. */
export function carriedHost(tree: Tree, host: HostDeclaration): CarriedHost {
  const refused = (reason: string): CarriedHost => ({kind: 'refused', reason})
  const mac = host.hardware?.mac
  const [address, ...others] = host.fixedAddress?.values ?? []
  if (mac === undefined || address?.ip === undefined || others.length > 0) return refused('OMAPI carries one MAC and one IPv4 address')
  const {ip} = address
  if (!inheritsNothing(tree, host.statement, ip)) return refused('it stands in a group, whose options OMAPI cannot say')
  const statements: string[] = []
  for (const child of childrenOf(tree, host.statement)) {
    if (child === host.hardware?.statement || child === host.fixedAddress?.statement) continue
    const words = statementWords(tree, child).map((word) => word.toLowerCase())
    const isPlain = (tree.statements.open[child] ?? -1) < 0 && PLAIN.some((known) => known.every((word, index) => words[index] === word))
    const {start, end} = spanOf(tree, child)
    if (!isPlain) return refused('it has options that OMAPI cannot say')
    statements.push(tree.bytes.toString('latin1', start, end))
  }
  return {kind: 'whole', mac, ip, statements: statements.join(' ')}
}

/** A subnet that has the address gives its options to every host there; a group, a pool or a class only to its own. */
function inheritsNothing(tree: Tree, host: number, ip: Ipv4): boolean {
  const {first, parent} = tree.statements
  if ((parent[host] ?? ROOT) === ROOT) return true
  const subnets = new Map(findDeclarations(tree).subnets.map(({statement, subnet}) => [statement, subnet]))
  let isInSubnet = false
  for (let scope = parent[host] ?? ROOT; scope !== ROOT; scope = parent[scope] ?? ROOT) {
    const subnet = subnets.get(scope)
    if (subnet !== undefined && subnetHas(subnet, ip)) isInSubnet = true
    else if (!(isInSubnet && isWord(tree, first[scope] ?? 0, 'shared-network'))) return false
  }
  return true
}

/** The hosts of all files by name, and the rest of them without blanks and comments. */
function readFiles(contents: readonly (Buffer | undefined)[]): Files {
  const hosts = new Map<string, FoundHost>()
  const rest: string[] = []
  let isDoubled = false
  for (const bytes of contents) {
    const tree = parseDhcpdConf(bytes ?? Buffer.alloc(0))
    const {first, end} = tree.statements
    let token = 0
    for (const host of findHosts(tree)) {
      isDoubled ||= hosts.has(host.name.text)
      const scope = scopeWords(tree, host.statement)
      hosts.set(host.name.text, {tree, host, text: `${scope} ${textOf(tree, first[host.statement] ?? 0, end[host.statement] ?? 0)}`})
      rest.push(textOf(tree, token, first[host.statement] ?? 0))
      token = end[host.statement] ?? 0
    }
    rest.push(textOf(tree, token, tree.tokens.count), '\n')
  }
  return {hosts, rest: rest.filter((text) => text !== '').join('\0'), isDoubled}
}

function scopeWords(tree: Tree, statement: number): string {
  const scopes: string[] = []
  for (let scope = tree.statements.parent[statement] ?? ROOT; scope !== ROOT; scope = tree.statements.parent[scope] ?? ROOT)
    scopes.push(statementWords(tree, scope).join(' '))
  return scopes.join(' < ')
}

function textOf(tree: Tree, from: number, to: number): string {
  const words: string[] = []
  for (let token = from; token < to; token++) if (isSignificant(tree, token)) words.push(tokenText(tree, token))
  return words.join('\0')
}
