// Whom a boot test asks for an address and a boot file, and how: the lab's own server, any other on the wire, proxies beside them.
//
//   own server      unicast, from any port: `pxectl serve --dhcp full`, on loopback too
//   another one     as a relay on this machine; proxies then hear nothing of it, and are asked by themselves
//   one that has    port 67 of this machine for itself (Kea, a plain dnsmasq): as a client, from beside this machine on a bridge
//                   of its own, else from its port 68, which Kea does not hear
import {askProxyPort, findProxy} from '../dhcp4/ask-proxy.js'
import {leaseDhcp4, type ServerPath} from '../dhcp4/client.js'
import type {LeaseOutcome} from '../dhcp4/lease-exchange.js'
import {type BootPlace, needsNoProxy} from '../dhcp4/proxy-offer.js'
import {PxectlError} from '../errors.js'
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {ClientKind, DhcpAnswer} from './boot-test-record.js'

export type AskOptions = {
  readonly host: {readonly mac: Mac; readonly uuid?: string}
  readonly server: Ipv4
  readonly dhcpPort: number
  /** Ask a DHCP server that answers only ports 67 and 68 as a relay at this address; undefined: ask pxectl's alone. */
  readonly relay: Ipv4 | undefined
  /** Asks as a client beside this machine; undefined where that cannot be. `whyNot` says why, for people. */
  readonly askBeside?: ((client: ClientKind) => Promise<DhcpAnswer>) | undefined
  readonly whyNotBeside?: string
  /** How long to wait for each answer. */
  readonly timeoutMs: number
  /** 32 random bits. */
  readonly randomXid: () => number
  readonly now: () => number
}

/** pxectl's own server, where it runs, answers within milliseconds. */
const OWN_SERVER_MS = 1000

/** As long as iPXE waits for a proxy. */
export const PROXY_WAIT_MS = 2000

/** A proxy on the wire gets this long also where the address came late. */
const LEAST_PROXY_WAIT_MS = 1200

/** Throws where nobody could be asked: PORT_FORBIDDEN without root. */
export async function askDhcp(client: ClientKind, options: AskOptions): Promise<DhcpAnswer> {
  const {server, dhcpPort, relay, timeoutMs} = options
  const direct = {kind: 'unicast', server, port: dhcpPort} as const
  if (relay === undefined) return answerOf(await lease(client, direct, timeoutMs, options))
  const own = await lease(client, direct, Math.min(OWN_SERVER_MS, timeoutMs), options)
  if (own.kind !== 'silent') return answerOf(own)
  try {
    const outcome = await lease(client, {kind: 'relay', address: relay}, timeoutMs, options)
    return outcome.kind === 'leased' && !needsNoProxy(outcome.ack) ? await withProxy(client, outcome, options) : answerOf(outcome)
  } catch (error) {
    if (!(error instanceof PxectlError) || error.code !== 'PORT_IN_USE') throw error
    return askAsClient(client, relay, options)
  }
}

/** Port 67 is taken. */
async function askAsClient(client: ClientKind, address: Ipv4, options: AskOptions): Promise<DhcpAnswer> {
  if (options.askBeside !== undefined) return withFile(client, await options.askBeside(client), options)
  const outcome = await lease(client, {kind: 'client', address, proxyWaitMs: PROXY_WAIT_MS}, options.timeoutMs, options)
  if (outcome.kind !== 'silent') return withFile(client, answerOf(outcome), options)
  const {phase, durationMs} = outcome
  return {kind: 'silent', phase, durationMs, unheard: options.whyNotBeside ?? 'it was asked from this machine alone'}
}

/** The lease with the file of a proxy, where one is on the wire. */
async function withProxy(client: ClientKind, outcome: Extract<LeaseOutcome, {kind: 'leased'}>, options: AskOptions): Promise<DhcpAnswer> {
  const startMs = options.now()
  const waitMs = Math.max(LEAST_PROXY_WAIT_MS, PROXY_WAIT_MS - outcome.durationMs)
  const ask = {client: {...options.host, firmware: client}, xid: options.randomXid(), timeoutMs: waitMs}
  const proxy = await findProxy(options.relay ?? options.server, ask).catch((error: unknown) => {
    // Port 68 is a DHCP client's of this machine: the lab's own proxy can still be asked at its second port.
    if (error instanceof PxectlError && error.code === 'PORT_IN_USE') return {serverId: options.server}
    throw error
  })
  const durationMs = outcome.durationMs + options.now() - startMs
  const answer = answerOf({...outcome, durationMs, ...(proxy === undefined ? {} : {proxy})})
  return withFile(client, answer, options)
}

/** A proxy that named no file in its offer is asked at port 4011. */
async function withFile(client: ClientKind, answer: DhcpAnswer, options: AskOptions): Promise<DhcpAnswer> {
  if (answer.kind !== 'leased' || answer.proxy === undefined || answer.proxy.filename !== undefined) return answer
  const ask = {client: {...options.host, firmware: client}, xid: options.randomXid(), timeoutMs: Math.min(PROXY_WAIT_MS, options.timeoutMs)}
  const named = await askProxyPort(answer.proxy.serverId, options.relay ?? options.server, ask)
  const {proxy: _, ...alone} = answer
  return named?.filename === undefined ? alone : {...alone, proxy: named}
}

/** Asks from where there is nothing but a wire, without an address: for the program behind `askBeside`. */
export async function askOnWire(
  client: ClientKind,
  options: Pick<AskOptions, 'host' | 'timeoutMs' | 'randomXid' | 'now'>,
): Promise<DhcpAnswer> {
  return answerOf(await lease(client, {kind: 'client', proxyWaitMs: PROXY_WAIT_MS}, options.timeoutMs, options))
}

type LeaseParts = Pick<AskOptions, 'host' | 'randomXid' | 'now'>

function lease(firmware: ClientKind, via: ServerPath, timeoutMs: number, {host, randomXid, now}: LeaseParts): Promise<LeaseOutcome> {
  return leaseDhcp4({via, client: {...host, firmware}, timeoutMs, xid: randomXid(), now})
}

/** Plain values; a server that speaks PXE itself wins over a proxy, as in EDK2. */
function answerOf(outcome: LeaseOutcome): DhcpAnswer {
  const {durationMs} = outcome
  switch (outcome.kind) {
    case 'silent':
      return {kind: 'silent', phase: outcome.phase, durationMs}
    case 'refused':
      return {kind: 'refused', message: outcome.message, durationMs}
    case 'leased': {
      const {ip, serverId, nextServer, filename, proxy, ack} = outcome
      const own = {serverId, ...(nextServer === undefined ? {} : {nextServer}), ...(filename === undefined ? {} : {filename})}
      const heard: {proxy?: BootPlace} = proxy === undefined || needsNoProxy(ack) ? {} : {proxy}
      return {kind: 'leased', ip, ...own, ...heard, durationMs}
    }
  }
}
