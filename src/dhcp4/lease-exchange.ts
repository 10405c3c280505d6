// DISCOVER to ACK as a client lives it, without socket or clock: an input and the state give the next state and what to do.
import type {Ipv4} from '../net/ipv4.js'
import {type BootClient, bootRequest} from './boot-client.js'
import {optionCode} from './option-codes.js'
import {findAddress, findText, messageTypeOf} from './option-values.js'
import {type Dhcp4Packet, noAddress} from './packet.js'
import {type BootPlace, bootPlaceOf, findProxyOffer, needsNoProxy} from './proxy-offer.js'

/** Who asks, and for how long. */
export type ExchangeOptions = {
  readonly client: BootClient
  readonly xid: number
  readonly startMs: number
  readonly timeoutMs: number
  /** Our address as a relay agent (giaddr); absent for a client that speaks for itself. */
  readonly relay?: Ipv4
  /** Changes each of our messages before it is sent. */
  readonly shape?: (packet: Dhcp4Packet) => Dhcp4Packet
  /**
   * We are a client that hears all that is said to everybody, proxies too. So long, from the start, an address waits for one,
   * unless its server says that there is no need. iPXE waits 2 s (its config/dhcp.h, DHCP_DISC_PROXY_TIMEOUT_SEC).
   */
  readonly proxyWaitMs?: number
}

/** What came of it. `sent` counts our messages. */
export type LeaseOutcome = {readonly durationMs: number; readonly sent: number} & (
  | Lease
  | {readonly kind: 'refused'; readonly serverId?: Ipv4; readonly message: string}
  | {readonly kind: 'silent'; readonly phase: 'discover' | 'request'}
)

/** What a booting machine learns. */
export type Lease = {
  readonly kind: 'leased'
  readonly ip: Ipv4
  readonly serverId: Ipv4
  /** siaddr; undefined where the server left it 0.0.0.0. */
  readonly nextServer?: Ipv4
  readonly filename?: string
  /** A proxy that was heard beside the server. */
  readonly proxy?: BootPlace
  /** The whole ACK, for what else it says. */
  readonly ack: Dhcp4Packet
}

export type ExchangeState = {
  readonly options: ExchangeOptions
  readonly sent: number
  /** Sends in this phase, from which the next wait follows. */
  readonly attempt: number
  readonly resendMs: number
  readonly offer?: {readonly ip: Ipv4; readonly serverId: Ipv4}
  readonly proxy?: BootPlace
}

export type ExchangeInput = {readonly nowMs: number; readonly packet?: Dhcp4Packet}

export type ExchangeStep =
  | {readonly kind: 'wait'; readonly state: ExchangeState; readonly send?: Dhcp4Packet; readonly wakeMs: number}
  | {readonly kind: 'finish'; readonly outcome: LeaseOutcome}

/** iPXE sends at 0, 1, 3 and 7 s; from then on every 4 s, where iPXE gives up. */
const WAITS_MS = [1000, 2000, 4000]

/** The state before the first input, which should be {nowMs: startMs}. */
export function startExchange(options: ExchangeOptions): ExchangeState {
  return {options, sent: 0, attempt: 0, resendMs: options.startMs}
}

/** One packet came, or the time of `wakeMs` did. Packets of other exchanges change nothing. */
export function stepExchange(state: ExchangeState, {nowMs, packet}: ExchangeInput): ExchangeStep {
  const {client, xid} = state.options
  if (packet?.op === 'reply' && packet.xid === xid && packet.mac === client.mac) return takeReply(state, packet, nowMs)
  return waitOrSend(state, nowMs)
}

/**
 * Before REQUEST the first OFFER with an address counts, and that of a proxy, which has none; after it only the ACK or NAK of
 * the server we chose. A late second OFFER is ignored.
 */
function takeReply(given: ExchangeState, packet: Dhcp4Packet, nowMs: number): ExchangeStep {
  const state = withProxy(given, packet, nowMs)
  const type = messageTypeOf(packet)
  const serverId = findAddress(packet.options, optionCode.serverId)
  if (state.offer === undefined) {
    if (type !== 'offer' || serverId === undefined || packet.yiaddr === noAddress) return waitOrSend(state, nowMs)
    const resendMs = state.proxy !== undefined || needsNoProxy(packet) ? nowMs : Math.max(nowMs, proxyEndMs(state.options))
    return waitOrSend({...state, offer: {ip: packet.yiaddr, serverId}, attempt: 0, resendMs}, nowMs)
  }
  if (serverId !== state.offer.serverId) return waitOrSend(state, nowMs)
  const {sent} = state
  const durationMs = nowMs - state.options.startMs
  if (type === 'nak') {
    const message = findText(packet.options, optionCode.message) ?? ''
    return {kind: 'finish', outcome: {kind: 'refused', serverId, message, durationMs, sent}}
  }
  if (type !== 'ack') return waitOrSend(state, nowMs)
  return {
    kind: 'finish',
    outcome: {...leaseOf(packet, serverId), ...(state.proxy === undefined ? {} : {proxy: state.proxy}), durationMs, sent},
  }
}

/** The first proxy with a file, else the first; the address waits no longer. */
function withProxy(state: ExchangeState, packet: Dhcp4Packet, nowMs: number): ExchangeState {
  const proxy = state.options.proxyWaitMs === undefined ? undefined : findProxyOffer(packet)
  if (proxy === undefined || state.proxy?.filename !== undefined) return state
  const isWaiting = state.offer !== undefined && state.attempt === 0
  return {...state, proxy, ...(isWaiting ? {resendMs: nowMs} : {})}
}

/** The half of a short test is left for the REQUEST. */
function proxyEndMs({startMs, timeoutMs, proxyWaitMs = 0}: ExchangeOptions): number {
  return startMs + Math.min(proxyWaitMs, timeoutMs / 2)
}

function waitOrSend(state: ExchangeState, nowMs: number): ExchangeStep {
  const {startMs, timeoutMs} = state.options
  const endMs = startMs + timeoutMs
  if (nowMs >= endMs) {
    const phase = state.offer === undefined ? 'discover' : 'request'
    return {kind: 'finish', outcome: {kind: 'silent', phase, durationMs: nowMs - startMs, sent: state.sent}}
  }
  if (nowMs < state.resendMs) return {kind: 'wait', state, wakeMs: Math.min(state.resendMs, endMs)}
  const resendMs = nowMs + (WAITS_MS[state.attempt] ?? 4000)
  const next = {...state, sent: state.sent + 1, attempt: state.attempt + 1, resendMs}
  return {kind: 'wait', state: next, send: question(state, nowMs), wakeMs: Math.min(resendMs, endMs)}
}

/** A relay raises `hops` and puts its address into giaddr (RFC 1542 section 4.1.1). */
function question({options, offer}: ExchangeState, nowMs: number): Dhcp4Packet {
  const {client, xid, startMs, relay, proxyWaitMs, shape = (same) => same} = options
  const secs = Math.floor((nowMs - startMs) / 1000)
  const packet = shape(bootRequest(client, {xid, secs, ...(offer === undefined ? {} : {take: offer})}))
  if (relay !== undefined) return {...packet, giaddr: relay, hops: 1}
  // Without the address that is offered we hear only what is sent to everybody.
  return proxyWaitMs === undefined ? packet : {...packet, broadcast: true}
}

function leaseOf(ack: Dhcp4Packet, serverId: Ipv4): Lease {
  return {kind: 'leased', ip: ack.yiaddr, ...bootPlaceOf(ack, serverId), ack}
}
