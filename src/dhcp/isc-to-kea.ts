// dhcpd.conf as a configuration of Kea: subnets, pools, shared networks, hosts, classes and what they say. What has no
// counterpart is listed with its place, never dropped silently. Nothing here touches a file.
import {lineOf, childrenOf, type Tree} from '../dhcpd-conf/tree.js'
import {ROOT} from '../dhcpd-conf/statements.js'
import {type Word, wordsOf} from '../dhcpd-conf/words.js'
import {findIpv4, type Ipv4, renderSubnet, subnetFromNetmask, subnetHas, type Subnet} from '../net/ipv4.js'
import {findMac} from '../net/mac.js'
import {findHexBytes} from './hex-list.js'
import type {ConfFile} from './isc-load.js'
import {keaTestOf} from './kea-expression.js'
import {definitionOf, type OptionDefinition} from './kea-options.js'
import {addParameter, classBody, inherited, type Json, newParameters, type Parameters, rendered} from './kea-parameters.js'

/** A statement that was left out. */
export type Unconverted = {readonly file: string; readonly line: number; readonly statement: string; readonly reason: string}

export type KeaConversion = {
  /** What stands under "Dhcp4". */
  readonly config: Readonly<Json>
  readonly unconverted: readonly Unconverted[]
}

type Scope = Parameters & {
  readonly kind: 'global' | 'shared' | 'subnet' | 'pool' | 'group' | 'class'
  /** Where the declarations in it go. */
  readonly subnets: KeaSubnet[]
  readonly pools: Json[]
  /** Its addresses are for clients with a host declaration only. */
  knownOnly?: boolean
}

type KeaSubnet = {readonly subnet: Subnet; readonly json: Json; readonly reservations: Json[]}

/** Of dhcpd (dhcpd.conf(5), default-lease-time); Kea's own default is two hours. */
const DEFAULT_LEASE_SECONDS = 43_200

/** What a reservation can say beside options. */
const RESERVATION_VALUES = ['next-server', 'boot-file-name', 'server-hostname']

/** Converts the configuration; `files` are it and all it includes, the main one first (readConfiguration). */
export function convertToKea(files: readonly ConfFile[], resolve: (path: string) => ConfFile | undefined): KeaConversion {
  const converter = new Converter(resolve)
  const [main] = files
  if (main !== undefined) converter.convertFile(main)
  return converter.finish()
}

class Converter {
  private readonly unconverted: Unconverted[] = []
  private readonly definitions = new Map<string, OptionDefinition>()
  private readonly classes: Json[] = []
  private readonly shared: Json[] = []
  private readonly hosts: {readonly json: Json; readonly addresses: readonly Ipv4[]}[] = []
  private readonly global: Scope = newScope('global')
  private readonly subnets: KeaSubnet[] = []
  private readonly open: string[] = []
  private chains = 0
  private readonly resolve: (path: string) => ConfFile | undefined

  constructor(resolve: (path: string) => ConfFile | undefined) {
    this.resolve = resolve
  }

  convertFile(file: ConfFile): void {
    this.convertBlock(file, ROOT, this.global)
  }

  finish(): KeaConversion {
    const isGlobal = this.placeHosts()
    const {values, options} = this.global
    const own = this.global.subnets.map(({json}) => json)
    const definitions = [...this.definitions].filter(([, {code}]) => isKeaWithout(code))
    const config = {
      'valid-lifetime': DEFAULT_LEASE_SECONDS,
      ...values,
      ...(definitions.length > 0 && {
        'option-def': definitions.map(([name, {code, type, isArray}]) => ({name, code, type, array: isArray, space: 'dhcp4'})),
      }),
      ...(options.length > 0 && {'option-data': options}),
      ...(this.classes.length > 0 && {'client-classes': this.classes}),
      ...(this.shared.length > 0 && {'shared-networks': this.shared}),
      ...(isGlobal && {'reservations-global': true, 'reservations-in-subnet': true}),
      ...(isGlobal && {reservations: this.hosts.filter(({addresses}) => addresses.length === 0).map(({json}) => json)}),
      subnet4: own,
    }
    return {config, unconverted: this.unconverted}
  }

