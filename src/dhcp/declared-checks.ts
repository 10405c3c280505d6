// Findings about declared hosts that hold for every server: used twice, and where server and database disagree.
import type {Reservation} from './reservation.js'
import type {DeclaredHost, Finding} from './server.js'

/**
 * Hosts that share a name, a MAC or an IP address. One declaration may stand for several cards. `mayShare`: names that several
 * hosts may have.
 */
export function duplicateFindings(
  hosts: readonly DeclaredHost[],
  options: {readonly mayShare?: (name: string) => boolean} = {},
): Finding[] {
  const named = hosts.filter(({name}) => options.mayShare?.(name) !== true)
  return [
    ...duplicates(named, {
      code: 'DHCP_NAME_TAKEN',
      what: 'host name',
      fix: FIX,
      valuesOf: ({name}) => [name.toLowerCase()],
      isFine: isSameLine,
    }),
    ...duplicates(hosts, {
      code: 'DHCP_MAC_TAKEN',
      what: 'MAC address',
      fix: FIX,
      valuesOf: ({mac}) => (mac === undefined ? [] : [mac]),
      isFine: isSameLine,
    }),
    ...duplicates(hosts, {code: 'DHCP_IP_TAKEN', what: 'address', fix: FIX, valuesOf: ({addresses}) => addresses, isFine: isSameLine}),
  ]
}

const FIX = 'remove or correct one of them'

function isSameLine(a: DeclaredHost, b: DeclaredHost): boolean {
  return a.file === b.file && a.line === b.line
}

/** What two hosts should not have in common. */
export type OneForEach<Host extends DeclaredHost> = {
  readonly code: string
  readonly what: string
  readonly fix: string
  readonly valuesOf: (host: Host) => readonly string[]
  /** These two may have it in common. */
  readonly isFine?: (first: Host, other: Host) => boolean
}

/** A finding for each host that has a value of an earlier one. */
export function duplicates<Host extends DeclaredHost>(
  hosts: readonly Host[],
  {code, what, fix, valuesOf, isFine}: OneForEach<Host>,
): Finding[] {
  const seen = new Map<string, Host>()
  return hosts.flatMap((host) =>
    valuesOf(host).flatMap((value): Finding[] => {
      const first = seen.get(value)
      if (first === undefined) seen.set(value, host)
      const {name, file, line} = host
      if (first === undefined || isFine?.(first, host) === true) return []
      const message = `host ${name} has the ${what} ${value} of host ${first.name} (${first.file}:${first.line})`
      return [{severity: 'error', code, message, file, line, suggestion: fix}]
    }),
  )
}

/** Hosts of the database that are not declared so, and hosts of pxectl's that are not in the database. */
export function disagreementFindings(hosts: readonly DeclaredHost[], expected: readonly Reservation[]): Finding[] {
  const code = 'DHCP_DISAGREES'
  const suggestion = 'pxectl dhcp diff, then pxectl dhcp apply'
  const wanted = new Set<string>(expected.map(({name}) => name))
  const byName = new Map<string, DeclaredHost[]>()
  for (const host of hosts) byName.set(host.name, [...(byName.get(host.name) ?? []), host])
  const differing = expected.flatMap(({name, mac, ip}): Finding[] => {
    const declared = byName.get(name) ?? []
    const [first] = declared
    if (first === undefined)
      return [{severity: 'error', code, message: `host ${name} (${mac}, ${ip}) of the host database is not declared`, suggestion}]
    if (declared.some((host) => host.mac === mac && host.addresses.includes(ip))) return []
    const message = `host ${name} is declared with ${first.mac ?? 'no MAC'}, ${first.addresses.join(' ') || 'no address'}; the host database says ${mac}, ${ip}`
    return [{severity: 'error', code, message, file: first.file, line: first.line, suggestion}]
  })
  const stray = hosts.filter((host) => host.managed && !wanted.has(host.name))
  return [
    ...differing,
    ...stray.map(({name, file, line}): Finding => {
      const message = `host ${name} was declared by pxectl but is not in the host database`
      return {severity: 'warning', code, message, file, line, suggestion}
    }),
  ]
}
