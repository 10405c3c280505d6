// What a Kea configuration declares for DHCPv4: subnets (also those of shared networks), pools, reservations.
import {lineCounter} from '../dhcpd-conf/tree.js'
import {elementsOf, findMember, findText, valueOf, type Document, type Node} from '../kea-conf/tree.js'
import {findIpv4, ipv4FromNumber, ipv4ToNumber, subnetHas, type Ipv4, type Ipv4Range, type Subnet} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {KeaConfiguration} from './kea-load.js'
import {identifierKeys, isManaged, macOfIdentifier, type IdentifierKey} from './kea-value.js'

/** Something that may hold reservations: a subnet, or the configuration itself (then `subnet` is undefined). */
export type KeaScope = {
  readonly node: Node
  readonly subnet: Subnet | undefined
  readonly reservations: Node | undefined
  /** Kea looks at the reservations here. */
  readonly isUsed: boolean
  /** Kea trusts that no reserved address is in a pool, and ignores one that is. */
  readonly isOutOfPool: boolean
}

export type KeaReservation = {
  readonly node: Node
  readonly scope: KeaScope
  readonly hostname: {readonly node: Node; readonly text: string} | undefined
  readonly identifier: {readonly key: IdentifierKey; readonly node: Node; readonly text: string; readonly mac: Mac | undefined} | undefined
  readonly address: {readonly node: Node; readonly text: string; readonly ip: Ipv4 | undefined} | undefined
  readonly managed: boolean
}

export type KeaPool = {readonly node: Node; readonly scope: KeaScope; readonly range: Ipv4Range}

export type KeaDeclarations = {
  readonly global: KeaScope
  readonly subnets: readonly KeaScope[]
  readonly pools: readonly KeaPool[]
  readonly reservations: readonly KeaReservation[]
  readonly classes: readonly Node[]
}

export function findKeaDeclarations({document, dhcp4}: KeaConfiguration): KeaDeclarations {
  const flags = reservationFlags(document, dhcp4, {global: false, inSubnet: true, outOfPool: false})
  const global = {node: dhcp4, subnet: undefined, reservations: findMember(dhcp4, 'reservations'), isUsed: flags.global, isOutOfPool: false}
  const subnets: KeaScope[] = []
  const pools: KeaPool[] = []
  const addSubnets = (parent: Node, inherited: ReservationFlags): void => {
    for (const node of elementsOf(findMember(parent, 'subnet4'))) {
      const own = reservationFlags(document, node, inherited)
      const subnet = subnetOf(findText(document, findMember(node, 'subnet')) ?? '')
      const scope = {node, subnet, reservations: findMember(node, 'reservations'), isUsed: own.inSubnet, isOutOfPool: own.outOfPool}
      subnets.push(scope)
      for (const pool of elementsOf(findMember(node, 'pools'))) {
        const range = poolOf(findText(document, findMember(pool, 'pool')) ?? '')
        if (range !== undefined) pools.push({node: pool, scope, range})
      }
    }
  }
  addSubnets(dhcp4, flags)
  for (const network of elementsOf(findMember(dhcp4, 'shared-networks'))) addSubnets(network, reservationFlags(document, network, flags))
  return {
    global,
    subnets,
    pools,
    reservations: [global, ...subnets].flatMap((scope) =>
      elementsOf(scope.reservations).map((node) => reservationOf(document, scope, node)),
    ),
    classes: elementsOf(findMember(dhcp4, 'client-classes')),
  }
}

function reservationOf(document: Document, scope: KeaScope, node: Node): KeaReservation {
  let hostname: KeaReservation['hostname']
  let identifier: KeaReservation['identifier']
  let address: KeaReservation['address']
  let managed = false
  for (const member of node.items) {
    const key = identifierKeys.find((known) => known === member.key)
    const text = key !== undefined || member.key === 'hostname' || member.key === 'ip-address' ? findText(document, member) : undefined
    if (member.key === 'user-context') managed = isManaged(valueOf(document, member))
    else if (text === undefined) continue
    else if (key !== undefined) identifier = {key, node: member, text, mac: macOfIdentifier(key, text)}
    else if (member.key === 'hostname') hostname = {node: member, text}
    else address = {node: member, text, ip: findIpv4(text)}
  }
  return {node, scope, hostname, identifier, address, managed}
}

