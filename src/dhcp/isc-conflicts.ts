// What `dhcpd -t` does not refuse although it fails at run time: a MAC or address used twice, an address that dhcpd also
// hands out by itself, an address of no subnet (dhcpd then ignores the whole host). Measured with dhcpd 4.4.3-P1.
import type {HostDeclaration} from '../dhcpd-conf/find-hosts.js'
import {lineOf} from '../dhcpd-conf/tree.js'
import {PxectlError} from '../errors.js'
import {hostIpProblem, rangeHas, renderRange, renderSubnet, subnetHas, type Ipv4} from '../net/ipv4.js'
import type {ConfFile} from './isc-load.js'
import type {Reservation} from './reservation.js'

/** A host declaration and the file it stands in. */
export type LocatedHost = {readonly file: ConfFile; readonly host: HostDeclaration}

/** `/etc/dhcp/dhcpd.conf:12` */
export function whereIs({file, host}: LocatedHost): string {
  return `${file.path}:${lineOf(file.tree, host.statement)}`
}

export function conflict(code: string, message: string, details: Record<string, unknown>, suggestions: readonly string[]): PxectlError {
  return new PxectlError(`${message}; nothing was changed`, {code, kind: 'conflict', details, suggestions})
}

/** Refuses reservations that collide with each other; gives their MACs and addresses, for comparing them with others. */
export function refuseDoubles(wanted: readonly Reservation[]): {
  readonly byMac: ReadonlyMap<string, Reservation>
  readonly byIp: ReadonlyMap<string, Reservation>
} {
  const byMac = new Map<string, Reservation>()
  const byIp = new Map<string, Reservation>()
  for (const reservation of wanted) {
    const {name, mac, ip} = reservation
    const sameMac = byMac.get(mac)
    const sameIp = byIp.get(ip)
    if (sameMac !== undefined)
      throw conflict('DHCP_MAC_TAKEN', `${sameMac.name} and ${name} both have the MAC address ${mac}`, {mac}, [
        'correct one of them: pxectl host list',
      ])
    if (sameIp !== undefined)
      throw conflict('DHCP_IP_TAKEN', `${sameIp.name} and ${name} both have the address ${ip}`, {ip}, [
        'correct one of them: pxectl host list',
      ])
    byMac.set(mac, reservation)
    byIp.set(ip, reservation)
  }
  return {byMac, byIp}
}

/** Refuses reservations that collide with each other or with a host that stays as it is. */
export function refuseCollisions(wanted: readonly Reservation[], others: Iterable<LocatedHost>): void {
  const {byMac, byIp} = refuseDoubles(wanted)
  for (const other of others) {
    const {mac} = other.host.hardware ?? {}
    const name = other.host.name.text
    if (mac !== undefined && byMac.has(mac)) {
      throw conflict(
        'DHCP_MAC_TAKEN',
        `the MAC address ${mac} already belongs to host ${name} (${whereIs(other)})`,
        {mac, host: name, file: other.file.path},
        [`use that name: ${name}`, `or remove that declaration from ${other.file.path}`],
      )
    }
    for (const {ip} of other.host.fixedAddress?.values ?? []) {
      if (ip !== undefined && byIp.has(ip)) {
        throw conflict(
          'DHCP_IP_TAKEN',
          `the address ${ip} already belongs to host ${name} (${whereIs(other)})`,
          {ip, host: name, file: other.file.path},
          ['choose another address: pxectl host free'],
        )
      }
    }
  }
}

/** Why dhcpd cannot reliably give out the address, or undefined. */
export function findAddressProblem(ip: Ipv4, files: readonly ConfFile[]): {code: string; message: string; suggestion: string} | undefined {
  const subnets = files.flatMap((file) => file.declarations.subnets.map(({subnet}) => subnet))
  const own = subnets.filter((subnet) => subnetHas(subnet, ip))
  if (own.length === 0 && subnets.length > 0) {
    const message = `the address ${ip} is in none of the subnets that are declared (${subnets.slice(0, 5).map(renderSubnet).join(', ')}); dhcpd would ignore the host`
    return {code: 'DHCP_IP_OFF_SUBNET', message, suggestion: `choose an address of ${renderSubnet(subnets[0]!)}`}
  }
  for (const subnet of own) {
    const problem = hostIpProblem(subnet, ip)
    if (problem !== undefined)
      return {
        code: 'DHCP_IP_OFF_SUBNET',
        message: `the address ${ip} cannot be used: ${problem}`,
        suggestion: 'choose another address: pxectl host free',
      }
  }
  for (const file of files) {
    const range = file.declarations.ranges.find((candidate) => rangeHas(candidate, ip))
    if (range === undefined) continue
    const where = `${file.path}:${lineOf(file.tree, range.statement)}`
    const message = `the address ${ip} is in the dynamic range ${renderRange(range)} (${where}); dhcpd may give it to another machine as well`
    return {code: 'DHCP_IP_DYNAMIC', message, suggestion: `choose an address outside ${renderRange(range)}, or shorten that range`}
  }
  return undefined
}
