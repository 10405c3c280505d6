// dnsmasq's lease file: one line for each lease that is held, written anew at each change.
//
//   1795700702 52:54:00:a1:b2:c3 192.168.56.100 tk2 01:52:54:00:a1:b2:c3      end (0: never), MAC, address, name, client id
//   duid 00:01:…                                                              from here on DHCPv6
import {findIpv4} from '../net/ipv4.js'
import {findMac} from '../net/mac.js'
import {fileExists} from '../system/files.js'
import type {DnsmasqConfiguration} from './dnsmasq-load.js'
import type {HeldLease} from './held-lease.js'

/** dnsmasq's own default, Fedora's, those for the BSDs and Solaris (dnsmasq's config.h, LEASEFILE). */
const USUAL = [
  '/var/lib/misc/dnsmasq.leases',
  '/var/lib/dnsmasq/dnsmasq.leases',
  '/var/db/dnsmasq.leases',
  '/var/cache/dnsmasq.leases',
] as const

/** Where dnsmasq keeps its leases; the file need not be there. `given`: where it is if the configuration does not say. */
export async function findDnsmasqLeases({files}: DnsmasqConfiguration, given: string | undefined): Promise<string> {
  const named = files.flatMap(({lines}) => lines.flatMap(({key, fields}) => (key === 'dhcp-leasefile' ? fields.slice(0, 1) : []))).at(-1)
  if (named !== undefined || given !== undefined) return named ?? given ?? ''
  for (const path of USUAL) if (await fileExists(path)) return path
  return USUAL[0]
}

/** The leases for IPv4, whenever they end. */
export function parseDnsmasqLeases(texts: readonly string[]): HeldLease[] {
  return texts
    .join('\n')
    .split('\n')
    .flatMap((line): HeldLease[] => {
      const [end = '', hardware = '', address = ''] = line.trim().split(' ')
      const ip = findIpv4(address)
      if (ip === undefined || !/^\d+$/.test(end)) return []
      // Another kind of network than Ethernet stands before the address: 06-00:20:….
      return [{ip, mac: findMac(hardware), untilMs: end === '0' ? Infinity : Number(end) * 1000}]
    })
}
