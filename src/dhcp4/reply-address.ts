// Where a reply goes. RFC 2131 section 4.1, less what a plain UDP socket cannot do, plus one rule for tests.
import {type Ipv4, type Subnet, subnetHas} from '../net/ipv4.js'
import {messageTypeOf} from './option-values.js'
import {type Dhcp4Packet, noAddress} from './packet.js'

/** The ports of RFC 2131 section 4.1. */
export const serverPort = 67
export const clientPort = 68

/** Where PXE clients ask a proxy for more (PXE 2.1 section 2.2.3, "ProxyDHCP on port 4011"). */
export const proxyPort = 4011

export type Endpoint = {readonly address: Ipv4; readonly port: number}

/** A request on its way: who sent it, and whether it came to everybody, to us alone, or to our port 4011. */
export type Arrival = {readonly from: Endpoint; readonly cast: 'unicast' | 'broadcast' | 'proxy'}

/** All clients of a wire. */
export const everybody: Endpoint = {address: '255.255.255.255' as Ipv4, port: clientPort}

/**
 * The destination, or undefined where the request came from outside the lab: through another interface of this machine,
 * or routed. Answers never leave the subnet, whatever address a request claims.
 *
 * A client without an address (yiaddr only) is answered by broadcast, asked for or not: sending to its MAC would need a
 * raw socket, and iPXE and OVMF take the broadcast.
 */
export function replyAddress(reply: Dhcp4Packet, arrival: Arrival, subnet: Subnet): Endpoint | undefined {
  const {from, cast} = arrival
  const {giaddr, ciaddr} = reply
  if (!isInside(from.address, subnet)) return undefined
  // EDK2 asks from port 4011 and listens nowhere else, iPXE asks from 68.
  if (cast === 'proxy') return from.address === noAddress ? undefined : from
  if (giaddr !== noAddress) return subnetHas(subnet, giaddr) ? {address: giaddr, port: serverPort} : undefined
  if (cast === 'unicast' && isProbe(from)) return from
  if (messageTypeOf(reply) === 'nak' || ciaddr === noAddress) return everybody
  return subnetHas(subnet, ciaddr) ? {address: ciaddr, port: clientPort} : undefined
}

/**
 * Not firmware but a program that asks us in person from a port of its own: `pxectl boot-test` and the demo, which so
 * need neither root nor an interface. It is answered where it is.
 */
function isProbe(from: Endpoint): boolean {
  return from.address !== noAddress && from.port !== serverPort && from.port !== clientPort
}

function isInside(address: Ipv4, subnet: Subnet): boolean {
  return address === noAddress || address.startsWith('127.') || subnetHas(subnet, address)
}
