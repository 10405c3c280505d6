// A change as new bytes of our own files, and the refusal of what would conflict. Reads files, writes none.
import {join} from 'node:path'
import {hostIpProblem, renderSubnet, subnetHas, type Ipv4, type Subnet} from '../net/ipv4.js'
import {findBytes, sameBytes, type FileChange} from '../system/files.js'
import {planAnchor} from './dnsmasq-anchor.js'
import {readFirmware, renderDnsmasqBoot, type FirmwareByMac} from './dnsmasq-boot.js'
import {isReservedWord, renderHostLine} from './dnsmasq-conf.js'
import {readDnsmasq, type DnsmasqConfiguration} from './dnsmasq-load.js'
import {ownPlaces, type DnsmasqPlaces, type OwnPlaces} from './dnsmasq-places.js'
import {conflict, refuseDoubles} from './isc-conflicts.js'
import type {Reservation} from './reservation.js'
import type {DhcpChange, DhcpPlan} from './server.js'

type Entry = DnsmasqConfiguration['hosts'][number]
type Upsert = DhcpChange['upsert'][number]

export type DnsmasqPlanOptions = DnsmasqPlaces & {
  /** For ranges that name no netmask: dnsmasq takes that of its interface. */
  readonly subnet?: Subnet
}

export async function planDnsmasqChange(change: DhcpChange, options: DnsmasqPlanOptions): Promise<DhcpPlan> {
  const configuration = await readDnsmasq(options)
  const own = ownPlaces(options)
  const warnings: string[] = []
  const hosts = planHosts(change, configuration, own, options, warnings)
  const hostFiles = [...hosts].map(([path, after]): FileChange => ({path, before: bytesAt(configuration, path), after}))
  const before = await findBytes(own.boot)
  const boot = planBoot(change, before, firmwareAfter(change, configuration.hosts, readFirmware(before)))
  const remaining = configuration.hostFiles.filter(({path}) => isIn(own.hosts, path) && !hosts.has(path))
  const isWanted = boot.hasOptions || remaining.length > 0 || hostFiles.some(({after}) => after !== undefined)
  const keep = {path: own.keep, before: await findBytes(own.keep), after: isWanted ? KEEP : undefined}
  const bootFile = {path: own.boot, before: boot.before, after: isWanted ? boot.after : undefined}
  const anchor = planAnchor(configuration, options.config, own, isWanted)
  const files = [...hostFiles, keep, bootFile, ...(anchor === undefined ? [] : [anchor])].filter(
    ({before, after}) => !sameBytes(before, after),
  )
  return {files, warnings, needsRestart: files.length > 0 && !areAdditions(files, own)}
}

/**
 * Does a running dnsmasq notice these changes? New files of our hosts folder, by inotify. What it has read from there stays in
 * its memory until SIGHUP: a changed host keeps its old address taken, and a renamed one is refused as its own duplicate.
 */
export function areAdditions(files: readonly FileChange[], own: OwnPlaces): boolean {
  return isInHosts(files, own) && files.every(({before, after}) => before === undefined && after !== undefined)
}

/** Only hosts: SIGHUP is enough. */
export function isInHosts(files: readonly FileChange[], own: OwnPlaces): boolean {
  return files.every(({path}) => isIn(own.hosts, path) && path !== own.keep)
}

function isIn(folder: string, path: string): boolean {
  return path.startsWith(`${folder}/`)
}

function bytesAt({hostFiles}: DnsmasqConfiguration, path: string): Buffer | undefined {
  return hostFiles.find((file) => file.path === path)?.bytes
}

const KEEP = Buffer.from('dnsmasq watches this folder; pxectl keeps a file for each host here.\n')
const NO_OPTIONS = Buffer.from('# The boot options of pxectl.\n')

/** The hosts whose firmware is known once the change is made. */
function firmwareAfter({upsert, remove}: DhcpChange, hosts: readonly Entry[], before: FirmwareByMac): FirmwareByMac {
  const after = new Map(before)
  const names = [...remove, ...upsert.map(({reservation, previousName}) => previousName ?? reservation.name)]
  const leaving = new Set(names.map((name) => name.toLowerCase()))
  for (const {name, macs} of hosts) if (leaving.has(name?.toLowerCase() ?? '')) for (const mac of macs) after.delete(mac)
  for (const {reservation} of upsert) {
    const {mac, firmware} = reservation
    if (firmware === undefined) after.delete(mac)
    else after.set(mac, firmware)
  }
  return after
}

function planBoot(
  {bootOptions}: DhcpChange,
  before: Buffer | undefined,
  firmware: FirmwareByMac,
): {before: Buffer | undefined; after: Buffer; hasOptions: boolean} {
  let after = before ?? NO_OPTIONS
  if (bootOptions === 'remove') after = NO_OPTIONS
  else if (bootOptions !== undefined)
    after = Buffer.from(`${NO_OPTIONS.toString()}${renderDnsmasqBoot(bootOptions, firmware).join('\n')}\n`)
  return {before, after, hasOptions: !after.equals(NO_OPTIONS)}
}

