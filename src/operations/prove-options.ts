// What a proof takes from the lab and from the system.
import type {Lab} from '../lab/open-lab.js'
import {parseHostMac} from '../net/mac.js'
import {exec} from '../system/exec.js'
import {isRoot} from '../system/privileges.js'
import {start} from '../system/start.js'
import type {ProveOptions} from './prove-migration.js'

export type {ProveOptions} from './prove-migration.js'

type Asked = Pick<ProveOptions, 'pxectl' | 'signal' | 'onProgress'> & {
  readonly lab: Lab | undefined
  /** MAC addresses as typed; throws MAC_INVALID. */
  readonly clients: readonly string[]
}

export async function proveOptions({lab, clients, ...rest}: Asked): Promise<ProveOptions> {
  const unknown = clients.map(parseHostMac)
  const hosts = lab === undefined ? [] : await lab.store.list()
  const machines = hosts.map(({name, mac, ip}) => ({name, mac, addresses: ip === undefined ? [] : [ip]}))
  return {...rest, unknown, hosts: machines, isRoot: isRoot(), exec, start}
}
