// What kea-dhcp4 does not refuse, or only in its own words: a MAC or address that another reservation has, an address of no
// subnet, an address in a pool where Kea was told that there is none. Measured with Kea 2.2.0.
import {hostIpProblem, rangeHas, renderRange, renderSubnet, type Ipv4} from '../net/ipv4.js'
import {conflict, refuseDoubles} from './isc-conflicts.js'
import {findSubnet, nameOf, type FileLine, type KeaDeclarations, type KeaReservation} from './kea-find.js'
import type {Node} from '../kea-conf/tree.js'
import type {Reservation} from './reservation.js'

type Where = (node: Node) => FileLine

export const at = ({file, line}: FileLine): string => `${file}:${line}`

/** Refuses reservations that collide with each other or with one that stays as it is. */
export function refuseCollisions(wanted: readonly Reservation[], others: Iterable<KeaReservation>, where: Where): void {
  const {byMac, byIp} = refuseDoubles(wanted)
  for (const other of others) {
    const {mac} = other.identifier ?? {}
    const {ip} = other.address ?? {}
    if (mac !== undefined && byMac.has(mac)) {
      const place = where(other.node)
      const name = nameOf(other)
      throw conflict(
        'DHCP_MAC_TAKEN',
        `the MAC address ${mac} already belongs to the reservation ${name} (${at(place)})`,
        {mac, host: name, file: place.file},
        [...(other.hostname === undefined ? [] : [`use that name: ${name}`]), `or remove that reservation from ${place.file}`],
      )
    }
    if (ip !== undefined && byIp.has(ip)) {
      const place = where(other.node)
      const name = nameOf(other)
      throw conflict(
        'DHCP_IP_TAKEN',
        `the address ${ip} already belongs to the reservation ${name} (${at(place)})`,
        {ip, host: name, file: place.file},
        ['choose another address: pxectl host free'],
      )
    }
  }
}

export type AddressProblem = {
  readonly severity: 'error' | 'warning'
  readonly code: string
  readonly message: string
  readonly suggestion: string
}

/** Why Kea cannot, or should better not, give out the address; undefined: it can. */
export function findAddressProblem(ip: Ipv4, declarations: KeaDeclarations, where: Where): AddressProblem | undefined {
  const known = declarations.subnets.flatMap(({subnet}) => subnet ?? [])
  const own = findSubnet(declarations, ip)
  if (own?.subnet === undefined) {
    const [first] = known
    if (first === undefined) return undefined
    const message = `the address ${ip} is in none of the subnets that are declared (${known.slice(0, 5).map(renderSubnet).join(', ')}); Kea would not give it out`
    return {severity: 'error', code: 'DHCP_IP_OFF_SUBNET', message, suggestion: `choose an address of ${renderSubnet(first)}`}
  }
  const problem = own.subnet.prefix > 30 ? undefined : hostIpProblem(own.subnet, ip)
  if (problem !== undefined) {
    const message = `the address ${ip} cannot be used: ${problem}`
    return {severity: 'error', code: 'DHCP_IP_OFF_SUBNET', message, suggestion: 'choose another address: pxectl host free'}
  }
  const pool = declarations.pools.find(({range}) => rangeHas(range, ip))
  if (pool === undefined) return undefined
  const range = renderRange(pool.range)
  const suggestion = `choose an address outside ${range}, or shorten that pool`
  const what = `the address ${ip} is in the pool ${range} (${at(where(pool.node))})`
  return pool.scope.isOutOfPool
    ? {severity: 'error', code: 'DHCP_IP_DYNAMIC', message: `${what}, and with reservations-out-of-pool Kea ignores it`, suggestion}
    : {
        severity: 'warning',
        code: 'DHCP_IP_DYNAMIC',
        message: `${what}; Kea keeps it free, unless another machine has a lease of it already`,
        suggestion,
      }
}
