// Leases for clients that are no hosts: carries out what judge-pool.ts says. What touches the world is passed in.
import {type Ipv4, type Ipv4Range, renderRange} from '../net/ipv4.js'
import {hostMacProblem, type Mac} from '../net/mac.js'
import type {Decision} from './decision.js'
import {type FullNetwork, informReply, leaseReply, refusal, whyOutside} from './full-reply.js'
import {candidates, judgePool, wantedAddress} from './judge-pool.js'
import {leaseSecondsOf} from './lease-options.js'
import {isFreeFor, isHeld, type LeaseTable} from './lease-table.js'
import type {Dhcp4Packet} from './packet.js'

export type PoolOptions = {
  readonly network: FullNetwork
  readonly range: Ipv4Range
  readonly table: LeaseTable
  /** Does a host of the database have the address? */
  readonly isHosts: (ip: Ipv4) => Promise<boolean>
  /** Who answers at the address now; undefined where nobody does. */
  readonly answeredBy: (ip: Ipv4) => Promise<string | undefined>
  /** Keeps the state of an address for good: leased, released, declined. Awaited before the client hears of it. */
  readonly save: (ip: Ipv4) => Promise<void>
  /** Unix time in milliseconds. */
  readonly now: () => number
}

export type Pool = {decide(request: Dhcp4Packet): Promise<Decision>}

/** A client takes an offer within seconds; dhcpd keeps it for two minutes, which a storm of strangers would use up. */
const OFFER_MS = 60_000

/** Long enough for somebody to look who has the address without a lease. */
const DECLINED_MS = 3_600_000

/**
 * Short, for what a probe sees may be out of date: Linux believes in a neighbour for some 10 s after the question that the
 * probe has asked.
 */
const TAKEN_MS = 15_000

/** Each probe of a free address takes its whole time, and the client waits. */
const MOST_TAKEN = 4

type Choice = {readonly ip?: Ipv4; readonly taken: readonly string[]}

export function createPool(options: PoolOptions): Pool {
  const {network, range, table, isHosts, answeredBy, save, now} = options
  const choosing = new Map<Mac, Promise<Choice>>()

  /** What is chosen is kept for the client before anything is awaited: two clients never get the same. */
  const choose = async (request: Dhcp4Packet): Promise<Choice> => {
    const {mac} = request
    const taken: string[] = []
    const state = {network, range, table, nowMs: now()}
    for (const ip of candidates(state, mac, wantedAddress(request))) {
      if (await isHosts(ip)) continue
      const known = table.find(ip)
      if (!isFreeFor(table, ip, mac, now())) continue
      // Looked at before; and the client itself may answer there.
      if (known !== undefined && isHeld(known, now())) return {ip, taken}
      table.set({ip, mac, state: 'offered', untilMs: now() + OFFER_MS})
      const other = await answeredBy(ip)
      if (other === undefined || other === mac) return {ip, taken}
      table.set({ip, mac, state: 'taken', untilMs: now() + TAKEN_MS})
      taken.push(`${ip} is in use by ${other}, which has no lease`)
      if (taken.length >= MOST_TAKEN) break
    }
    return {taken}
  }
  /** A client that asks again while we look waits for the same answer. */
  const chooseOnce = (request: Dhcp4Packet): Promise<Choice> => {
    const running = choosing.get(request.mac) ?? choose(request).finally(() => choosing.delete(request.mac))
    choosing.set(request.mac, running)
    return running
  }

  const offer = async (request: Dhcp4Packet): Promise<Decision> => {
    const {ip, taken} = await chooseOnce(request)
    if (ip === undefined) return {kind: 'ignore', reason: [...taken, `no free address in ${describeUse(options)}`].join('; ')}
    const reply = leaseReply(request, network, {ip}, 'offer')
    const remarks = [...taken, ...(reply.remark === undefined ? [] : [reply.remark])]
    return remarks.length === 0 ? reply : {...reply, remark: remarks.join('; ')}
  }

  return {
    decide: async (request) => {
      const {mac} = request
      const outside = whyOutside(request, network)
      if (outside !== undefined) return {kind: 'ignore', reason: outside}
      const problem = hostMacProblem(mac)
      if (problem !== undefined) return {kind: 'ignore', reason: `${mac} is no client's address: ${problem}`}
      const wanted = wantedAddress(request)
      const hosts = wanted !== undefined && (await isHosts(wanted))
      // From here to the first await nobody else is heard.
      const verdict = judgePool(request, {network, range, table, nowMs: now(), isHosts: hosts})
      switch (verdict.kind) {
        case 'choose':
          return offer(request)
        case 'grant':
          table.set({ip: verdict.ip, mac, state: 'leased', untilMs: now() + leaseSecondsOf(network) * 1000})
          await save(verdict.ip)
          return leaseReply(request, network, verdict, 'ack')
        case 'refuse':
          return refusal(request, network, {}, verdict.reason)
        case 'inform':
          return informReply(request, network, {})
        case 'release':
          table.set({ip: verdict.ip, mac, state: 'released', untilMs: now()})
          await save(verdict.ip)
          return {kind: 'note', message: `${mac} gave ${verdict.ip} back`}
        case 'decline':
          table.set({ip: verdict.ip, mac, state: 'declined', untilMs: now() + DECLINED_MS})
          await save(verdict.ip)
          return {kind: 'note', message: `${mac} found ${verdict.ip} in use by another machine; nobody gets it for an hour`}
        case 'elsewhere':
          table.dropOffer(mac)
          return {kind: 'ignore', reason: verdict.reason}
        case 'ignore':
          return verdict
      }
    },
  }
}

/** `192.168.56.100-192.168.56.199: 97 leased, 2 offered, 1 declined or in use` */
function describeUse({range, table, now}: PoolOptions): string {
  const nowMs = now()
  const held = [...table.all()].filter((lease) => isHeld(lease, nowMs))
  const count = (...states: string[]): number => held.filter(({state}) => states.includes(state)).length
  return `${renderRange(range)}: ${count('leased')} leased, ${count('offered')} offered, ${count('declined', 'taken')} declined or in use`
}
