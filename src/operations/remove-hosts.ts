// Removes hosts: database rows, DHCP entries and boot files, all or nothing.
import {hostBootNames} from '../boot/host-files.js'
import type {Host} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import {desiredBootOptions} from './dhcp-desired.js'
import {changeLab, type Changed, type ChangeOptions} from './change-lab.js'

export async function removeHosts(lab: Lab, names: readonly string[], options: ChangeOptions): Promise<Changed<{hosts: readonly Host[]}>> {
  return changeLab(lab, options, async () => {
    const hosts: Host[] = []
    for (const name of new Set(names)) hosts.push(await lab.store.getByName(name))
    const declared = hosts.filter((host) => host.dhcp)
    // What is declared of their firmware may stand apart from them.
    const options = declared.some(({firmware}) => firmware !== undefined) ? desiredBootOptions(lab) : {}
    const change = {
      hosts: hosts.map((host) => ({kind: 'remove', name: host.name}) as const),
      dhcp: declared.length === 0 ? undefined : {upsert: [], remove: declared.map((host) => host.name), ...options},
      bootFiles: new Map(hosts.flatMap((host) => hostBootNames(host.mac).map((name) => [name, undefined] as const))),
    }
    return {change, answer: {hosts}}
  })
}
