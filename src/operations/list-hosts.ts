// Looking at the host database.
import {hostJson, type HostJson} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import {findIpv4} from '../net/ipv4.js'
import {findMac} from '../net/mac.js'

export type {HostJson} from '../hosts/host.js'

/** Every host by name, and the rows of an old database that could not become hosts. */
export async function listHosts(lab: Lab): Promise<{hosts: HostJson[]; warnings: string[]}> {
  const [hosts, rejected] = [await lab.store.list(), await lab.store.rejected()]
  return {
    hosts: hosts.map(hostJson),
    warnings: rejected.map(({row, reason}) => `a row of the old database is no host: ${JSON.stringify(row)}: ${reason}`),
  }
}

/** The host with this name, MAC or IP; throws HOST_NOT_FOUND. */
export async function showHost(lab: Lab, text: string): Promise<{host: HostJson}> {
  const [mac, ip] = [findMac(text), findIpv4(text)]
  const found = (mac && (await lab.store.findByMac(mac))) ?? (ip && (await lab.store.findByIp(ip))) ?? (await lab.store.getByName(text))
  return {host: hostJson(found)}
}
