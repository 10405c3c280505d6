// Which host a client is, by its IP address alone: the address in the database, else the hardware address that the kernel's
// table of neighbours or the DHCP server's leases have for it.
//
// An address says less than a name with a MAC in it. Behind a router that translates addresses, and for the virtual
// machines that a host of the lab runs in "user" networks, many machines come from one address, which may be a host's.
// A client that has just asked by a MAC that no host has told us who it is: it is not the host of its address.
import type {Host} from '../hosts/host.js'
import {findIpv4} from '../net/ipv4.js'
import {findMac} from '../net/mac.js'
import type {HostLookup} from './host-lookup.js'

/** Something that may know the hardware address that has an IPv4 address. */
export type MacTable = {findMac(ip: string): Promise<string | undefined>}

export type ClientFinder = {
  /** This client has asked by a MAC that no host has. */
  noteStranger(client: string): void
  findHost(client: string): Promise<Host | undefined>
}

export type ClientFinderOptions = {
  readonly hosts: HostLookup
  /** Best first. */
  readonly tables: readonly MacTable[]
  /** A clock that never goes back, in milliseconds. */
  readonly now: () => number
}

/** Between the names of one search lie at most some retransmissions; then somebody else may come from the address. */
const STRANGER_MS = 60_000

const MAX_STRANGERS = 4096

export function clientFinder({hosts, tables, now}: ClientFinderOptions): ClientFinder {
  // A Map keeps the order of insertion, so the first is the oldest.
  const strangers = new Map<string, number>()
  return {
    noteStranger: (client) => {
      strangers.delete(client)
      strangers.set(client, now() + STRANGER_MS)
      const [oldest] = strangers.keys()
      if (strangers.size > MAX_STRANGERS && oldest !== undefined) strangers.delete(oldest)
    },
    findHost: async (client) => {
      const ip = findIpv4(client)
      if (ip === undefined || now() < (strangers.get(client) ?? -Infinity)) return undefined
      const host = await hosts.findByIp(ip)
      if (host !== undefined) return host
      for (const table of tables) {
        const mac = findMac((await table.findMac(ip)) ?? '')
        const owner = mac === undefined ? undefined : await hosts.findByMac(mac)
        if (owner !== undefined) return owner
      }
      return undefined
    },
  }
}
