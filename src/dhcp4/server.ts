// The DHCP server's sockets: datagrams in, decisions asked for, replies out. Decides nothing itself.
import {messageOf} from '../errors.js'
import type {Ipv4, Subnet} from '../net/ipv4.js'
import type {Decision} from './decision.js'
import {decisionEvent, type Dhcp4Event, failureEvent, requestEvent} from './event.js'
import {decodePacket, type Dhcp4Packet, encodePacket} from './packet.js'
import {type Arrival, replyAddress, serverPort} from './reply-address.js'
import {openSocket} from './sockets.js'

export type Dhcp4ServerOptions = {
  /** Our address on the lab network, which also names the interface. A loopback address: unicast only. */
  readonly address: Ipv4
  /** 67 by default; 0 lets the system choose. */
  readonly port?: number
  /** Requests from elsewhere are ignored, and no reply leaves it. */
  readonly subnet: Subnet
  readonly decide: (request: Dhcp4Packet) => Decision | Promise<Decision>
  /** Must not throw. */
  readonly onEvent?: (event: Dhcp4Event) => void
}

/** Datagrams since the start. */
export type Dhcp4Counters = {readonly received: number; readonly malformed: number; readonly answered: number}

export type Dhcp4Server = {
  readonly address: Ipv4
  readonly port: number
  readonly counters: () => Dhcp4Counters
  readonly close: () => Promise<void>
}

const BROADCAST = '255.255.255.255' as Ipv4

/*
 * Two sockets, because Node can neither bind to a device nor tell on which interface a datagram came (no IP_PKTINFO):
 *
 *   255.255.255.255:67    hears broadcasts of every interface, never speaks
 *   SERVER:67             hears unicasts (renewals, relays, boot-test) and sends everything
 *
 * Sending from SERVER gives the right source, and Linux picks the interface of the bound address even for a broadcast,
 * also where the default route leads elsewhere (__ip_route_output_key: limited broadcast with a source address). A
 * DISCOVER heard on another interface has no source address to betray that; where its MAC is in the host database it
 * is decided like any other, and the reply leaves through the lab's interface all the same. So nothing is ever sent on
 * another network; interfaces.e2e.ts watches the wires.
 *
 * Neither socket sets SO_REUSEADDR: with it, we would start silently beside dhcpd and dnsmasq, and take their renewals.
 */

const INSTEAD = [
  'is it dhcpd? pxectl config set dhcp.backend isc   # pxectl then edits its configuration',
  'or serve without DHCP: pxectl serve --dhcp off',
]

/** Starts to answer; throws PORT_IN_USE, PORT_FORBIDDEN or ADDRESS_NOT_LOCAL. After that no datagram and no error ends it. */
export async function startDhcp4Server(options: Dhcp4ServerOptions): Promise<Dhcp4Server> {
  const onEvent = options.onEvent ?? (() => undefined)
  const count = {received: 0, malformed: 0, answered: 0}
  let closed = false

  const answer = async (bytes: Uint8Array, arrival: Arrival): Promise<void> => {
    count.received++
    const decoded = decodePacket(bytes)
    if (decoded.kind === 'malformed') {
      count.malformed++
      return
    }
    const request = decoded.packet
    try {
      onEvent(requestEvent(request))
      const decision = addressed(await options.decide(request), arrival, options.subnet)
      if (closed) return
      if (decision.kind === 'reply') {
        await unicast.send(encodePacket(decision.packet), decision.to)
        count.answered++
      }
      onEvent(decisionEvent(request, decision))
    } catch (error) {
      onEvent(failureEvent(request, messageOf(error)))
    }
  }
  const open = (address: Ipv4, port: number, cast: Arrival['cast']) =>
    openSocket({
      address,
      port,
      instead: INSTEAD,
      onDatagram: (bytes, from) => void answer(bytes, {from, cast}),
      onError: (error) => onEvent({protocol: 'dhcp', kind: 'failed', message: messageOf(error)}),
    })

  const unicast = await open(options.address, options.port ?? serverPort, 'unicast')
  const {port} = unicast
  const sockets = [unicast]
  try {
    if (!options.address.startsWith('127.')) sockets.push(await open(BROADCAST, port, 'broadcast'))
  } catch (error) {
    await unicast.close()
    throw error
  }

  return {
    address: options.address,
    port,
    counters: () => ({...count}),
    close: async () => {
      if (closed) return
      closed = true
      await Promise.all(sockets.map((socket) => socket.close()))
    },
  }
}

/** The decision with its destination; a reply that has none within the lab becomes an `ignore`. */
function addressed(decision: Decision, arrival: Arrival, subnet: Subnet) {
  if (decision.kind !== 'reply') return decision
  const to = replyAddress(decision.packet, arrival, subnet)
  if (to === undefined) return {kind: 'ignore', reason: `it came from ${arrival.from.address}, outside the lab network`} as const
  return {...decision, to}
}
