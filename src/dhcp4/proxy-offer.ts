// What a booting machine makes of two answers: the address from one server, the boot file perhaps from a proxy (PXE 2.1
// section 2.2.3). Pure.
import type {Ipv4} from '../net/ipv4.js'
import {optionCode} from './option-codes.js'
import {bootFilenameOf, findAddress, findText, messageTypeOf} from './option-values.js'
import {type Dhcp4Packet, noAddress} from './packet.js'
import {findSubOptions, ipxeCode} from './sub-options.js'

/** Which file, and where it is. */
export type BootPlace = {
  /** Who says so (option 54). */
  readonly serverId: Ipv4
  /** siaddr; undefined where the server left it 0.0.0.0. */
  readonly nextServer?: Ipv4
  /** undefined: a proxy that wants to be asked once more, at port 4011. */
  readonly filename?: string
}

/** The boot file that a reply names. */
export function bootPlaceOf(reply: Dhcp4Packet, serverId: Ipv4): BootPlace {
  const filename = bootFilenameOf(reply)
  return {
    serverId,
    ...(reply.siaddr === noAddress ? {} : {nextServer: reply.siaddr}),
    ...(filename === undefined ? {} : {filename}),
  }
}

/** A proxy's offer: it is for machines that boot, and has no address. */
export function findProxyOffer(reply: Dhcp4Packet): BootPlace | undefined {
  const serverId = findAddress(reply.options, optionCode.serverId)
  if (messageTypeOf(reply) !== 'offer' || serverId === undefined || reply.yiaddr !== noAddress || !isForBooting(reply)) return undefined
  return bootPlaceOf(reply, serverId)
}

/**
 * Does the machine look no further when it has this answer? So it is where the DHCP server itself speaks PXE (option 60) and
 * names a file, and where it tells iPXE not to wait (`no-pxedhcp`).
 */
export function needsNoProxy(reply: Dhcp4Packet): boolean {
  const wantsNone = findSubOptions(reply.options, optionCode.ipxe)?.get(ipxeCode.noProxyDhcp)?.[0] === 1
  return wantsNone || (isForBooting(reply) && bootFilenameOf(reply) !== undefined)
}

function isForBooting({options}: Dhcp4Packet): boolean {
  return /^(?:PXE|HTTP)Client/.test(findText(options, optionCode.vendorClass) ?? '')
}
