// Which addresses are out already: leased by the lab's DHCP server, or by the built-in one to machines that are no hosts.
import type {HeldLease} from '../dhcp/held-lease.js'
import {isHeld} from '../dhcp4/lease-table.js'
import {messageOf} from '../errors.js'
import type {Host} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import {readLeaseFiles} from './lease-file.js'

export type LeasedAddresses = {
  readonly byIp: ReadonlyMap<Ipv4, HeldLease>
  /** Why there may be more. */
  readonly warnings: readonly string[]
}

/** Reads both records as they are at `now`. */
export async function readLeasedAddresses(lab: Lab, now: Date): Promise<LeasedAddresses> {
  const [own, server] = [await readOwn(lab, now.getTime()), await (await lab.dhcp?.())?.leases()]
  const leases = [...(server?.leases ?? []), ...own.leases]
  return {byIp: new Map(leases.map((lease) => [lease.ip, lease])), warnings: [...(server?.warnings ?? []), ...own.warnings]}
}

/** Also where another back end is set: `pxectl serve --dhcp full` may have served this lab a minute ago. */
async function readOwn(lab: Lab, nowMs: number): Promise<{leases: HeldLease[]; warnings: string[]}> {
  try {
    const {leases} = await readLeaseFiles(lab.leasesPath)
    return {leases: [...leases.values()].filter((lease) => isHeld(lease, nowMs)), warnings: []}
  } catch (error) {
    return {leases: [], warnings: [`it is not known which addresses pxectl serve has leased: ${messageOf(error)}`]}
  }
}

/** The addresses that this machine should not get; those leased to itself are its own. */
export function leasedToOthers({byIp}: LeasedAddresses, mac: Mac | undefined): Ipv4[] {
  return [...byIp.values()].filter((lease) => mac === undefined || lease.mac !== mac).map(({ip}) => ip)
}

/** What to know about a host whose address somebody else has leased. */
export function leaseNotes({byIp}: LeasedAddresses, {name, ip, mac}: Pick<Host, 'name' | 'ip' | 'mac'>): string[] {
  const lease = byIp.get(ip)
  if (lease === undefined || lease.mac === mac) return []
  const until = lease.untilMs === Infinity ? '' : ` until ${new Date(lease.untilMs).toISOString()}`
  const owner = lease.mac === undefined ? `the DHCP server keeps ${ip} from its clients` : `${lease.mac} has leased ${ip}`
  return [`${owner}${until}: ${name} and that machine would both use the address; another one: pxectl host free`]
}
