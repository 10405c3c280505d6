// The next free name and address, as pxe_manager's --lookup-free-host gave them.
import type {Lab} from '../lab/open-lab.js'
import type {Hostname} from '../net/hostname.js'
import type {Ipv4} from '../net/ipv4.js'
import {chooseIp, chooseName} from './choose-host-values.js'
import {readLeasedAddresses} from './leased-addresses.js'

export async function freeHost(lab: Lab, now: Date): Promise<{name: Hostname; ip: Ipv4; warnings: readonly string[]}> {
  const {ip, notes} = await chooseIp(lab, await readLeasedAddresses(lab, now))
  return {name: await chooseName(lab, ip), ip, warnings: notes}
}
