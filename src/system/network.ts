// What this machine knows of its own network, and of names on it.
import {Resolver} from 'node:dns/promises'
import {readFile} from 'node:fs/promises'
import {hostname, networkInterfaces} from 'node:os'
import type {Exec} from './exec.js'

/** What this machine calls itself; with or without a domain, as it was set up. */
export function ownHostname(): string {
  return hostname()
}

/** An IPv4 address of this machine. */
export type InterfaceAddress = {
  readonly interface: string
  readonly address: string
  /** e.g. 192.168.56.1/24 */
  readonly cidr: string
  readonly internal: boolean
}

/** Every IPv4 address of this machine with its interface. */
export function listInterfaceAddresses(): InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? [])
      .filter((address) => address.family === 'IPv4' && address.cidr !== null)
      .map(({address, cidr, internal}) => ({interface: name, address, cidr: cidr ?? '', internal})),
  )
}

/**
 * The MTU, in bytes, of the interface that has this address; of all that lead somewhere, the least, for an address that means
 * all. undefined where the system does not tell in /sys/class/net (Linux does).
 */
export async function findMtu(address: string): Promise<number | undefined> {
  const here = listInterfaceAddresses()
  const own = here.filter((one) => one.address === address)
  const names = new Set((own.length > 0 ? own : here.filter(({internal}) => !internal)).map((one) => one.interface))
  const mtus = await Promise.all([...names].map((name) => readFile(`/sys/class/net/${name}/mtu`, 'utf8').catch(() => '')))
  const known = mtus.map(Number).filter((mtu) => mtu > 0)
  return known.length === 0 ? undefined : Math.min(...known)
}

/** The names that the name service has for an address; none when it has none or does not answer within a second. */
export async function lookupNames(ip: string): Promise<string[]> {
  // Loopback addresses have no names but localhost, and asking for them would only leak a query.
  if (ip.startsWith('127.')) return []
  return new Resolver({timeout: 1000, tries: 1}).reverse(ip).catch(() => [])
}

/**
 * Gives the IPv4 addresses of a name as the C library finds them (files, DNS, search domains), none where there are none. Asks
 * getent(1), because a name service that does not answer can be left alone by ending a program, but not by leaving getaddrinfo.
 * undefined: not within the time, or no getent here.
 */
export async function lookupAddresses(name: string, exec: Exec, timeoutMs: number): Promise<string[] | undefined> {
  if (name.startsWith('-')) return []
  const finished = await exec({file: 'getent', args: ['ahostsv4', name], timeoutMs}).catch(() => undefined)
  if (finished === undefined || finished.timedOut) return undefined
  // getent(1): 2 means that the name was not found.
  if (finished.exitCode !== 0) return finished.exitCode === 2 ? [] : undefined
  return [...new Set(finished.stdout.split('\n').flatMap((line) => /^[\d.]+/.exec(line) ?? []))]
}
