// The next free address, and a name for it. Pure: who has which address comes in.
import {PxectlError} from '../errors.js'
import type {Hostname} from '../net/hostname.js'
import {broadcastOf, ipv4FromNumber, ipv4ToNumber, renderRange, renderSubnet, type Ipv4, type Ipv4Range, type Subnet} from '../net/ipv4.js'

export type FreeIpQuestion = {
  /** Where new hosts go. */
  readonly range: Ipv4Range
  readonly subnet: Subnet
  readonly server: Ipv4 | undefined
  readonly gateway: Ipv4 | undefined
  /** By hosts, by entries of the DHCP server, by leases. */
  readonly taken: ReadonlySet<Ipv4>
  /** Ranges out of which the DHCP server serves anybody: a fixed address there can meet a lease. */
  readonly avoid: readonly Ipv4Range[]
}

export type FreeIp = {readonly ip: Ipv4; /** What the user should know about it. */ readonly note?: string}

type Span = {readonly first: number; readonly last: number}

/** The first address of the range that nobody has; outside of the range only where all of it is dynamic. */
export function nextFreeIp(question: FreeIpQuestion): FreeIp {
  const {range, subnet, taken} = question
  const within = {first: ipv4ToNumber(subnet.address) + 1, last: ipv4ToNumber(broadcastOf(subnet)) - 1}
  const wanted = {first: Math.max(ipv4ToNumber(range.first), within.first), last: Math.min(ipv4ToNumber(range.last), within.last)}
  const dynamic = question.avoid.map(spanOf)
  const own = [question.server, question.gateway].flatMap((ip) => (ip === undefined ? [] : [spanOf({first: ip, last: ip})]))
  const closed = [...dynamic, ...own]

  const ip = findFree(wanted, closed, taken)
  if (ip !== undefined) return {ip}
  if (findFree(wanted, dynamic, new Set()) !== undefined) throw exhausted(question, 'every address of it is taken or leased')

  const after = {first: wanted.last + 1, last: within.last}
  const other = findFree(after, closed, taken) ?? findFree(within, closed, taken)
  if (other === undefined) throw exhausted(question, `all of it is dynamic, and the rest of ${renderSubnet(subnet)} is taken`)
  return {ip: other, note: `${other} is outside of the range ${renderRange(range)}, all of which the DHCP server gives out dynamically`}
}

/** Jumps over closed spans, so that even a closed /8 costs one step. */
function findFree(span: Span, closed: readonly Span[], taken: ReadonlySet<Ipv4>): Ipv4 | undefined {
  for (let value = span.first; value <= span.last; value++) {
    const around = closed.find(({first, last}) => value >= first && value <= last)
    if (around !== undefined) {
      value = around.last
      continue
    }
    const ip = ipv4FromNumber(value)
    if (!taken.has(ip)) return ip
  }
  return undefined
}

function spanOf(range: Ipv4Range): Span {
  return {first: ipv4ToNumber(range.first), last: ipv4ToNumber(range.last)}
}

function exhausted({range}: FreeIpQuestion, reason: string): PxectlError {
  return new PxectlError(`no free address in the range ${renderRange(range)}: ${reason}`, {
    code: 'RANGE_EXHAUSTED',
    kind: 'conflict',
    details: {range: renderRange(range)},
    suggestions: [
      'widen it: pxectl config set network.range FIRST-LAST',
      'see who has them: pxectl host list',
      'name one yourself: --ip ADDRESS',
    ],
  })
}

/**
 * A name made of the address, so that it says where the host is and does not depend on who came before: 192.168.56.107
 * is `host-56-107`. Where that is taken, with more of the address, and at last with a number. `taken` is in lower case.
 */
export function nextFreeName(ip: Ipv4, taken: ReadonlySet<string>): Hostname {
  const parts = ip.split('.')
  for (const count of [2, 3, 4]) {
    const name = ['host', ...parts.slice(-count)].join('-')
    if (!taken.has(name)) return name as Hostname
  }
  for (let number = 2; ; number++) {
    const name = ['host', ...parts, number].join('-')
    if (!taken.has(name)) return name as Hostname
  }
}
