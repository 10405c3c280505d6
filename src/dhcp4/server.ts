// The full server's sockets: datagrams in, replies out. What is said to whom is decided elsewhere.
import type {Ipv4} from '../net/ipv4.js'
import {type Answerer, type AnswerOptions, createAnswerer, type Dhcp4Counters} from './answerer.js'
import {type Arrival, everybody, serverPort} from './reply-address.js'
import {type DhcpSocket, openSocket} from './sockets.js'

export type Dhcp4ServerOptions = AnswerOptions & {
  /** Our address on the lab network, which also names the interface. A loopback address: unicast only. */
  readonly address: Ipv4
  /** 67 by default; 0 lets the system choose. */
  readonly port?: number
}

export type Dhcp4Server = {
  readonly address: Ipv4
  readonly port: number
  readonly counters: () => Dhcp4Counters
  readonly close: () => Promise<void>
}

/*
 * Two sockets, because Node can neither bind to a device nor tell on which interface a datagram came (no IP_PKTINFO):
 *
 *   255.255.255.255:67    hears broadcasts of every interface, never speaks
 *   SERVER:67             hears unicasts (renewals, relays, boot-test) and sends everything
 *
 * Sending from SERVER gives the right source, and Linux picks the interface of the bound address even for a broadcast,
 * also where the default route leads elsewhere (__ip_route_output_key: limited broadcast with a source address). A
 * DISCOVER heard on another interface has no source address to betray that; it is decided like any other, and the reply
 * leaves through the lab's interface all the same. So nothing is ever sent on another network; interfaces.e2e.ts watches
 * the wires. An address that was offered so is free again when the client takes somebody else's, or after a minute.
 *
 * Neither socket sets SO_REUSEADDR: with it, we would start silently beside dhcpd and dnsmasq, and take their renewals.
 */

const INSTEAD = [
  'is it dhcpd? pxectl config set dhcp.backend isc   # pxectl then edits its configuration',
  'or only name the boot files, beside it: pxectl serve --dhcp proxy',
  'or serve without DHCP: pxectl serve --dhcp off',
]

/** Starts to answer; throws PORT_IN_USE, PORT_FORBIDDEN or ADDRESS_NOT_LOCAL. After that no datagram and no error ends it. */
export async function startDhcp4Server(options: Dhcp4ServerOptions): Promise<Dhcp4Server> {
  const {address} = options
  const answerer = createAnswerer(options)
  const open = (at: Ipv4, port: number, cast: Arrival['cast']): Promise<DhcpSocket> =>
    openSocket({
      address: at,
      port,
      instead: INSTEAD,
      onDatagram: (bytes, from) => void answerer.take(bytes, {from, cast}, (reply, to) => unicast.send(reply, to)),
      onError: answerer.tellTrouble,
    })

  const unicast: DhcpSocket = await open(address, options.port ?? serverPort, 'unicast')
  const sockets = [unicast]
  try {
    if (!address.startsWith('127.')) sockets.push(await open(everybody.address, unicast.port, 'broadcast'))
  } catch (error) {
    await unicast.close()
    throw error
  }
  return {address, port: unicast.port, counters: answerer.counters, close: closeAll(answerer, sockets)}
}

/** Closes once, however often it is called. */
export function closeAll(answerer: Answerer, sockets: readonly DhcpSocket[]): () => Promise<void> {
  let closed: Promise<unknown> | undefined
  return async () => {
    answerer.stop()
    closed ??= Promise.all(sockets.map((socket) => socket.close()))
    await closed
  }
}
