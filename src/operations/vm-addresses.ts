// Which address a VM has: by the lease that was given to its card, by what this machine heard of it (ARP), or as its host is to have.
import type {Host} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import {findMac, type Mac} from '../net/mac.js'
import {listNeighbours} from '../system/neighbours.js'
import {readLeasedAddresses} from './leased-addresses.js'

export type AddressOf = (mac: Mac) => string | undefined

/** What cannot be read of leases is not known here; the DHCP server's own commands tell of it. */
export async function readAddresses(lab: Lab, hosts: readonly Host[], now: Date): Promise<AddressOf> {
  const leased = await readLeasedAddresses(lab, now).catch(() => undefined)
  const neighbours = await listNeighbours()
  return (mac) =>
    [...(leased?.byIp.values() ?? [])].find((lease) => lease.mac === mac)?.ip ??
    [...neighbours].find(([, its]) => findMac(its) === mac)?.[0] ??
    hosts.find((host) => host.mac === mac)?.ip
}
