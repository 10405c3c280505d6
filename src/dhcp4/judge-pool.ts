// What becomes of a message by a client that is no host of the lab, where such clients get leases from a range. RFC 2131
// section 4.3. Pure; choosing an address, which needs a look at the wire, is pool.ts.
import {hostIpProblem, type Ipv4, type Ipv4Range, rangeHas, renderSubnet, rangeAddresses, subnetHas} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {FullNetwork} from './full-reply.js'
import {isFreeFor, isHeld, type LeaseTable} from './lease-table.js'
import {optionCode} from './option-codes.js'
import {findAddress, messageTypeOf} from './option-values.js'
import {type Dhcp4Packet, noAddress} from './packet.js'

export type PoolState = {
  readonly network: FullNetwork
  readonly range: Ipv4Range
  readonly table: LeaseTable
  readonly nowMs: number
  /** Does a host of the lab have the address that the message names? */
  readonly isHosts: boolean
}

export type PoolVerdict =
  | {readonly kind: 'choose'}
  /** It may have this address. */
  | {readonly kind: 'grant'; readonly ip: Ipv4}
  | {readonly kind: 'refuse'; readonly reason: string}
  | {readonly kind: 'inform'}
  | {readonly kind: 'release' | 'decline'; readonly ip: Ipv4}
  /** It takes another server's offer. */
  | {readonly kind: 'elsewhere'; readonly reason: string}
  | {readonly kind: 'ignore'; readonly reason: string}

/** The address that a message is about: option 50, or the one that the client has. */
export function wantedAddress(request: Dhcp4Packet): Ipv4 | undefined {
  const {ciaddr, options} = request
  return findAddress(options, optionCode.requestedAddress) ?? (ciaddr === noAddress ? undefined : ciaddr)
}

export function judgePool(request: Dhcp4Packet, state: PoolState): PoolVerdict {
  const type = messageTypeOf(request)
  const own = state.table.findOf(request.mac)
  switch (type) {
    case 'discover':
      return {kind: 'choose'}
    case 'request':
      return judgeRequest(request, state)
    case 'inform':
      return {kind: 'inform'}
    case 'release':
      return own?.ip === request.ciaddr ? {kind: 'release', ip: own.ip} : ignore(`${request.mac} gives back what it does not have`)
    case 'decline':
      return own !== undefined && own.ip === wantedAddress(request)
        ? {kind: 'decline', ip: own.ip}
        : ignore(`${request.mac} declines what it was not given`)
    default:
      return ignore(type === undefined ? 'it is no DHCP request' : `a client does not send ${type.toUpperCase()}`)
  }
}

/**
 * The states of decide.ts. With a record of the client it gets that address or NAK. Without one, INIT-REBOOT is met with
 * silence (RFC 2131 section 4.3.2: somebody else may know it); one that takes our offer, or prolongs a lease that we have
 * lost, keeps the address if it is free.
 */
function judgeRequest(request: Dhcp4Packet, {network, range, table, nowMs, isHosts}: PoolState): PoolVerdict {
  const {mac} = request
  const chosen = findAddress(request.options, optionCode.serverId)
  if (chosen !== undefined && chosen !== network.server) return {kind: 'elsewhere', reason: `it takes the offer of ${chosen}`}
  const wanted = wantedAddress(request)
  if (wanted === undefined) return ignore('the request names no address')
  if (!subnetHas(network.subnet, wanted)) return refuse(`${wanted} is not in ${renderSubnet(network.subnet)}`)
  if (isHosts) return refuse(`${wanted} belongs to a host of the lab`)
  const own = table.findOf(mac)
  if (own !== undefined && own.ip !== wanted) return refuse(`${mac} has ${own.ip}, not ${wanted}`)
  const isReboot = chosen === undefined && request.ciaddr === noAddress
  if (own === undefined && isReboot) return ignore(`nothing is known of ${mac} having ${wanted}`)
  if (!isLeasable(network, range, wanted)) return refuse(`${wanted} is not an address for clients`)
  return isFreeFor(table, wanted, mac, nowMs) ? {kind: 'grant', ip: wanted} : refuse(`${wanted} is not free`)
}

/** Can the address be anybody's? Not those at the edges of the subnet, nor those of the lab's own machines. */
export function isLeasable({subnet, server, nextServer, gateway, dns}: FullNetwork, range: Ipv4Range, ip: Ipv4): boolean {
  if (!rangeHas(range, ip) || hostIpProblem(subnet, ip) !== undefined) return false
  return ![server, nextServer, gateway, ...dns].includes(ip)
}

/** A range that is larger is used up to here, so that the table stays small. */
const MOST_ADDRESSES = 65_536

/**
 * Addresses to offer, best first: the client's own, the one it asks for, those that nobody ever had, those given up longest
 * ago (RFC 2131 section 4.3.1). What hosts have is not known here.
 */
export function* candidates(state: Omit<PoolState, 'isHosts'>, mac: Mac, requested: Ipv4 | undefined): Generator<Ipv4> {
  const {network, range, table, nowMs} = state
  const own = table.findOf(mac)?.ip
  const first = [own, requested].filter((ip) => ip !== undefined)
  const isGood = (ip: Ipv4): boolean => isLeasable(network, range, ip) && isFreeFor(table, ip, mac, nowMs)
  yield* first.filter(isGood)
  let seen = 0
  for (const ip of rangeAddresses(range)) {
    if (seen++ >= MOST_ADDRESSES) break
    if (table.find(ip) === undefined && !first.includes(ip) && isLeasable(network, range, ip)) yield ip
  }
  const given = [...table.all()].filter((lease) => !isHeld(lease, nowMs)).sort((a, b) => a.untilMs - b.untilMs)
  yield* given.map(({ip}) => ip).filter((ip) => !first.includes(ip) && isGood(ip))
}

function refuse(reason: string): PoolVerdict {
  return {kind: 'refuse', reason}
}

function ignore(reason: string): PoolVerdict {
  return {kind: 'ignore', reason}
}
