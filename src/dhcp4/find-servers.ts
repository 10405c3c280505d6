// Which DHCP servers answer on a wire? Asks as a client and as a relay, takes nothing, and waits.
import {randomBytes, randomInt} from 'node:crypto'
import {PxectlError} from '../errors.js'
import type {Ipv4} from '../net/ipv4.js'
import {type Mac, macFromBytes} from '../net/mac.js'
import {bootRequest} from './boot-client.js'
import {optionCode} from './option-codes.js'
import {bootFilenameOf, findAddress, messageTypeBytes, messageTypeOf} from './option-values.js'
import {decodePacket, type Dhcp4Packet, encodePacket, noAddress} from './packet.js'
import {clientPort, type Endpoint, everybody, serverPort} from './reply-address.js'
import {type DhcpSocket, openSocket} from './sockets.js'

/** A server that answered. */
export type FoundServer = {
  /** Option 54, else where the answer came from. */
  readonly serverId: Ipv4
  /** The address it would have given us; undefined where it offered none. */
  readonly offered: Ipv4 | undefined
  /** `proxy`: it gives no addresses at all, only boot files (PXE 2.1 section 2.2.3). */
  readonly kind: 'dhcp' | 'proxy'
  readonly nextServer?: Ipv4
  readonly filename?: string
}

export type FindServersOptions = {
  /** Our address on the wire, which also chooses the interface. */
  readonly address: Ipv4
  /** The interface's name, for the details of errors. */
  readonly interface?: string
  /** How long to wait; the answer always takes this long. 2000 is enough (see below). */
  readonly timeoutMs: number
}

/*
 * One question is not enough (measured with dhcpd 4.4.3-P1 and dnsmasq 2.90):
 *
 *   as client    INFORM                              first, and answered at once
 *                DISCOVER with the broadcast flag    answered to everybody's port 68 by dhcpd on another machine
 *   as relay     DISCOVER with giaddr                answered to our port 67 by dhcpd on this very machine: what its packet
 *                                                    socket sends to everybody never comes up our own stack
 *
 * DISCOVER is sent only where nobody has answered yet, for it costs the lab something: dnsmasq pings the address that it
 * would offer for 3 s, and hears nobody meanwhile. The hardware addresses are made up, so no lease of anybody is touched.
 */

/**
 * The servers that answer, proxies among them, each once. A server that serves only hosts it knows stays unseen, and one that
 * ignores INFORM where another answers it. Sends only broadcasts, from `address`. Throws PORT_FORBIDDEN (needs root),
 * ADDRESS_NOT_LOCAL; and PORT_IN_USE where nobody was found and a program of this machine, Kea or pxectl, has port 67 for itself.
 */
export async function findDhcpServers(options: FindServersOptions): Promise<FoundServer[]> {
  const {address, timeoutMs} = options
  // dhcpd drops the second question of one machine while it pings for the first.
  const [mac, relayedMac] = [madeUpMac(), madeUpMac()]
  const xid = randomInt(2 ** 32)
  const found = new Map<Ipv4, FoundServer>()
  const onDatagram = (bytes: Uint8Array, from: Endpoint): void => {
    const decoded = decodePacket(bytes)
    if (decoded.kind === 'malformed' || decoded.packet.xid !== xid) return
    if (decoded.packet.mac !== mac && decoded.packet.mac !== relayedMac) return
    const server = serverOf(decoded.packet, from.address)
    if (server !== undefined) found.set(server.serverId, joined(found.get(server.serverId), server))
  }

  const firmware = {architecture: 0, isIpxe: false, isHttpClient: false}
  const discover = {...bootRequest({mac, firmware}, {xid, secs: 0}), broadcast: true}
  const inform = {
    ...discover,
    ciaddr: address,
    options: new Map([...discover.options, [optionCode.messageType, messageTypeBytes('inform')]]),
  }
  const relayed = {...discover, mac: relayedMac, giaddr: address, hops: 1}

  const servers = {address: everybody.address, port: serverPort}
  const where = options.interface === undefined ? {} : {interface: options.interface}
  const open = (at: Ipv4, port: number): Promise<DhcpSocket | Error> =>
    openSocket({...where, address: at, port, shared: true, onDatagram}).catch((error: Error) => error)
  const opened = await Promise.all([open(address, serverPort), open(address, clientPort), open(everybody.address, clientPort)])
  const [asRelay, asClient] = opened.map((one) => (one instanceof Error ? undefined : one))
  const problems = opened.filter((one) => one instanceof Error)
  try {
    const fatal = problems.find((problem) => codeOf(problem) !== 'PORT_IN_USE')
    if (fatal !== undefined) throw fatal
    // A failed send is a lost packet.
    const send = async (socket: DhcpSocket | undefined, packet: Dhcp4Packet): Promise<void> =>
      socket?.send(encodePacket(packet), servers).catch(() => undefined)
    const deadlineMs = performance.now() + timeoutMs
    await send(asClient, inform)
    for (const share of [1 / 8, 1 / 2]) {
      await sleep(timeoutMs * share)
      if (found.size === 0) await Promise.all([send(asClient, discover), send(asRelay, relayed)])
    }
    await sleep(deadlineMs - performance.now())
  } finally {
    await Promise.all(opened.map(async (one) => (one instanceof Error ? undefined : one.close())))
  }
  const [taken] = problems
  if (found.size === 0 && asRelay === undefined && taken !== undefined) throw taken
  return [...found.values()]
}

/** What a reply says about its server; undefined for what is no answer (a NAK, another client's question). */
function serverOf(reply: Dhcp4Packet, from: Ipv4): FoundServer | undefined {
  const type = messageTypeOf(reply)
  if (reply.op !== 'reply' || (type !== 'offer' && type !== 'ack')) return undefined
  const filename = bootFilenameOf(reply)
  return {
    serverId: findAddress(reply.options, optionCode.serverId) ?? from,
    offered: reply.yiaddr === noAddress ? undefined : reply.yiaddr,
    // An ACK to INFORM carries no address from anybody; a proxy does not answer INFORM.
    kind: type === 'offer' && reply.yiaddr === noAddress ? 'proxy' : 'dhcp',
    ...(reply.siaddr === noAddress ? {} : {nextServer: reply.siaddr}),
    ...(filename === undefined ? {} : {filename}),
  }
}

/** Several answers of one server: it is as capable as the best of them. */
function joined(known: FoundServer | undefined, more: FoundServer): FoundServer {
  if (known === undefined) return more
  const kind = known.kind === 'dhcp' || more.kind === 'dhcp' ? 'dhcp' : 'proxy'
  return {...known, ...more, offered: known.offered ?? more.offered, kind}
}

function codeOf(problem: unknown): string | undefined {
  return problem instanceof PxectlError ? problem.code : undefined
}

/** Locally administered (IEEE 802, bit 1 of the first byte), so no card has it. */
function madeUpMac(): Mac {
  return macFromBytes(Uint8Array.of(0x02, ...randomBytes(5)))
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