  private convertBlock(file: ConfFile, block: number, scope: Scope): void {
    const {tree} = file
    const children = [...childrenOf(tree, block)]
    // It counts for the ranges that stand before it, too.
    for (const child of children) scope.knownOnly = knownOnlyOf(wordsOf(tree, child)) ?? scope.knownOnly ?? false
    for (let index = 0; index < children.length; index++) {
      const statement = children[index] ?? ROOT
      const words = wordsOf(tree, statement)
      if (words[0]?.text.toLowerCase() === 'if' && tree.statements.open[statement] !== -1) {
        const chain = [statement]
        while (/^(elsif|else)$/i.test(firstWord(tree, children[index + 1]))) chain.push(children[++index] ?? ROOT)
        this.convertIf(file, chain, scope)
      } else this.convertStatement(file, statement, words, scope)
    }
  }

  private convertStatement(file: ConfFile, statement: number, words: readonly Word[], scope: Scope): void {
    const [first = '', second] = words.map(({text}) => text.toLowerCase())
    const isBlock = file.tree.statements.open[statement] !== -1
    if (knownOnlyOf(words) !== undefined) return
    switch (first) {
      case 'include':
        return this.convertInclude(file, statement, words, scope)
      case 'subnet':
        return this.convertSubnet(file, statement, words, scope)
      case 'shared-network':
        return this.convertShared(file, statement, words, scope)
      case 'pool':
        return this.convertPool(file, statement, scope)
      case 'group':
        return this.convertBlock(file, statement, {...groupIn(scope), subnets: scope.subnets, pools: scope.pools})
      case 'host':
        return this.convertHost(file, statement, words, scope)
      case 'class':
        return this.convertClass(file, statement, words)
      case 'range':
        return this.convertRange(file, statement, words, scope)
      case 'option':
        if (second !== undefined && words[2]?.text.toLowerCase() === 'code') return this.define(file, statement, words)
    }
    if (isBlock || !this.add(words, scope)) this.leave(file, statement)
  }

  private add(words: readonly Word[], scope: Parameters): boolean {
    return addParameter(words, scope, this.definitions)
  }

  private convertInclude(file: ConfFile, statement: number, words: readonly Word[], scope: Scope): void {
    const target = this.resolve(words[1]?.text ?? '')
    if (target === undefined || this.open.includes(target.path)) return this.leave(file, statement, 'the file was not read')
    this.open.push(target.path)
    this.convertBlock(target, ROOT, scope)
    this.open.pop()
  }

  private convertSubnet(file: ConfFile, statement: number, words: readonly Word[], scope: Scope): void {
    const [address, netmask] = [findIpv4(words[1]?.text ?? ''), findIpv4(words[3]?.text ?? '')]
    const subnet = address === undefined || netmask === undefined ? undefined : subnetFromNetmask(address, netmask)
    if (subnet === undefined) return this.leave(file, statement)
    const inner = {...scopeIn(scope, 'subnet'), subnets: scope.subnets}
    const added: KeaSubnet = {subnet, json: {id: this.subnets.length + 1, subnet: renderSubnet(subnet)}, reservations: []}
    scope.subnets.push(added)
    this.subnets.push(added)
    // What a group says counts in the subnets that stand in it.
    if (scope.kind === 'group') Object.assign(inner, inherited(scope))
    this.convertBlock(file, statement, inner)
    Object.assign(added.json, rendered(inner), inner.pools.length > 0 ? {pools: inner.pools} : {})
  }

  private convertShared(file: ConfFile, statement: number, words: readonly Word[], scope: Scope): void {
    const inner = scopeIn(scope, 'shared')
    this.convertBlock(file, statement, inner)
    this.shared.push({name: words[1]?.text ?? '', ...rendered(inner), subnet4: inner.subnets.map(({json}) => json)})
    // Pools of a shared network belong to the subnet their addresses are in.
    for (const pool of inner.pools) this.placePool(pool, inner.subnets)
  }

  private placePool(pool: Json, subnets: readonly KeaSubnet[]): void {
    const first = findIpv4(String(pool['pool']).split(' ')[0] ?? '')
    const home = subnets.find(({subnet}) => first !== undefined && subnetHas(subnet, first))
    if (home !== undefined) home.json['pools'] = [...((home.json['pools'] as Json[] | undefined) ?? []), pool]
  }

