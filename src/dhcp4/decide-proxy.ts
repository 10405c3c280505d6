// Proxy mode: beside the DHCP server that gives the addresses, names the boot file to whoever boots from the network.
// Pure: request and host in, decision out. Every PXE client of the wire is served, known or not.
import type {Ipv4} from '../net/ipv4.js'
import {firmwareOf, isBootClient, withKnownKind} from './client-firmware.js'
import type {Dhcp4Host} from './decide.js'
import type {Decision, FilenameFor} from './decision.js'
import {optionCode} from './option-codes.js'
import {findAddress, messageTypeOf} from './option-values.js'
import {type Dhcp4Packet, noAddress} from './packet.js'
import type {Arrival} from './reply-address.js'
import {noFileRemark, replyTo, withBootFile, withOptions} from './reply-packet.js'
import {chosenBootItem} from './sub-options.js'

export type ProxyNetwork = {
  /** Our address: option 54. */
  readonly server: Ipv4
  /** siaddr and option 66; `server` when absent. */
  readonly nextServer?: Ipv4 | undefined
  readonly filenameFor: FilenameFor
}

/** What the database knows of the client; undefined for one that is no host. */
export type ProxyHost = Pick<Dhcp4Host, 'name' | 'firmware'>

/** Is it a question for a proxy at all? An operating system that wants an address is none of its business. */
export function concernsProxy(request: Dhcp4Packet): boolean {
  return request.op === 'request' && isBootClient(firmwareOf(request))
}

/**
 * DISCOVER, heard by everybody, gets an OFFER without an address; a question to port 4011 gets an ACK. One REQUEST on port
 * 67 is the client taking the other server's offer, and RELEASE, DECLINE and INFORM are between those two as well.
 */
export function decideProxy(request: Dhcp4Packet, network: ProxyNetwork, host: ProxyHost | undefined, cast: Arrival['cast']): Decision {
  if (!concernsProxy(request)) return ignore('it boots nothing from the network')
  const type = messageTypeOf(request)
  if (cast === 'proxy')
    return type === 'request' || type === 'inform' ? bootFile(request, network, host, 'ack') : ignore('port 4011 takes REQUEST')
  if (request.giaddr !== noAddress) return ignore(`the relay ${request.giaddr} asks the DHCP server`)
  if (type === 'discover') return bootFile(request, network, host, 'offer')
  if (type !== 'request') return ignore(`${(type ?? 'BOOTP').toUpperCase()} is for the DHCP server`)
  const chosen = findAddress(request.options, optionCode.serverId)
  return ignore(chosen === undefined ? 'it asks the DHCP server for its address' : `it takes the address that ${chosen} offers`)
}

/** Without a file there is nothing to say: an empty offer would only make the client wait. */
function bootFile(request: Dhcp4Packet, network: ProxyNetwork, host: ProxyHost | undefined, type: 'offer' | 'ack'): Decision {
  const firmware = withKnownKind(firmwareOf(request), host?.firmware)
  const filename = network.filenameFor(firmware)
  if (filename === undefined) return ignore(noFileRemark(firmware) ?? 'it boots nothing from the network')
  const boot = {nextServer: network.nextServer ?? network.server, filename}
  const reply = withBootFile(replyTo(request, type, network.server), request, firmware, boot)
  const packet = type === 'ack' ? {...withOptions(reply, chosenBootItem(request.options)), ciaddr: request.ciaddr} : reply
  return {kind: 'reply', type, packet, ...(host === undefined ? {} : {name: host.name})}
}

function ignore(reason: string): Decision {
  return {kind: 'ignore', reason}
}
