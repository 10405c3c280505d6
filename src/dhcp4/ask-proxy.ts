// Asks the proxies of a wire for the boot file, for a machine that got its address by another way (client.ts, `relay`).
import type {Ipv4} from '../net/ipv4.js'
import {type BootClient, bootRequest} from './boot-client.js'
import {clientPlaces} from './client.js'
import {optionCode} from './option-codes.js'
import {messageTypeBytes, messageTypeOf} from './option-values.js'
import {decodePacket, type Dhcp4Packet, encodePacket, noAddress} from './packet.js'
import {type BootPlace, bootPlaceOf, findProxyOffer} from './proxy-offer.js'
import {type Endpoint, everybody, proxyPort, serverPort} from './reply-address.js'
import {type DhcpSocket, openSocket, type SocketOptions} from './sockets.js'

export type AskProxyOptions = {
  readonly client: BootClient
  /** 32 random bits. */
  readonly xid: number
  readonly timeoutMs: number
}

/** A lost packet is sent again so often. */
const EVERY_MS = 1000

/** DISCOVER from `address`, our own on the wire: the first offer of a proxy, or undefined. Throws where port 68 cannot be had (needs root). */
export function findProxy(address: Ipv4, options: AskProxyOptions): Promise<BootPlace | undefined> {
  const question = {...bootRequest(options.client, {xid: options.xid, secs: 0}), broadcast: true}
  const ask = {question, to: {address: everybody.address, port: serverPort}, places: clientPlaces(address)}
  return firstAnswer(ask, options, findProxyOffer)
}

/**
 * REQUEST to a proxy's port 4011, from any port: what it answers, or undefined. A machine gives the address that it has got as its
 * own (ciaddr), and dnsmasq answers there; so here it is `address`, ours.
 */
export function askProxyPort(proxy: Ipv4, address: Ipv4, options: AskProxyOptions): Promise<BootPlace | undefined> {
  const discover = bootRequest(options.client, {xid: options.xid, secs: 0})
  const asRequest = new Map([...discover.options, [optionCode.messageType, messageTypeBytes('request')]])
  const question = {...discover, ciaddr: address, options: asRequest}
  const ask = {question, to: {address: proxy, port: proxyPort}, places: [{address: noAddress, port: 0}]}
  return firstAnswer(ask, options, (reply) => (messageTypeOf(reply) === 'ack' ? bootPlaceOf(reply, proxy) : undefined))
}

type Ask = {
  readonly question: Dhcp4Packet
  readonly to: Endpoint
  /** The first one speaks, all hear. */
  readonly places: readonly Pick<SocketOptions, 'address' | 'port' | 'shared'>[]
}

async function firstAnswer<T>(
  {question, to, places}: Ask,
  {timeoutMs}: AskProxyOptions,
  read: (reply: Dhcp4Packet) => T | undefined,
): Promise<T | undefined> {
  const sockets: DhcpSocket[] = []
  const timers: NodeJS.Timeout[] = []
  let answered: (answer: T | undefined) => void = () => undefined
  const answer = new Promise<T | undefined>((resolve) => (answered = resolve))
  const onDatagram = (bytes: Uint8Array): void => {
    const decoded = decodePacket(bytes)
    if (decoded.kind !== 'packet' || decoded.packet.op !== 'reply') return
    const {packet} = decoded
    const found = packet.xid === question.xid && packet.mac === question.mac ? read(packet) : undefined
    if (found !== undefined) answered(found)
  }
  try {
    for (const place of places) sockets.push(await openSocket({...place, onDatagram}))
    // A failed send is a lost packet.
    const send = (): void => void sockets[0]?.send(encodePacket(question), to).catch(() => undefined)
    send()
    timers.push(
      setInterval(send, EVERY_MS),
      setTimeout(() => answered(undefined), timeoutMs),
    )
    return await answer
  } finally {
    for (const timer of timers) clearTimeout(timer)
    await Promise.all(sockets.map((socket) => socket.close()))
  }
}