/** The host files that change, with their new bytes; undefined for one that goes. */
function planHosts(
  change: DhcpChange,
  configuration: DnsmasqConfiguration,
  own: OwnPlaces,
  {subnet}: DnsmasqPlanOptions,
  warnings: string[],
): Map<string, Buffer | undefined> {
  const kept = new Set<string>(change.upsert.map(({reservation}) => reservation.name))
  const leaving = change.remove.filter((name) => !kept.has(name))
  const removed = configuration.hosts.filter(({name}) => name !== undefined && leaving.includes(name))
  const updates = change.upsert.map((upsert) => ({upsert, existing: existingOf(upsert, configuration.hosts)}))
  const touched = new Set([...removed.filter(({managed}) => managed), ...updates.flatMap(({existing}) => existing ?? [])])
  refuseCollisions(
    change.upsert.map(({reservation}) => reservation),
    configuration.hosts.filter((entry) => !touched.has(entry)),
  )
  const files = new Map<string, (string | undefined)[]>()
  for (const entry of removed) {
    if (entry.managed) linesOf(entry.file)[entry.line - 1] = undefined
    else warnings.push(`${entry.name} stays declared at ${whereIs(entry)}: that line is yours`)
  }
  for (const {upsert, existing} of updates) {
    const {reservation} = upsert
    if (existing !== undefined && isDeclaredAs(existing, reservation)) continue
    refuseBadHost(reservation, configuration, subnet)
    if (existing !== undefined) linesOf(existing.file)[existing.line - 1] = undefined
    addLine(join(own.hosts, reservation.name), existing, renderHostLine(reservation))
  }
  return new Map([...files].map(([path, lines]) => [path, joinLines(lines)]))

  function linesOf(path: string): (string | undefined)[] {
    const lines = files.get(path) ?? bytesAt(configuration, path)?.toString('latin1').split('\n') ?? []
    files.set(path, lines)
    return lines
  }
  /** Where the host stood, if it stays in that file; else at the end. */
  function addLine(path: string, existing: Entry | undefined, line: string): void {
    const lines = linesOf(path)
    if (existing?.file === path) lines[existing.line - 1] = line
    else lines.splice(lines.at(-1) === '' ? -1 : lines.length, 0, line)
  }
}

function joinLines(lines: readonly (string | undefined)[]): Buffer | undefined {
  const text = lines.filter((line) => line !== undefined).join('\n')
  return text.trim() === '' ? undefined : Buffer.from(text.endsWith('\n') ? text : `${text}\n`, 'latin1')
}

/** The line that an upsert changes; one of the user's counts only if it says the same already. */
function existingOf({reservation, previousName, isNew}: Upsert, hosts: readonly Entry[]): Entry | undefined {
  const {name} = reservation
  const same = hosts.filter((entry) => entry.name?.toLowerCase() === name.toLowerCase())
  const foreign = same.find((entry) => !entry.managed && !isDeclaredAs(entry, reservation))
  const other = isNew === true ? same.find(({macs}) => !macs.includes(reservation.mac)) : undefined
  const taken = foreign ?? other
  if (taken !== undefined) {
    throw conflict(
      'DHCP_NAME_TAKEN',
      `${whereIs(taken)} declares a host ${name} already${other === undefined ? '' : ', with another MAC address'}`,
      {host: name, file: taken.file},
      ['use another name', `or, if it is the same machine, remove that line: ${whereIs(taken)}`],
    )
  }
  return same[0] ?? hosts.find((entry) => entry.managed && previousName !== undefined && entry.name === previousName)
}

function isDeclaredAs({name, macs, ips}: Entry, wanted: Reservation): boolean {
  return name === wanted.name && macs.join() === wanted.mac && ips.join() === wanted.ip
}

/** Refuses reservations that collide with each other or with a line that stays. dnsmasq ignores the second of two. */
function refuseCollisions(wanted: readonly Reservation[], others: readonly Entry[]): void {
  const {byMac, byIp} = refuseDoubles(wanted)
  for (const other of others) {
    const owner = `${other.name ?? 'a host without a name'} (${whereIs(other)})`
    const mac = other.macs.find((candidate) => byMac.has(candidate))
    if (mac !== undefined)
      throw conflict('DHCP_MAC_TAKEN', `the MAC address ${mac} already belongs to ${owner}`, {mac, file: other.file}, [
        `remove that line, if it is the same machine: ${whereIs(other)}`,
      ])
    const ip = other.ips.find((candidate) => byIp.has(candidate))
    if (ip !== undefined)
      throw conflict('DHCP_IP_TAKEN', `the address ${ip} already belongs to ${owner}`, {ip, file: other.file}, [
        'choose another address: pxectl host free',
      ])
  }
}

function refuseBadHost({name, ip}: Reservation, configuration: DnsmasqConfiguration, subnet: Subnet | undefined): void {
  if (isReservedWord(name))
    throw conflict('DHCP_NAME_RESERVED', `dnsmasq would read the host name ${name} as a lease time or a keyword`, {host: name}, [
      'use another name',
    ])
  const problem = findOffSubnet(ip, configuration, subnet)
  if (problem !== undefined) throw conflict('DHCP_IP_OFF_SUBNET', problem, {host: name, ip}, ['choose another address: pxectl host free'])
}

/** Why dnsmasq cannot give out the address, or undefined. An address inside a dynamic range is fine: it is kept for its host. */
export function findOffSubnet(ip: Ipv4, {ranges}: DnsmasqConfiguration, subnet: Subnet | undefined): string | undefined {
  const subnets = ranges.map((range) => range.subnet ?? (subnet !== undefined && subnetHas(subnet, range.first) ? subnet : undefined))
  // A range without a netmask may be of any size.
  if (subnets.length === 0 || subnets.includes(undefined)) return undefined
  const known = subnets.filter((candidate) => candidate !== undefined)
  const home = known.find((candidate) => subnetHas(candidate, ip))
  if (home === undefined)
    return `the address ${ip} is in no subnet that has a dhcp-range (${known.slice(0, 5).map(renderSubnet).join(', ')}); dnsmasq would not give it out`
  const problem = hostIpProblem(home, ip)
  return problem === undefined ? undefined : `the address ${ip} cannot be used: ${problem}`
}

export function whereIs({file, line}: {file: string; line: number}): string {
  return `${file}:${line}`
}
