// Full mode: the one DHCP server of a lab network, answering only the hosts of the database, each with its own address.
// Pure: request and host in, decision out. No pool and no lease file: an address changes only when the database does.
import {type Ipv4, renderSubnet, subnetHas} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import {firmwareOf, withKnownKind} from './client-firmware.js'
import type {Decision, FilenameFor, Reply} from './decision.js'
import {type Dhcp4Network, leaseTimes, networkOptions} from './lease-options.js'
import {optionCode} from './option-codes.js'
import {findAddress, messageTypeOf, textBytes} from './option-values.js'
import {type Dhcp4Packet, noAddress} from './packet.js'
import {noFileRemark, replyTo, withBootFile, withOptions, withoutProxyWait} from './reply-packet.js'

/** A host as the server needs it. Found by MAC alone: ROM, iPXE and operating system each send another client id (61). */
export type Dhcp4Host = {
  readonly name: string
  readonly mac: Mac
  readonly ip: Ipv4
  /** What the database knows of its firmware; wins over what the client says. */
  readonly firmware?: 'bios' | 'uefi' | undefined
}

/** The network a full server answers on, and what it hands out there. */
export type FullNetwork = Dhcp4Network & {
  readonly filenameFor: FilenameFor
  /**
   * May we tell a client that the address it asks for is wrong here (NAK)? Yes by default, being the only server; where
   * another one serves the same wire, its clients must not hear NAK from us.
   */
  readonly authoritative?: boolean | undefined
}

/** Decides about one request; `host` is the record with the request's MAC, undefined where there is none. */
export function decideReply(request: Dhcp4Packet, network: FullNetwork, host: Dhcp4Host | undefined): Decision {
  const {subnet} = network
  const type = messageTypeOf(request)
  if (request.op !== 'request' || type === undefined) return ignore('it is no DHCP request')
  if (request.giaddr !== noAddress && !subnetHas(subnet, request.giaddr)) {
    return ignore(`the relay ${request.giaddr} is not in ${renderSubnet(subnet)}`)
  }
  if (host === undefined) return ignore(`${request.mac} is not in the host database`)
  if (!subnetHas(subnet, host.ip)) return ignore(`${host.name} has ${host.ip}, which is not in ${renderSubnet(subnet)}`)
  switch (type) {
    case 'discover':
      return lease(request, network, host, 'offer')
    case 'request':
      return decideRequest(request, network, host)
    case 'inform':
      return inform(request, network, host)
    case 'release':
      return {kind: 'note', message: `${host.name} gave ${host.ip} back; it stays reserved`, name: host.name}
    case 'decline':
      return {kind: 'note', message: `${host.name} found ${declinedAddress(request)} in use by another machine`, name: host.name}
    case 'offer':
    case 'ack':
    case 'nak':
      return ignore(`a client does not send ${type.toUpperCase()}`)
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
  const requested = findAddress(request.options, optionCode.requestedAddress)
  const wanted = requested ?? (request.ciaddr === noAddress ? undefined : request.ciaddr)
  if (wanted === undefined) return ignore('the request names no address')
  if (wanted === host.ip) return lease(request, network, host, 'ack')
  const mismatch = `${host.name} is ${host.ip}, not ${wanted}`
  return network.authoritative !== false ? refuse(request, network, host, mismatch) : ignore(mismatch)
}

/** OFFER or ACK: address, lease, network and boot file. */
function lease(request: Dhcp4Packet, network: FullNetwork, host: Dhcp4Host, type: 'offer' | 'ack'): Decision {
  const reply = withOptions(replyTo(request, type, network.server), [
    ...leaseTimes(network),
    ...networkOptions(request, network, host.name),
  ])
  const ciaddr = type === 'ack' ? request.ciaddr : noAddress
  return withBoot({kind: 'reply', type, packet: {...reply, ciaddr, yiaddr: host.ip}, name: host.name}, request, network, host)
}

/** The answer to INFORM has parameters but neither address nor lease (RFC 2131 section 4.3.5). */
function inform(request: Dhcp4Packet, network: FullNetwork, host: Dhcp4Host): Decision {
  const reply = withOptions(replyTo(request, 'ack', network.server), networkOptions(request, network, host.name))
  return withBoot({kind: 'reply', type: 'ack', packet: {...reply, ciaddr: request.ciaddr}, name: host.name}, request, network, host)
}

/** NAK sends the client back to DISCOVER. Through a relay it must be broadcast: RFC 2131 section 4.3.2. */
function refuse(request: Dhcp4Packet, network: FullNetwork, host: Dhcp4Host, reason: string): Decision {
  const reply = withOptions(replyTo(request, 'nak', network.server), [[optionCode.message, textBytes(reason)]])
  const broadcast = request.giaddr === noAddress ? request.broadcast : true
  return {kind: 'reply', type: 'nak', packet: {...reply, broadcast}, name: host.name}
}

/** A lab without a file for this firmware still gives the address, and leaves room for a proxyDHCP server. */
function withBoot(reply: Reply, request: Dhcp4Packet, network: FullNetwork, host: Dhcp4Host): Reply {
  const firmware = withKnownKind(firmwareOf(request), host.firmware)
  const filename = network.filenameFor(firmware)
  if (filename === undefined) {
    const remark = noFileRemark(firmware)
    return remark === undefined ? reply : {...reply, remark}
  }
  const packet = withBootFile(reply.packet, request, firmware, {nextServer: network.nextServer ?? network.server, filename})
  return {...reply, packet: firmware.isIpxe ? withoutProxyWait(packet) : packet}
}

function declinedAddress(request: Dhcp4Packet): string {
  return findAddress(request.options, optionCode.requestedAddress) ?? 'its address'
}

function ignore(reason: string): Decision {
  return {kind: 'ignore', reason}
}
