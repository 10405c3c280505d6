// Removes hosts: database rows, DHCP entries and boot files, all or nothing.
import {hostBootFiles} from '../boot/host-files.js'
import type {Host} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import {bootHostOf, readBootContext} from './boot-context.js'
import {changeLab, type Changed, type ChangeOptions} from './change-lab.js'

export async function removeHosts(lab: Lab, names: readonly string[], options: ChangeOptions): Promise<Changed<{hosts: readonly Host[]}>> {
  return changeLab(lab, options, async () => {
    const hosts: Host[] = []
    for (const name of new Set(names)) hosts.push(await lab.store.getByName(name))
    const context = await readBootContext(lab)
    const declared = hosts.filter((host) => host.dhcp)
    const change = {
      hosts: hosts.map((host) => ({kind: 'remove', name: host.name}) as const),
      dhcp: declared.length === 0 ? undefined : {upsert: [], remove: declared.map((host) => host.name)},
      bootFiles: new Map(hosts.flatMap((host) => removedFiles(host, context))),
    }
    return {change, answer: {hosts}}
  })
}

function removedFiles(host: Host, context: Parameters<typeof hostBootFiles>[1]): [string, undefined][] {
  // A menu cannot be rendered for an image that is gone, but the names of its files need none.
  return [...hostBootFiles(bootHostOf({...host, image: undefined, root: undefined}), context).keys()].map((name) => [name, undefined])
}
