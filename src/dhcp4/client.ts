// Asks a DHCP server as a booting machine would, for `boot-test`. The conversation is in lease-exchange.ts; this is its sockets.
import type {Ipv4} from '../net/ipv4.js'
import type {BootClient} from './boot-client.js'
import {type ExchangeInput, type ExchangeOptions, type LeaseOutcome, startExchange, stepExchange} from './lease-exchange.js'
import {decodePacket, encodePacket, noAddress} from './packet.js'
import {clientPort, type Endpoint, everybody, serverPort} from './reply-address.js'
import {type DhcpSocket, openSocket, type SocketOptions} from './sockets.js'

/**
 * How to reach the server.
 *
 * `unicast` asks from a port of our own, which pxectl's server answers (reply-address.ts); no privilege needed.
 *
 * `relay` asks a server such as ISC dhcpd, which answers only ports 67 and 68, also one on this very machine: we pose
 * as a relay agent at `address`, our own on the lab's interface. The broadcast leaves through that interface, where
 * dhcpd's packet socket sees outgoing frames too; its answer to giaddr:67 comes over loopback to the most specific
 * socket, which is ours (dhcpd's own is bound to 0.0.0.0). Needs root, and an interface that is up. Measured with dhcpd
 * 4.4.3-P1. Anything else of ours bound to `address`:67 takes the answer. Proxies leave relays alone.
 *
 * `client` is the way of every machine: broadcasts from port 68 and to it. Servers and proxies on other machines answer, and on this
 * one those with UDP sockets (dnsmasq, pxectl): the kernel brings broadcasts back up, but not what dhcpd and Kea send past it.
 * `address` chooses the interface; without one there must be a route to 255.255.255.255, and questions come from 0.0.0.0.
 */
export type ServerPath =
  | {readonly kind: 'unicast'; readonly server: Ipv4; readonly port?: number}
  | {readonly kind: 'relay'; readonly address: Ipv4}
  | {readonly kind: 'client'; readonly address?: Ipv4; readonly proxyWaitMs: number}

export type LeaseOptions = {
  readonly via: ServerPath
  readonly client: BootClient
  readonly timeoutMs: number
  /** Transaction number, 32 random bits. */
  readonly xid: number
  /** Milliseconds from any fixed moment, e.g. `() => performance.now()`. */
  readonly now: () => number
}

/** DISCOVER, OFFER, REQUEST, ACK. No answer and NAK are outcomes; a port that cannot be opened throws. */
export async function leaseDhcp4(options: LeaseOptions): Promise<LeaseOutcome> {
  const {via} = options
  const inbox: {take: (bytes: Uint8Array) => void; fail: (error: Error) => void} = {take: () => undefined, fail: () => undefined}
  const sockets: DhcpSocket[] = []
  try {
    for (const place of placesOf(via)) {
      sockets.push(await openSocket({...place, onDatagram: (bytes) => inbox.take(bytes), onError: (error) => inbox.fail(error)}))
    }
    return await exchangeWith(sockets[0], options, inbox)
  } finally {
    await Promise.all(sockets.map((socket) => socket.close()))
  }
}

/** The first one speaks, all hear. Those of the well-known ports are shared: dhcpd, dnsmasq and DHCP clients set SO_REUSEADDR too. */
function placesOf(via: ServerPath): Pick<SocketOptions, 'address' | 'port' | 'shared'>[] {
  switch (via.kind) {
    case 'unicast':
      return [{address: noAddress, port: 0}]
    case 'relay':
      return [{address: via.address, port: serverPort, shared: true}]
    case 'client':
      return via.address === undefined ? [{address: noAddress, port: clientPort, shared: true}] : clientPlaces(via.address)
  }
}

/** The places of a client on one of several interfaces: one to speak through it, one to hear what is said to everybody. */
export function clientPlaces(address: Ipv4): Pick<SocketOptions, 'address' | 'port' | 'shared'>[] {
  return [
    {address, port: clientPort, shared: true},
    {address: everybody.address, port: clientPort, shared: true},
  ]
}

/** What comes in reaches `inbox` from now on. */
function exchangeWith(
  socket: DhcpSocket | undefined,
  options: LeaseOptions,
  inbox: {take: (bytes: Uint8Array) => void; fail: (error: Error) => void},
): Promise<LeaseOutcome> {
  const {via, client, xid, timeoutMs, now} = options
  const to: Endpoint =
    via.kind === 'unicast' ? {address: via.server, port: via.port ?? serverPort} : {address: everybody.address, port: serverPort}
  const exchange: ExchangeOptions = {
    ...{client, xid, startMs: now(), timeoutMs},
    ...(via.kind === 'relay' ? {relay: via.address} : {}),
    ...(via.kind === 'client' ? {proxyWaitMs: via.proxyWaitMs} : {}),
  }
  return new Promise((resolve, reject) => {
    let state = startExchange(exchange)
    let timer: NodeJS.Timeout | undefined
    const step = (input: ExchangeInput): void => {
      clearTimeout(timer)
      const next = stepExchange(state, input)
      if (next.kind === 'finish') {
        inbox.take = () => undefined
        return resolve(next.outcome)
      }
      state = next.state
      // A failed send is a lost packet: it is sent again, or the exchange ends as silent.
      if (next.send !== undefined) socket?.send(encodePacket(next.send), to).catch(() => undefined)
      timer = setTimeout(() => step({nowMs: now()}), Math.max(0, next.wakeMs - input.nowMs))
    }
    inbox.fail = (error) => {
      clearTimeout(timer)
      reject(error)
    }
    inbox.take = (bytes) => {
      const decoded = decodePacket(bytes)
      if (decoded.kind === 'packet') step({nowMs: now(), packet: decoded.packet})
    }
    step({nowMs: now()})
  })
}
