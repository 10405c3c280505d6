// Decides which reservations are updated, removed and added, and refuses what would conflict.
import {renderSubnet, type Ipv4} from '../net/ipv4.js'
import type {Node} from '../kea-conf/tree.js'
import {conflict} from './isc-conflicts.js'
import {at, findAddressProblem, refuseCollisions} from './kea-conflicts.js'
import type {KeaEdits} from './kea-edits.js'
import {findSubnet, nameOf, type FileLine, type KeaDeclarations, type KeaReservation, type KeaScope} from './kea-find.js'
import type {Reservation} from './reservation.js'
import type {DhcpChange} from './server.js'

type Upsert = DhcpChange['upsert'][number]
type Where = (node: Node) => FileLine

/** Puts the edits of the reservations into `edits`; gives warnings. */
export function editReservations(declarations: KeaDeclarations, change: DhcpChange, edits: KeaEdits, where: Where): string[] {
  const named = namedReservations(declarations.reservations, change)
  const kept = new Set(change.upsert.map(({reservation}) => keyOf(reservation.name)))
  const removed = change.remove.filter((name) => !kept.has(keyOf(name))).flatMap((name) => named.get(keyOf(name)) ?? [])
  const updates = change.upsert.map((upsert) => ({upsert, existing: existingOf(upsert, named, where)}))
  const touched = new Set([...removed, ...updates.flatMap(({existing}) => existing ?? [])])
  const others = declarations.reservations.filter((reservation) => !touched.has(reservation))
  if (change.upsert.length > 0)
    refuseCollisions(
      change.upsert.map(({reservation}) => reservation),
      others,
      where,
    )

  for (const {node} of removed) edits.remove(node)
  const warnings: string[] = []
  for (const {upsert, existing} of updates) {
    const {reservation} = upsert
    const isSo = existing !== undefined && isDeclaredAs(existing, reservation)
    const problem = findAddressProblem(reservation.ip, declarations, where)
    if (problem !== undefined && !isSo && problem.severity === 'error')
      throw conflict(problem.code, problem.message, {host: reservation.name, ip: reservation.ip}, [problem.suggestion])
    if (problem !== undefined && !(isSo && problem.severity === 'warning')) warnings.push(`${reservation.name}: ${problem.message}`)
    if (isSo) continue
    const place = placeOf(declarations, reservation.ip)
    if (existing === undefined) addReservation(edits, place, reservation)
    else if (existing.scope === place || (existing.scope === declarations.global && existing.scope.isUsed))
      updateReservation(edits, existing, reservation, where)
    else if (existing.managed) {
      edits.remove(existing.node)
      addReservation(edits, place, reservation)
    } else throw foreignMove(existing, reservation, place, where)
  }
  return warnings
}

/** Host names are names of the DNS: without regard to case. */
const keyOf = (name: string): string => name.toLowerCase()

/** The reservations that the change names: few, also of 100,000. */
function namedReservations(reservations: readonly KeaReservation[], change: DhcpChange): Map<string, KeaReservation[]> {
  const names = new Set(change.remove.map(keyOf))
  for (const {reservation, previousName} of change.upsert) names.add(keyOf(reservation.name)).add(keyOf(previousName ?? reservation.name))
  const named = new Map<string, KeaReservation[]>()
  for (const reservation of reservations) {
    const key = keyOf(reservation.hostname?.text ?? '')
    if (key !== '' && names.has(key)) named.set(key, [...(named.get(key) ?? []), reservation])
  }
  return named
}

/** The reservation that an upsert changes. */
function existingOf(
  {reservation, previousName, isNew}: Upsert,
  named: ReadonlyMap<string, KeaReservation[]>,
  where: Where,
): KeaReservation | undefined {
  const {name, mac} = reservation
  const same = named.get(keyOf(name)) ?? []
  const previous = previousName === undefined || keyOf(previousName) === keyOf(name) ? [] : (named.get(keyOf(previousName)) ?? [])
  const found = [...same, ...previous]
  const other = isNew === true ? same.find(({identifier}) => identifier?.mac !== mac) : undefined
  if (other !== undefined) {
    const place = where(other.node)
    throw conflict(
      'DHCP_NAME_TAKEN',
      `${at(place)} reserves an address for ${name} already, with another identifier`,
      {host: name, file: place.file},
      [
        'use another name',
        ...(other.identifier?.mac === undefined ? [] : [`or, if it is the same machine, give its MAC: --mac ${other.identifier.mac}`]),
      ],
    )
  }
  if (found.length <= 1) return found[0]
  const places = found.map((entry) => `${nameOf(entry)} at ${at(where(entry.node))}`).join(', ')
  throw conflict('DHCP_NAME_TAKEN', `${name} has more than one reservation: ${places}`, {host: name}, ['remove all but one of them'])
}

function isDeclaredAs({hostname, identifier, address, scope}: KeaReservation, {name, mac, ip}: Reservation): boolean {
  return hostname?.text === name && identifier?.mac === mac && address?.ip === ip && scope.isUsed
}

/** The subnet of the address; the configuration itself where no subnet has it or Kea does not look at reservations there. */
function placeOf(declarations: KeaDeclarations, ip: Ipv4): KeaScope {
  const subnet = findSubnet(declarations, ip)
  return subnet?.isUsed === true ? subnet : declarations.global
}

function addReservation(edits: KeaEdits, place: KeaScope, {name, mac, ip}: Reservation): void {
  const object = {'hw-address': mac, 'ip-address': ip, hostname: name, 'user-context': {pxectl: {managed: true}}}
  edits.addElement(place.node, 'reservations', object, false)
}

/** Replaces the values that differ and adds what is missing; all else in the reservation stays. */
function updateReservation(edits: KeaEdits, existing: KeaReservation, {name, mac, ip}: Reservation, where: Where): void {
  const {node, hostname, identifier, address} = existing
  if (identifier === undefined) edits.addMember(node, 'hw-address', mac)
  else if (identifier.mac !== mac) {
    if (identifier.mac === undefined && identifier.key !== 'hw-address') {
      const place = where(node)
      throw conflict(
        'DHCP_NAME_TAKEN',
        `the reservation ${nameOf(existing)} (${at(place)}) goes by its ${identifier.key}, not by a MAC address`,
        {host: name, file: place.file},
        [`give it "hw-address": "${mac}" instead, in ${place.file}`, 'or use another name'],
      )
    }
    edits.replace(identifier.node, identifier.key === 'client-id' ? `01:${mac}` : mac)
  }
  if (address === undefined) edits.addMember(node, 'ip-address', ip)
  else if (address.ip !== ip) edits.replace(address.node, ip)
  if (hostname === undefined) edits.addMember(node, 'hostname', name)
  else if (hostname.text !== name) edits.replace(hostname.node, name)
}

function foreignMove(existing: KeaReservation, {name, ip}: Reservation, place: KeaScope, where: Where): Error {
  const {file, line} = where(existing.node)
  const from =
    existing.scope.subnet === undefined ? 'stands outside the subnets' : `stands in the subnet ${renderSubnet(existing.scope.subnet)}`
  const to = place.subnet === undefined ? 'in no subnet' : `in ${renderSubnet(place.subnet)}`
  return conflict(
    'DHCP_IP_OFF_SUBNET',
    `the reservation ${name} (${file}:${line}) ${from}, and its new address ${ip} is ${to}`,
    {host: name, ip, file},
    [`move that reservation to its new subnet in ${file}, and run this again`],
  )
}
