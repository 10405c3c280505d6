// Whom a user means by the name of a host, a MAC address or an IP address: a host, or a machine that only knocks.
import type {Host} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import {findIpv4, type Ipv4} from '../net/ipv4.js'
import {findMac, type Mac} from '../net/mac.js'

/** `host` is undefined for a machine that is none; then one of the addresses is what was given. */
export type Client = {readonly host: Host | undefined; readonly mac: Mac | undefined; readonly ip: Ipv4 | undefined}

/** Throws HOST_NOT_FOUND for a name that no host has; any MAC or IP address is a client. */
export async function findClientByText(lab: Lab, text: string): Promise<Client> {
  const [mac, ip] = [findMac(text), findIpv4(text)]
  const byMac = mac === undefined ? undefined : await lab.store.findByMac(mac)
  const byIp = ip === undefined ? undefined : await lab.store.findByIp(ip)
  if (mac === undefined && ip === undefined) return clientOfHost(await lab.store.getByName(text))
  const host = byMac ?? byIp
  return host === undefined ? {host, mac, ip} : clientOfHost(host)
}

export function clientOfHost(host: Host): Client {
  return {host, mac: host.mac, ip: host.ip}
}

/** Under which keys the events of a client are kept. */
export function clientKeys({mac, ip}: Client): string[] {
  return [mac, ip].filter((key) => key !== undefined)
}
