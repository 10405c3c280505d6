// What the full server says, whoever the client is: lease, parameters, refusal.
import {type Ipv4, renderSubnet, subnetHas} from '../net/ipv4.js'
import {firmwareOf, withKnownKind} from './client-firmware.js'
import type {Decision, FilenameFor, Reply} from './decision.js'
import {type Dhcp4Network, leaseTimes, networkOptions} from './lease-options.js'
import {optionCode} from './option-codes.js'
import {messageTypeOf, textBytes} from './option-values.js'
import {type Dhcp4Packet, noAddress} from './packet.js'
import {noFileRemark, replyTo, withBootFile, withOptions, withoutProxyWait} from './reply-packet.js'

/** The network a full server answers on, and what it hands out there. */
export type FullNetwork = Dhcp4Network & {
  readonly filenameFor: FilenameFor
  /**
   * May we tell a client that the address it asks for is wrong here (NAK)? Yes by default, being the only server; where
   * another one serves the same wire, its clients must not hear NAK from us.
   */
  readonly authoritative?: boolean | undefined
}

/** What is known of the client beside its MAC: a host has a name, and perhaps a known firmware. */
export type ReplyClient = {readonly name?: string; readonly firmware?: 'bios' | 'uefi' | undefined}

/** Why a message is nothing for a server of this network, or undefined. */
export function whyOutside(request: Dhcp4Packet, {subnet}: FullNetwork): string | undefined {
  if (request.op !== 'request' || messageTypeOf(request) === undefined) return 'it is no DHCP request'
  const isNear = request.giaddr === noAddress || subnetHas(subnet, request.giaddr)
  return isNear ? undefined : `the relay ${request.giaddr} is not in ${renderSubnet(subnet)}`
}

/** OFFER or ACK: address, lease, network and boot file. */
export function leaseReply(
  request: Dhcp4Packet,
  network: FullNetwork,
  client: ReplyClient & {readonly ip: Ipv4},
  type: 'offer' | 'ack',
): Reply {
  const reply = withOptions(replyTo(request, type, network.server), [
    ...leaseTimes(network),
    ...networkOptions(request, network, client.name),
  ])
  const ciaddr = type === 'ack' ? request.ciaddr : noAddress
  return withBoot({kind: 'reply', type, packet: {...reply, ciaddr, yiaddr: client.ip}}, request, network, client)
}

/** The answer to INFORM has parameters but neither address nor lease (RFC 2131 section 4.3.5). */
export function informReply(request: Dhcp4Packet, network: FullNetwork, client: ReplyClient): Reply {
  const reply = withOptions(replyTo(request, 'ack', network.server), networkOptions(request, network, client.name))
  return withBoot({kind: 'reply', type: 'ack', packet: {...reply, ciaddr: request.ciaddr}}, request, network, client)
}

/** NAK sends the client back to DISCOVER. Through a relay it must be broadcast: RFC 2131 section 4.3.2. */
export function refusal(request: Dhcp4Packet, network: FullNetwork, {name}: ReplyClient, reason: string): Decision {
  if (network.authoritative === false) return {kind: 'ignore', reason}
  const reply = withOptions(replyTo(request, 'nak', network.server), [[optionCode.message, textBytes(reason)]])
  const broadcast = request.giaddr === noAddress ? request.broadcast : true
  return {kind: 'reply', type: 'nak', packet: {...reply, broadcast}, ...(name === undefined ? {} : {name})}
}

/** A lab without a file for this firmware still gives the address, and leaves room for a proxyDHCP server. */
function withBoot(reply: Reply, request: Dhcp4Packet, network: FullNetwork, {name, firmware: kind}: ReplyClient): Reply {
  const named = name === undefined ? reply : {...reply, name}
  const firmware = withKnownKind(firmwareOf(request), kind)
  const filename = network.filenameFor(firmware)
  if (filename === undefined) {
    const remark = noFileRemark(firmware)
    return remark === undefined ? named : {...named, remark}
  }
  const packet = withBootFile(reply.packet, request, firmware, {nextServer: network.nextServer ?? network.server, filename})
  return {...named, packet: firmware.isIpxe ? withoutProxyWait(packet) : packet}
}
