// Full mode: the one DHCP server of a lab network, giving each host of the database its own address.
// Pure: request and host in, decision out. The address of a host changes only when the database does; clients that are no
// hosts are ignored, or get leases of a range (judge-pool.ts).
import {type Ipv4, renderSubnet, subnetHas} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {Decision} from './decision.js'
import {type FullNetwork, informReply, leaseReply, refusal, whyOutside} from './full-reply.js'
import {wantedAddress} from './judge-pool.js'
import {optionCode} from './option-codes.js'
import {findAddress, messageTypeOf} from './option-values.js'
import type {Dhcp4Packet} from './packet.js'

/** A host as the server needs it. Found by MAC alone: ROM, iPXE and operating system each send another client id (61). */
export type Dhcp4Host = {
  readonly name: string
  readonly mac: Mac
  readonly ip: Ipv4
  /** What the database knows of its firmware; wins over what the client says. */
  readonly firmware?: 'bios' | 'uefi' | undefined
}

/** Decides about one request; `host` is the record with the request's MAC, undefined where there is none. */
export function decideReply(request: Dhcp4Packet, network: FullNetwork, host: Dhcp4Host | undefined): Decision {
  const {subnet} = network
  const outside = whyOutside(request, network)
  if (outside !== undefined) return ignore(outside)
  if (host === undefined) return ignore(`${request.mac} is not in the host database`)
  if (!subnetHas(subnet, host.ip)) return ignore(`${host.name} has ${host.ip}, which is not in ${renderSubnet(subnet)}`)
  const type = messageTypeOf(request)
  switch (type) {
    case 'discover':
      return leaseReply(request, network, host, 'offer')
    case 'request':
      return decideRequest(request, network, host)
    case 'inform':
      return informReply(request, network, host)
    case 'release':
      return {kind: 'note', message: `${host.name} gave ${host.ip} back; it stays reserved`, name: host.name}
    case 'decline':
      return {kind: 'note', message: `${host.name} found ${declinedAddress(request)} in use by another machine`, name: host.name}
    default:
      return ignore(`a client does not send ${(type ?? 'BOOTP').toUpperCase()}`)
  }
}

/**
 * REQUEST means four things, told apart by what it carries (RFC 2131 section 4.3.2):
 *
 *     state                  54    50    ciaddr
 *     SELECTING              yes   yes   0        takes one of the offers
 *     INIT-REBOOT            –     yes   0        "I had this address, may I keep it?"
 *     RENEWING, REBINDING    –     –     yes      prolongs its lease
 */
function decideRequest(request: Dhcp4Packet, network: FullNetwork, host: Dhcp4Host): Decision {
  const chosen = findAddress(request.options, optionCode.serverId)
  if (chosen !== undefined && chosen !== network.server) return ignore(`it takes the offer of ${chosen}`)
  const wanted = wantedAddress(request)
  if (wanted === undefined) return ignore('the request names no address')
  if (wanted === host.ip) return leaseReply(request, network, host, 'ack')
  return refusal(request, network, host, `${host.name} is ${host.ip}, not ${wanted}`)
}

function declinedAddress(request: Dhcp4Packet): string {
  return findAddress(request.options, optionCode.requestedAddress) ?? 'its address'
}

function ignore(reason: string): Decision {
  return {kind: 'ignore', reason}
}
