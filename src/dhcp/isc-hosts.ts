// Decides which declarations are updated, removed and added, and refuses what would conflict.
import type {HostEdits} from '../dhcpd-conf/edit.js'
import type {HostEntry} from '../dhcpd-conf/edit-host.js'
import {ROOT} from '../dhcpd-conf/statements.js'
import {subnetHas, type Ipv4} from '../net/ipv4.js'
import {conflict, findAddressProblem, refuseCollisions, whereIs, type LocatedHost} from './isc-conflicts.js'
import type {FirmwareText} from './isc-firmware.js'
import type {ConfFile} from './isc-load.js'
import type {Reservation} from './reservation.js'
import type {DhcpChange} from './server.js'

/** Where a new declaration goes: a file, and the subnet's statement in it or ROOT. */
export type Place = {readonly file: ConfFile; readonly into: number}

export type HostDecisions = {readonly edits: ReadonlyMap<ConfFile, HostEdits>; readonly warnings: readonly string[]}

type Upsert = DhcpChange['upsert'][number]

/** `placeOf` says where a new declaration goes; `text` is what a declaration says of a known firmware. */
export function decideHosts(
  files: readonly ConfFile[],
  change: DhcpChange,
  placeOf: (ip: Ipv4) => Place,
  text?: FirmwareText,
): HostDecisions {
  const located = files.flatMap((file) => file.declarations.hosts.map((host): LocatedHost => ({file, host})))
  const named = namedHosts(located, change)
  const kept = new Set(change.upsert.map(({reservation}) => reservation.name as string))
  const removed = change.remove.filter((name) => !kept.has(name)).flatMap((name) => named.get(name) ?? [])
  const updates = change.upsert.map((upsert) => ({upsert, existing: existingOf(upsert, named)}))
  const touched = new Set([...removed.map(({host}) => host), ...updates.flatMap(({existing}) => existing?.host ?? [])])
  const wanted = change.upsert.map(({reservation}) => reservation)
  if (wanted.length > 0)
    refuseCollisions(
      wanted,
      located.filter(({host}) => !touched.has(host)),
    )

  const edits = new Map(files.map((file) => [file, {update: [], remove: [], add: []} as MutableEdits]))
  const warnings = updates.flatMap(({upsert, existing}) => (existing === undefined ? likenesses(upsert, located) : []))
  for (const {file, host} of removed) edits.get(file)?.remove.push(host)
  for (const {upsert, existing} of updates) {
    const {reservation} = upsert
    const problem = findAddressProblem(reservation.ip, files)
    if (problem !== undefined && existing !== undefined && isDeclaredAs(existing, reservation))
      warnings.push(`${reservation.name} (${whereIs(existing)}): ${problem.message}`)
    else if (problem !== undefined)
      throw conflict(problem.code, problem.message, {host: reservation.name, ip: reservation.ip}, [problem.suggestion])
    const entry = entryOf(reservation, text)
    if (existing === undefined) {
      const place = placeOf(reservation.ip)
      edits.get(place.file)?.add.push({entry, into: place.into})
    } else {
      const replaces = replacedAddress(existing, reservation.ip, files)
      edits.get(existing.file)?.update.push({host: existing.host, entry, ...(replaces === undefined ? {} : {replaces})})
    }
  }
  return {edits, warnings}
}

function entryOf({firmware, ...address}: Reservation, text: FirmwareText | undefined): HostEntry {
  return firmware === undefined || text === undefined ? address : {...address, block: text(firmware)}
}

type MutableEdits = {[Key in keyof HostEdits]: HostEdits[Key][number][]}

/** The declarations that the change names: few, also in a file of 100,000. */
function namedHosts(located: readonly LocatedHost[], change: DhcpChange): Map<string, LocatedHost[]> {
  const names = new Set<string>(change.remove)
  for (const {reservation, previousName} of change.upsert) names.add(reservation.name).add(previousName ?? reservation.name)
  const named = new Map<string, LocatedHost[]>()
  for (const entry of located) {
    const name = entry.host.name.text
    if (names.has(name)) named.set(name, [...(named.get(name) ?? []), entry])
  }
  return named
}

/** The declaration that an upsert changes. */
function existingOf({reservation, previousName, isNew}: Upsert, named: ReadonlyMap<string, LocatedHost[]>): LocatedHost | undefined {
  const {name} = reservation
  const same = named.get(name) ?? []
  const previous = previousName === undefined || previousName === name ? [] : (named.get(previousName) ?? [])
  const found = [...same, ...previous]
  const other = isNew === true ? same.find(({host}) => host.hardware?.mac !== reservation.mac) : undefined
  if (other !== undefined) {
    throw conflict(
      'DHCP_NAME_TAKEN',
      `${whereIs(other)} declares a host ${name} already, with another MAC address`,
      {host: name, file: other.file.path},
      ['use another name', `or, if it is the same machine, give its MAC: --mac ${other.host.hardware?.mac ?? 'ADDRESS'}`],
    )
  }
  if (found.length <= 1) return found[0]
  const places = found.map((entry) => `${entry.host.name.text} at ${whereIs(entry)}`).join(', ')
  throw conflict('DHCP_NAME_TAKEN', `host ${name} is declared more than once: ${places}`, {host: name}, [
    'remove all but one of these declarations',
  ])
}

/** To dhcpd `A` and `a` are two hosts; to a person, and to DNS, they are one. */
function likenesses({reservation: {name}}: Upsert, located: readonly LocatedHost[]): string[] {
  const lower = name.toLowerCase()
  return located
    .filter(({host}) => host.name.text.length === lower.length && host.name.text.toLowerCase() === lower)
    .map((other) => `${name} is not the host ${other.host.name.text} that ${whereIs(other)} declares: dhcpd tells capitals apart`)
}

function isDeclaredAs({host}: LocatedHost, {name, mac, ip}: Reservation): boolean {
  return host.name.text === name && host.hardware?.mac === mac && host.fixedAddress?.values.some((value) => value.ip === ip) === true
}

/** In a list of addresses the one of the same subnet gives way. */
function replacedAddress({host}: LocatedHost, ip: Ipv4, files: readonly ConfFile[]): Ipv4 | undefined {
  const subnet = files.flatMap((file) => file.declarations.subnets).find((declared) => subnetHas(declared.subnet, ip))?.subnet
  return host.fixedAddress?.values.find((value) => value.ip !== undefined && subnet !== undefined && subnetHas(subnet, value.ip))?.ip
}

/** The innermost place for a new host of the subnet it belongs to. */
export function subnetPlace(files: readonly ConfFile[], ip: Ipv4): Place | undefined {
  for (const file of files) {
    const found = file.declarations.subnets.find(({subnet}) => subnetHas(subnet, ip))
    if (found !== undefined) return {file, into: found.statement}
  }
  return undefined
}

export const atRootOf = (file: ConfFile): Place => ({file, into: ROOT})
