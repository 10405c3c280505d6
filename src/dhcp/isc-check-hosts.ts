// What may be wrong with the host declarations of a dhcpd.conf and its includes: two that collide, addresses that dhcpd cannot
// give out, names that lead nowhere, and where the file and the host database disagree.
import {childStatements} from '../dhcpd-conf/find-statements.js'
import {subnetHas, type Ipv4, type Subnet} from '../net/ipv4.js'
import {duplicates} from './declared-checks.js'
import {findAddressProblem} from './isc-conflicts.js'
import {declaredHosts} from './isc-declared.js'
import type {ConfFile} from './isc-load.js'
import type {Reservation} from './reservation.js'
import type {DeclaredHost, Finding} from './server.js'

/** A declared host with what only dhcpd's own checks ask for. */
export type HostEntry = DeclaredHost & {
  readonly ips: readonly Ipv4[]
  /** Does it say `deleted`? */
  readonly deleted: boolean
}

/** The hosts of a file. */
export function hostEntries(file: ConfFile): HostEntry[] {
  const {tree, declarations} = file
  const declared = declaredHosts(file)
  return declarations.hosts.flatMap(({statement, fixedAddress}, index) => {
    const host = declared[index]
    if (host === undefined) return []
    const ips = (fixedAddress?.values ?? []).flatMap(({ip}) => ip ?? [])
    return [{...host, ips, deleted: [...childStatements(tree, statement, 'deleted')].length > 0}]
  })
}

/** Names, hardware addresses and addresses that two hosts have, over all files. */
export function duplicateFindings(entries: readonly HostEntry[], files: readonly ConfFile[]): Finding[] {
  const subnets = files.flatMap((file) => file.declarations.subnets.map(({subnet}) => subnet))
  const subnetsOf = ({ips}: HostEntry): Subnet[] => subnets.filter((subnet) => ips.some((ip) => subnetHas(subnet, ip)))
  // A machine that is carried about may have an address on each network: dhcpd takes the host that fits where it is.
  const isElsewhere = (a: HostEntry, b: HostEntry): boolean => {
    const [there, here] = [subnetsOf(a), subnetsOf(b)]
    return there.length > 0 && here.length > 0 && !there.some((subnet) => here.includes(subnet))
  }
  return [
    ...duplicates(entries, {
      code: 'DHCP_NAME_TAKEN',
      what: 'host name',
      fix: 'rename or remove one of them: dhcpd does not start with both',
      valuesOf: ({name}) => [name],
    }),
    ...duplicates(entries, {
      code: 'DHCP_MAC_TAKEN',
      what: 'MAC address',
      fix: 'remove one of them: dhcpd takes the first',
      valuesOf: ({mac}) => (mac === undefined ? [] : [mac]),
      isFine: isElsewhere,
    }),
    ...duplicates(entries, {
      code: 'DHCP_IP_TAKEN',
      what: 'address',
      fix: 'give one of them another address: pxectl host free',
      valuesOf: ({ips}) => ips,
    }),
    ...likenesses(entries),
  ]
}

/** To dhcpd `A` and `a` are two hosts; to a person, and to DNS, they are one. */
function likenesses(entries: readonly HostEntry[]): Finding[] {
  const seen = new Map<string, HostEntry>()
  return entries.flatMap((entry): Finding[] => {
    const lower = entry.name.toLowerCase()
    const first = seen.get(lower)
    if (first === undefined) seen.set(lower, entry)
    if (first === undefined || first.name === entry.name) return []
    const message = `host ${entry.name} differs from host ${first.name} (${first.file}:${first.line}) only in capitals: dhcpd takes them for two`
    return [{severity: 'warning', code: 'DHCP_NAME_ALIKE', message, ...at(entry), suggestion: 'rename one of them'}]
  })
}

/** Addresses that are on no subnet, or that dhcpd also hands out by itself. */
export function addressFindings(entries: readonly HostEntry[], files: readonly ConfFile[]): Finding[] {
  return entries.flatMap((entry) =>
    entry.ips.flatMap((ip): Finding[] => {
      const problem = findAddressProblem(ip, files)
      if (problem === undefined) return []
      const {code, message, suggestion} = problem
      return [{severity: 'error', code, message: `host ${entry.name}: ${message}`, ...at(entry), suggestion}]
    }),
  )
}

/** Hosts that OMAPI has marked as deleted: dhcpd reads them, and ignores them. */
export function deletedFindings(entries: readonly HostEntry[]): Finding[] {
  return entries
    .filter(({deleted}) => deleted)
    .map((entry) => ({
      severity: 'error',
      code: 'DHCP_TOMBSTONE',
      message: `host ${entry.name} is declared as deleted: dhcpd ignores it`,
      ...at(entry),
      suggestion: 'remove the line "deleted;", or the host',
    }))
}

/** Where the file and the host database say different things. */
export function disagreements(entries: readonly HostEntry[], expected: readonly Reservation[], main: ConfFile): Finding[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]))
  const wanted = new Set<string>(expected.map(({name}) => name))
  const code = 'DHCP_DISAGREES'
  const suggestion = 'pxectl dhcp diff, then pxectl dhcp apply'
  const findings = expected.flatMap(({name, mac, ip}): Finding[] => {
    const entry = byName.get(name)
    if (entry === undefined) {
      const message = `host ${name} (${mac}, ${ip}) of the host database is not declared`
      return [{severity: 'error', code, message, file: main.path, suggestion}]
    }
    if (entry.mac === mac && entry.ips.includes(ip)) return []
    const message = `host ${name} is declared with ${entry.mac ?? 'no MAC'}, ${entry.addresses.join(' ') || 'no address'}; the host database says ${mac}, ${ip}`
    return [{severity: 'error', code, message, ...at(entry), suggestion}]
  })
  const stray = entries.filter((entry) => entry.managed && !wanted.has(entry.name))
  return [
    ...findings,
    ...stray.map((entry): Finding => {
      const message = `host ${entry.name} stands in the region of pxectl but not in the host database`
      return {severity: 'warning', code, message, ...at(entry), suggestion}
    }),
  ]
}

function at({file, line}: HostEntry): {file: string; line: number} {
  return {file, line}
}