  private convertPool(file: ConfFile, statement: number, scope: Scope): void {
    const inner = {...newScope('pool'), knownOnly: scope.knownOnly ?? false}
    const rest: number[] = []
    for (const child of childrenOf(file.tree, statement)) {
      const words = wordsOf(file.tree, child)
      const text = words.map((word) => word.text.toLowerCase()).join(' ')
      const members = /^(allow|deny) members of /.exec(text)
      const name = words.at(-1)?.text ?? ''
      if (members !== null) inner.values['client-class'] = members[1] === 'allow' ? name : this.notIn(name)
      else if (/^(deny unknown-clients|allow known-clients)$/.test(text)) inner.values['client-class'] = 'KNOWN'
      else if (/^(allow unknown-clients|deny known-clients)$/.test(text)) {
        if (text.startsWith('deny')) inner.values['client-class'] = 'UNKNOWN'
      } else rest.push(child)
    }
    for (const child of rest) this.convertStatement(file, child, wordsOf(file.tree, child), inner)
    const {'next-server': server, 'boot-file-name': name, ...own} = rendered(inner)
    if (server !== undefined || name !== undefined) this.leave(file, statement, 'a pool of Kea has no next-server and boot-file-name')
    scope.pools.push(...inner.pools.map((pool) => ({...pool, ...own})))
  }

  /** The class of all clients that are not in that class. */
  private notIn(name: string): string {
    const other = `not-${name}`
    if (!this.classes.some((known) => known['name'] === other)) this.classes.push({name: other, test: `not member('${name}')`})
    return other
  }

  private convertRange(file: ConfFile, statement: number, words: readonly Word[], scope: Scope): void {
    const addresses = words.slice(1).filter(({text}) => text.toLowerCase() !== 'dynamic-bootp')
    const [first, last = first] = addresses.map(({text}) => text)
    if (first === undefined || findIpv4(first) === undefined || scope.kind === 'global') return this.leave(file, statement)
    scope.pools.push({pool: `${first} - ${last}`, ...(scope.knownOnly === true && {'client-class': 'KNOWN'})})
  }

  private convertHost(file: ConfFile, statement: number, words: readonly Word[], scope: Scope): void {
    const inner = groupIn(scope)
    const json: Json = {}
    let addresses: Ipv4[] = []
    for (const child of childrenOf(file.tree, statement)) {
      const parts = wordsOf(file.tree, child)
      const [first = '', second = '', third = ''] = parts.map(({text}) => text)
      const key = first.toLowerCase()
      const found = parts.slice(1).flatMap(({text}) => findIpv4(text) ?? [])
      if (key === 'hardware' && second.toLowerCase() === 'ethernet') json['hw-address'] = findMac(third) ?? third
      else if (key === 'fixed-address' && found.length > 0) addresses = found
      else if (key === 'option' && second.toLowerCase() === 'host-name') json['hostname'] = third
      else if (key === 'option' && second.toLowerCase() === 'dhcp-client-identifier' && json['hw-address'] === undefined)
        json['client-id'] = clientIdDigits(parts[2])
      else if (!this.add(parts, inner)) this.leave(file, child)
    }
    if (json['hw-address'] !== undefined) delete json['client-id']
    if (json['hw-address'] === undefined && json['client-id'] === undefined)
      return this.leave(file, statement, 'the host has no hardware address')
    if (inner.useHostNames === true)
      json['hostname'] ??= words
        .slice(1)
        .map(({text}) => text)
        .join('')
    for (const key of Object.keys(inner.values)) {
      if (RESERVATION_VALUES.includes(key)) continue
      delete inner.values[key]
      this.leave(file, statement, `a reservation of Kea has no ${key} of its own`)
    }
    this.hosts.push({json: {...json, ...rendered(inner)}, addresses})
  }

  /** Into the subnets that have their addresses; those without an address are for all. Returns whether there are such. */
  private placeHosts(): boolean {
    for (const {json, addresses} of this.hosts) {
      for (const address of addresses) {
        const home = this.subnets.find(({subnet}) => subnetHas(subnet, address))
        if (home === undefined) continue
        home.reservations.push({...json, 'ip-address': address})
        home.json['reservations'] = home.reservations
      }
    }
    return this.hosts.some(({addresses}) => addresses.length === 0)
  }

