// What a dhcpd.conf knows of machines and subnets, for asking about each of them.
import {childrenOf} from '../dhcpd-conf/tree.js'
import {wordsOf} from '../dhcpd-conf/words.js'
import {renderSubnet, type Ipv4, type Ipv4Range, type Subnet} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {ConfFile} from './isc-load.js'
import {clientIdDigits} from './isc-to-kea.js'

export type KnownMachine = {
  readonly name: string
  readonly mac: Mac | undefined
  /** Option 61 as hex digits, of a machine that is declared by it. */
  readonly clientId?: string | undefined
  /** Its fixed addresses; none: it may be anywhere. */
  readonly addresses: readonly Ipv4[]
}

/** The host declarations that a client can be told by. */
export function knownMachines(files: readonly ConfFile[]): KnownMachine[] {
  return files.flatMap(({tree, declarations}) =>
    declarations.hosts.flatMap(({name, hardware, fixedAddress, statement}): KnownMachine[] => {
      const mac = hardware?.mac
      const identifier = [...childrenOf(tree, statement)]
        .map((child) => wordsOf(tree, child))
        .find(([first, second]) => /^option$/i.test(first?.text ?? '') && /^dhcp-client-identifier$/i.test(second?.text ?? ''))
      if (mac === undefined && identifier === undefined) return []
      const clientId = mac === undefined ? clientIdDigits(identifier?.[2]) : undefined
      return [{name: name.text, mac, clientId, addresses: fixedAddress?.values.flatMap(({ip}) => ip ?? []) ?? []}]
    }),
  )
}

export type KnownSubnets = {readonly subnets: readonly Subnet[]; readonly ranges: readonly Ipv4Range[]}

/** Subnets and dynamic ranges, in the order in which they stand, each once. */
export function knownSubnets(files: readonly ConfFile[]): KnownSubnets {
  const subnets = new Map<string, Subnet>()
  for (const {declarations} of files) for (const {subnet} of declarations.subnets) subnets.set(renderSubnet(subnet), subnet)
  return {subnets: [...subnets.values()], ranges: files.flatMap(({declarations}) => declarations.ranges)}
}
