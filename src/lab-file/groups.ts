// Groups written out: hosts and VMs that differ by a number.
import {findIpv4, ipv4FromNumber, ipv4ToNumber} from '../net/ipv4.js'
import type {Report} from './problem.js'
import type {Named, RawGroup, RawHost, RawVm} from './raw.js'
import {fillIn} from './variables.js'

export type ExpandedGroups = {
  readonly hosts: readonly Named<RawHost>[]
  readonly vms: readonly Named<RawVm>[]
  /** Group → the names of its members. */
  readonly members: ReadonlyMap<string, readonly string[]>
}

export function expandGroups(groups: readonly Named<RawGroup>[], report: Report): ExpandedGroups {
  const hosts: Named<RawHost>[] = []
  const vms: Named<RawVm>[] = []
  const members = new Map<string, readonly string[]>()
  for (const {name: group, value, place} of groups) {
    const {count, first = 1, name: pattern = `${group}\${n}`, ip} = value
    const start = ip === undefined ? undefined : findIpv4(ip)
    if (ip !== undefined && start === undefined) report(place, `the group ${group}: "${ip}" is not an IPv4 address`)
    if (count > 1 && !pattern.includes('${n}'))
      report(place, `the group ${group}: its ${count} names are the same without \${n} in "${pattern}"`)
    const names: string[] = []
    for (let index = 0; index < count; index++) {
      const fill = <T>(part: T): T => fillNumber(part, first + index)
      const name = fill(pattern)
      names.push(name)
      const address = start === undefined ? {} : {ip: ipv4FromNumber(ipv4ToNumber(start) + index)}
      hosts.push({name, value: {...address, ...fill(value.host ?? {})}, place})
      if (value.vm !== undefined) vms.push({name, value: fill(value.vm ?? {}), place})
    }
    members.set(group, names)
  }
  return {hosts, vms, members}
}

/** `${n}` in every text of a value. */
function fillNumber<T>(value: T, number: number): T {
  if (typeof value === 'string') {
    return fillIn(value, {vars: new Map([['n', String(number)]]), environment: {}}, () => undefined) as T
  }
  if (Array.isArray(value)) return value.map((one: unknown) => fillNumber(one, number)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fillNumber(one as unknown, number)])) as T
}
