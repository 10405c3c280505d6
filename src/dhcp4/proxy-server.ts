// The proxy's sockets: they stand beside a DHCP server, on this machine or another, and take nothing that is meant for it.
import type {Ipv4} from '../net/ipv4.js'
import {type AnswerOptions, createAnswerer} from './answerer.js'
import {everybody, proxyPort, serverPort} from './reply-address.js'
import {closeAll, type Dhcp4Server} from './server.js'
import {type DhcpSocket, openSocket, type SocketOptions} from './sockets.js'

/*
 *   255.255.255.255:67              hears what clients tell everybody, and no unicast: renewals reach the other server
 *   SERVER:67 → 255.255.255.255:68  sends offers, from the port that EDK2 insists on; connected, so it hears nothing
 *   SERVER:4011                     hears and answers ROMs that ask once more, though our offer says they need not
 *
 * The first two set SO_REUSEADDR, as dhcpd and a dnsmasq with bind-interfaces or bind-dynamic do (measured: dhcpd 4.4.3-P1,
 * dnsmasq 2.90). A plain dnsmasq and Kea do not, and cannot be stood beside on one machine; on another one anything can.
 * As with the full server, a broadcast of another interface is heard too; the answer leaves through the lab's alone.
 */

const INSTEAD = [
  'is it dnsmasq? add the line bind-interfaces (or bind-dynamic) to its configuration and restart it; both then share the port',
  'is it Kea? its raw sockets share nothing: let Kea name the boot files, pxectl config set dhcp.backend kea',
  'is it another pxectl serve? one is enough',
  'or serve without DHCP: pxectl serve --dhcp off',
]

export type ProxyServerOptions = AnswerOptions & {
  /** Our address on the lab network, which also names the interface that offers leave through. */
  readonly address: Ipv4
}

/** Starts to answer; throws PORT_IN_USE, PORT_FORBIDDEN or ADDRESS_NOT_LOCAL. After that no datagram and no error ends it. */
export async function startProxyServer(options: ProxyServerOptions): Promise<Dhcp4Server> {
  const {address} = options
  const answerer = createAnswerer(options)
  const sockets: DhcpSocket[] = []
  const open = async (wanted: Omit<SocketOptions, 'instead' | 'onError'>): Promise<DhcpSocket> => {
    const socket = await openSocket({...wanted, instead: INSTEAD, onError: answerer.tellTrouble})
    sockets.push(socket)
    return socket
  }
  const close = closeAll(answerer, sockets)
  try {
    const sender = await open({address, port: serverPort, shared: true, connectTo: everybody})
    await open({
      address: everybody.address,
      port: serverPort,
      shared: true,
      onDatagram: (bytes, from) => void answerer.take(bytes, {from, cast: 'broadcast'}, (reply) => sender.send(reply, everybody)),
    })
    const proxy: DhcpSocket = await open({
      address,
      port: proxyPort,
      onDatagram: (bytes, from) => void answerer.take(bytes, {from, cast: 'proxy'}, (reply, to) => proxy.send(reply, to)),
    })
    return {address, port: serverPort, counters: answerer.counters, close}
  } catch (error) {
    await close()
    throw error
  }
}