type ReservationFlags = {readonly global: boolean; readonly inSubnet: boolean; readonly outOfPool: boolean}

/** Kea ARM, "Host Reservation Modes": three flags, and before 1.9.1 (accepted up to 2.x) one word. */
function reservationFlags(document: Document, node: Node, inherited: ReservationFlags): ReservationFlags {
  const flag = (key: string): boolean | undefined => {
    const member = findMember(node, key)
    return member?.kind === 'word' ? valueOf(document, member) === true : undefined
  }
  const mode = findText(document, findMember(node, 'reservation-mode'))
  const base =
    mode === undefined
      ? inherited
      : {global: mode === 'global', inSubnet: mode === 'all' || mode === 'out-of-pool', outOfPool: mode === 'out-of-pool'}
  return {
    global: flag('reservations-global') ?? base.global,
    inSubnet: flag('reservations-in-subnet') ?? base.inSubnet,
    outOfPool: flag('reservations-out-of-pool') ?? base.outOfPool,
  }
}

/** `10.0.0.0/24`; Kea takes host bits for granted too, and means the network. */
function subnetOf(text: string): Subnet | undefined {
  const [addressText = '', prefixText = ''] = text.split('/')
  const address = findIpv4(addressText)
  const prefix = Number(prefixText)
  if (address === undefined || !/^\s*\d{1,2}\s*$/.test(prefixText) || prefix > 32) return undefined
  const size = 2 ** (32 - prefix)
  return {address: ipv4FromNumber(Math.floor(ipv4ToNumber(address) / size) * size), prefix}
}

/** `10.0.0.10 - 10.0.0.20`, or a prefix as for subnets. */
function poolOf(text: string): Ipv4Range | undefined {
  const [firstText = '', lastText] = text.split('-')
  if (lastText === undefined) {
    const subnet = subnetOf(text)
    return subnet === undefined
      ? undefined
      : {first: subnet.address, last: ipv4FromNumber(ipv4ToNumber(subnet.address) + 2 ** (32 - subnet.prefix) - 1)}
  }
  const first = findIpv4(firstText)
  const last = findIpv4(lastText)
  return first === undefined || last === undefined ? undefined : {first, last}
}

/** The first subnet that has the address and whose reservations Kea looks at, else any that has it. */
export function findSubnet({subnets}: KeaDeclarations, ip: Ipv4): KeaScope | undefined {
  const own = subnets.filter(({subnet}) => subnet !== undefined && subnetHas(subnet, ip))
  return own.find(({isUsed}) => isUsed) ?? own[0]
}

export type FileLine = {readonly file: string; readonly line: number}

/** Gives the file and line of nodes; quick for nodes that come in the order in which they stand. */
export function nodeLines({sources}: Document): (node: Node) => FileLine {
  const counters = new Map<number, {last: number; line: (offset: number) => number}>()
  return ({fromSource, from}) => {
    const source = sources[fromSource]
    if (source === undefined) throw new Error('a node is of a file that was not read')
    let counter = counters.get(fromSource)
    if (counter === undefined || from < counter.last) counter = {last: 0, line: lineCounter(source.bytes)}
    counter.last = from
    counters.set(fromSource, counter)
    return {file: source.path, line: counter.line(from)}
  }
}

/** The name for people, and for `declared`: a reservation without hostname goes by its identifier. */
export function nameOf({hostname, identifier, address}: KeaReservation): string {
  return hostname?.text ?? identifier?.text ?? address?.text ?? ''
}
