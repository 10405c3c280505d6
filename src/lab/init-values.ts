// The settings of a new lab from what the user said and what the machine is: pure, so that every proposal can be tested.
import {PxectlError} from '../errors.js'
import {
  broadcastOf,
  findIpv4,
  ipv4FromNumber,
  ipv4ToNumber,
  parseIpv4,
  parseRange,
  parseSubnet,
  renderRange,
  renderSubnet,
  subnetFromNetmask,
  type Ipv4,
  type Subnet,
} from '../net/ipv4.js'
import type {InterfaceAddress} from '../system/network.js'
import type {SettingName} from './setting-table.js'

export type InitValues = Partial<Record<SettingName, string>>

/** A lab on loopback with high ports: works for an ordinary user on any machine, and bothers no network. */
export const loopbackValues = {
  'network.interface': 'lo',
  'network.server': '127.0.0.1',
  'network.subnet': '127.0.0.0/24',
  'network.range': '127.0.0.100-127.0.0.199',
  'dhcp.backend': 'builtin',
  'serve.tftp-port': '6969',
  'serve.http-port': '8069',
  'serve.dhcp-port': '6767',
} as const satisfies InitValues

/** Fills in what follows from what is given: server and subnet from the interface, the subnet's upper part as range. */
export function completeInitValues(given: InitValues, addresses: readonly InterfaceAddress[]): InitValues {
  const values: InitValues = {...interfaceValues(given, addresses), ...given}
  const subnetText = values['network.subnet']
  if (subnetText !== undefined) {
    const subnet = parseSubnet(subnetText)
    const server = values['network.server']
    values['network.range'] ??= renderRange(proposeRange(subnet, server === undefined ? undefined : parseIpv4(server)))
  }
  if (values['network.range'] !== undefined) parseRange(values['network.range'])
  return values
}

function interfaceValues(given: InitValues, addresses: readonly InterfaceAddress[]): InitValues {
  const name = given['network.interface']
  if (name === undefined) return {}
  const found = addresses.find((address) => address.interface === name)
  if (found === undefined) {
    if (given['network.server'] !== undefined && given['network.subnet'] !== undefined) return {}
    throw new PxectlError(`the interface ${name} is not on this machine, or has no IPv4 address`, {
      code: 'INTERFACE_UNKNOWN',
      kind: 'usage',
      details: {interface: name, interfaces: [...new Set(addresses.map((address) => address.interface))]},
      suggestions: [
        `interfaces with an address here: ${addresses.map((address) => `${address.interface} (${address.cidr})`).join(', ')}`,
        'or give --server and --subnet as well',
      ],
    })
  }
  const ip = findIpv4(found.address)
  const prefix = Number(found.cidr.split('/')[1])
  const subnet = ip === undefined ? undefined : subnetFromNetmask(ip, ipv4FromNumber((0xffffffff << (32 - prefix)) >>> 0))
  return {'network.server': found.address, ...(subnet === undefined ? {} : {'network.subnet': renderSubnet(subnet)})}
}

/** .100 to .199 of a /24, and the like part of other sizes: above the low addresses that people give to servers. */
export function proposeRange(subnet: Subnet, server: Ipv4 | undefined): {first: Ipv4; last: Ipv4} {
  const base = ipv4ToNumber(subnet.address)
  const size = ipv4ToNumber(broadcastOf(subnet)) - base
  const [first, last] = size >= 255 ? [base + 100, base + 199] : [base + Math.max(1, Math.floor(size / 2)), base + size - 1]
  const clash = server !== undefined && ipv4ToNumber(server) === first && first < last
  return {first: ipv4FromNumber(clash ? first + 1 : first), last: ipv4FromNumber(last)}
}
