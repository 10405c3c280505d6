// What this machine knows of its own network, and of names on it.
import {Resolver} from 'node:dns/promises'
import {networkInterfaces} from 'node:os'

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

/** The names that the name service has for an address; none when it has none or does not answer within a second. */
export async function lookupNames(ip: string): Promise<string[]> {
  // Loopback addresses have no names but localhost, and asking for them would only leak a query.
  if (ip.startsWith('127.')) return []
  return new Resolver({timeout: 1000, tries: 1}).reverse(ip).catch(() => [])
}
