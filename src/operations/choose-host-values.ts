// The values of a new host that the user left out: the next free address, a name for it, an unused MAC.
import {assert} from '../errors.js'
import {nextFreeIp, nextFreeName} from '../hosts/free.js'
import type {Lab} from '../lab/open-lab.js'
import {requireSetting} from '../lab/require-setting.js'
import {hostnameProblem, type Hostname} from '../net/hostname.js'
import {findIpv4, type Ipv4} from '../net/ipv4.js'
import {generateMac, type Mac, type MacPrefix} from '../net/mac.js'
import {leasedToOthers, type LeasedAddresses} from './leased-addresses.js'

/** The next address that no host, server, DHCP entry, dynamic range of the DHCP server or lease of another machine than `mac` has. */
export async function chooseIp(lab: Lab, leased: LeasedAddresses, mac?: Mac): Promise<{ip: Ipv4; notes: string[]}> {
  const {ips, notes} = await chooseIps(lab, leased, 1, {...(mac === undefined ? {} : {mac})})
  const [ip] = ips
  assert(ip !== undefined, 'as many addresses as were asked for')
  return {ip, notes}
}

export type ChooseIpsOptions = {
  /** Whose leases are no hindrance. */ readonly mac?: Mac
  /** Promised to others. */ readonly except?: Iterable<Ipv4>
}

/** The next `count` addresses, each as chooseIp would choose it after the ones before. */
export async function chooseIps(
  lab: Lab,
  leased: LeasedAddresses,
  count: number,
  {mac, except = []}: ChooseIpsOptions,
): Promise<{ips: Ipv4[]; notes: string[]}> {
  const {range, subnet, server, gateway} = lab.settings.network
  const question = {
    range: requireSetting(range, 'network.range'),
    subnet: requireSetting(subnet, 'network.subnet'),
    server,
    gateway,
    avoid: (await (await lab.dhcp?.())?.dynamicRanges()) ?? [],
  }
  const taken = new Set([...(await takenIps(lab)), ...leasedToOthers(leased, mac), ...except])
  const ips: Ipv4[] = []
  const notes: string[] = []
  while (ips.length < count) {
    const free = nextFreeIp({...question, taken})
    taken.add(free.ip)
    ips.push(free.ip)
    if (free.note !== undefined) notes.push(free.note)
  }
  return {ips, notes: [...notes, ...leased.warnings]}
}

/** The name that reverse DNS knows for the address, without the lab's own domain; else one made from the address. */
export async function chooseName(lab: Lab, ip: Ipv4): Promise<Hostname> {
  const {domain} = lab.settings.network
  const suffix = domain === undefined ? undefined : `.${domain.toLowerCase()}`
  for (const found of await lab.lookupNames(ip)) {
    const name = suffix !== undefined && found.toLowerCase().endsWith(suffix) ? found.slice(0, -suffix.length) : found
    if (hostnameProblem(name) === undefined && (await lab.store.findByName(name as Hostname)) === undefined) return name as Hostname
  }
  return nextFreeName(ip, new Set((await lab.store.list()).map((host) => host.name.toLowerCase())))
}

/** An unused MAC with the prefix of the lab's hypervisor. */
export async function chooseMac(lab: Lab, random: (below: number) => number): Promise<Mac> {
  const taken = await takenMacs(lab)
  return generateMac(lab.settings.vm.hypervisor, (mac) => taken.has(mac), random)
}

/** `count` different unused MACs, none of them in `except`. */
export async function chooseMacs(
  lab: Lab,
  prefix: MacPrefix,
  count: number,
  random: (below: number) => number,
  except: Iterable<Mac> = [],
): Promise<Mac[]> {
  const taken = new Set([...(await takenMacs(lab)), ...except])
  const macs: Mac[] = []
  while (macs.length < count) {
    const mac = generateMac(prefix, (candidate) => taken.has(candidate), random)
    taken.add(mac)
    macs.push(mac)
  }
  return macs
}

/** Every address that a host or an entry of the DHCP server has. */
async function takenIps(lab: Lab): Promise<Set<Ipv4>> {
  const taken = new Set<Ipv4>((await lab.store.list()).map((host) => host.ip))
  for (const address of ((await (await lab.dhcp?.())?.declared()) ?? []).flatMap((entry) => entry.addresses)) {
    const ip = findIpv4(address)
    if (ip !== undefined) taken.add(ip)
  }
  return taken
}

async function takenMacs(lab: Lab): Promise<Set<Mac>> {
  const taken = new Set<Mac>((await lab.store.list()).map((host) => host.mac))
  for (const entry of (await (await lab.dhcp?.())?.declared()) ?? []) {
    if (entry.mac !== undefined) taken.add(entry.mac)
  }
  return taken
}