  private convertClass(file: ConfFile, statement: number, words: readonly Word[]): void {
    const inner = newScope('class')
    let test: string | undefined
    for (const child of childrenOf(file.tree, statement)) {
      const parts = wordsOf(file.tree, child)
      if (parts[0]?.text.toLowerCase() === 'match' && parts[1]?.text.toLowerCase() === 'if') test = keaTestOf(parts.slice(2), this.codes())
      else if (!this.add(parts, inner)) this.leave(file, child)
    }
    if (test === undefined) return this.leave(file, statement, 'its condition has no counterpart in Kea')
    this.classes.push({name: words[1]?.text ?? '', test, ...classBody(inner)})
  }

  /** Each branch becomes a class that excludes those before it. */
  private convertIf(file: ConfFile, chain: readonly number[], scope: Scope): void {
    const [first] = chain
    if (first === undefined) return
    const isForAll = scope.kind === 'global' || (scope.kind === 'subnet' && file.declarations.subnets.length === 1)
    if (!isForAll) return this.leave(file, first, 'a condition that does not stand at the top of the file')
    const number = ++this.chains
    const before: string[] = []
    for (const statement of chain) {
      const words = wordsOf(file.tree, statement)
      const isElse = words[0]?.text.toLowerCase() === 'else' && words.length === 1
      const condition = isElse ? '' : keaTestOf(words.slice(words[0]?.text.toLowerCase() === 'else' ? 2 : 1), this.codes())
      const inner = newScope('class')
      const rest = [...childrenOf(file.tree, statement)].filter((child) => !this.add(wordsOf(file.tree, child), inner))
      for (const child of rest) this.leave(file, child)
      if (condition === undefined) return this.leave(file, statement, 'its condition has no counterpart in Kea')
      const name = `if-${number}-${before.length + 1}`
      const others = before.map((other) => `not member('${other}')`)
      const test = [...others, ...(condition === '' ? [] : [others.length > 0 ? `(${condition})` : condition])].join(' and ')
      this.classes.push({name, test, ...classBody(inner)})
      before.push(name)
    }
  }

  private define(file: ConfFile, statement: number, words: readonly Word[]): void {
    const definition = definitionOf(words)
    if (definition === undefined) this.leave(file, statement, 'a definition that is not of a simple type')
    else this.definitions.set(definition.name, definition)
  }

  private codes(): ReadonlyMap<string, number> {
    return new Map([...this.definitions].map(([name, {code}]) => [name, code]))
  }

  private leave({path, tree}: ConfFile, statement: number, reason = 'it has no counterpart in Kea, or none that is known here'): void {
    const text = wordsOf(tree, statement)
      .map((word) => (word.kind === 'string' ? `"${word.text}"` : word.text))
      .join(' ')
    this.unconverted.push({file: path, line: lineOf(tree, statement), statement: text, reason})
  }
}

/** Does the statement say that addresses are for known clients only (dhcpd.conf(5), "allow and deny")? undefined: it is another. */
function knownOnlyOf(words: readonly Word[]): boolean | undefined {
  const text = words.map((word) => word.text.toLowerCase()).join(' ')
  if (/^((deny|ignore) unknown-clients|boot-unknown-clients (off|false))$/.test(text)) return true
  return /^(allow unknown-clients|boot-unknown-clients (on|true))$/.test(text) ? false : undefined
}

function scopeIn({useHostNames = false, knownOnly = false}: Scope, kind: Scope['kind']): Scope {
  return {...newScope(kind), useHostNames, knownOnly}
}

/** What an enclosing group says counts here too; what subnets and the top say, Kea passes on by itself. */
function groupIn(scope: Scope): Scope {
  const {useHostNames = false} = scope
  return {...newScope('group'), useHostNames, ...(scope.kind === 'group' ? inherited(scope) : {})}
}

/** Kea knows the options below 128 (RFC 2132 and later) by itself, and of those for sites option 150 (RFC 5859). */
function isKeaWithout(code: number): boolean {
  return code >= 128 && code !== 150
}

function newScope(kind: Scope['kind']): Scope {
  return {...newParameters(), kind, subnets: [], pools: []}
}

/** A client identifier (option 61) as hex digits: `1:52:54:…`, or text. */
export function clientIdDigits(word: Word | undefined): string {
  const bytes = word?.kind === 'word' ? findHexBytes(word.text) : undefined
  return bytes?.join('') ?? Buffer.from(word?.text ?? '', 'latin1').toString('hex')
}

function firstWord(tree: Tree, statement: number | undefined): string {
  return statement === undefined ? '' : (wordsOf(tree, statement)[0]?.text ?? '')
}
