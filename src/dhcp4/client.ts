// Asks a DHCP server as a booting machine would, for `boot-test`. The conversation is in lease-exchange.ts; this is its socket.
import {createSocket} from 'node:dgram'
import type {Ipv4} from '../net/ipv4.js'
import type {BootClient} from './boot-client.js'
import {type ExchangeInput, type ExchangeOptions, type LeaseOutcome, startExchange, stepExchange} from './lease-exchange.js'
import {decodePacket, encodePacket} from './packet.js'
import {portError} from './port-error.js'
import {serverPort} from './reply-address.js'

/**
 * How to reach the server.
 *
 * `unicast` asks from a port of our own, which pxectl's server answers (reply-address.ts); no privilege needed.
 *
 * `relay` asks a server such as ISC dhcpd, which answers only ports 67 and 68, also one on this very machine: we pose
 * as a relay agent at `address`, our own on the lab's interface. The broadcast leaves through that interface, where
 * dhcpd's packet socket sees outgoing frames too; its answer to giaddr:67 comes over loopback to the most specific
 * socket, which is ours (dhcpd's own is bound to 0.0.0.0). Needs root, and an interface that is up. Measured with dhcpd
 * 4.4.3-P1. Anything else of ours bound to `address`:67 takes the answer.
 */
export type ServerPath =
  {readonly kind: 'unicast'; readonly server: Ipv4; readonly port?: number} | {readonly kind: 'relay'; readonly address: Ipv4}

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
export function leaseDhcp4(options: LeaseOptions): Promise<LeaseOutcome> {
  const {via, client, xid, timeoutMs, now} = options
  const relay = via.kind === 'relay' ? via.address : undefined
  const target = via.kind === 'relay' ? {address: '255.255.255.255', port: serverPort} : {address: via.server, port: via.port ?? serverPort}
  const local = relay === undefined ? {address: '0.0.0.0', port: 0} : {address: relay, port: serverPort}
  // dhcpd and dnsmasq hold 0.0.0.0:67 with SO_REUSEADDR; the same flag lets us stand beside them.
  const socket = createSocket({type: 'udp4', reuseAddr: via.kind === 'relay'})
  const exchange: ExchangeOptions = {client, xid, startMs: now(), timeoutMs, ...(relay === undefined ? {} : {relay})}

  return new Promise((resolve, reject) => {
    let state = startExchange(exchange)
    let timer: NodeJS.Timeout | undefined
    const end = (settle: () => void): void => {
      clearTimeout(timer)
      socket.removeAllListeners().close()
      settle()
    }
    const step = (input: ExchangeInput): void => {
      const next = stepExchange(state, input)
      if (next.kind === 'finish') return end(() => resolve(next.outcome))
      state = next.state
      // A failed send is a lost packet: it is sent again, or the exchange ends as silent.
      if (next.send !== undefined) socket.send(encodePacket(next.send), target.port, target.address, () => undefined)
      clearTimeout(timer)
      timer = setTimeout(() => step({nowMs: now()}), Math.max(0, next.wakeMs - input.nowMs))
    }
    socket.on('error', (error) => end(() => reject(portError(error, local))))
    socket.on('message', (bytes: Buffer) => {
      const decoded = decodePacket(bytes)
      if (decoded.kind === 'packet') step({nowMs: now(), packet: decoded.packet})
    })
    socket.bind(local, () => {
      if (relay !== undefined) socket.setBroadcast(true)
      step({nowMs: now()})
    })
  })
}
