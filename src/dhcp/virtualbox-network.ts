// Which of VirtualBox's DHCP servers is meant, and the error where it is not there.
import {PxectlError} from '../errors.js'
import {broadcastOf, ipv4FromNumber, ipv4ToNumber, netmaskOf, type Ipv4Range, type Subnet} from '../net/ipv4.js'
import type {VboxDhcpServer} from '../vboxmanage/dhcp-servers.js'

/** A host-only interface has a network of this name (seen: `list dhcpservers` of 7.2.22); on Windows the adapter's whole name follows. */
const HOST_ONLY = 'HostInterfaceNetworking-'

/** The network that is meant by its own name or by that of an interface, as far as that can be told without asking VirtualBox. */
export function networkNameOf(wanted: string): string {
  return /^vboxnet\d+$/.test(wanted) ? HOST_ONLY + wanted : wanted
}

export type NetworkSearch = {
  /** dhcp.config, else network.interface. */
  readonly wanted: string | undefined
  /** Of the lab, for the command that makes a server. */
  readonly subnet?: Subnet | undefined
  readonly range?: Ipv4Range | undefined
}

/** The server of the network with this name, or of the host-only interface. Throws DHCP_NETWORK_UNKNOWN or DHCP_NETWORK_MISSING. */
export function getNetwork(servers: readonly VboxDhcpServer[], search: NetworkSearch): VboxDhcpServer {
  const {wanted} = search
  const known = servers.map(({network}) => network)
  const choose = known.slice(0, 5).map((network) => `pxectl config set dhcp.config ${network}`)
  if (wanted === undefined) {
    throw new PxectlError("which of VirtualBox's networks is meant is not said (dhcp.config, or network.interface for a host-only one)", {
      code: 'DHCP_NETWORK_UNKNOWN',
      kind: 'usage',
      details: {known},
      suggestions: choose,
    })
  }
  const found = servers.find(({network}) => network === wanted) ?? servers.find(({network}) => network === HOST_ONLY + wanted)
  if (found !== undefined) return found
  throw new PxectlError(
    `the network ${wanted} of VirtualBox has no DHCP server (there are: ${known.join(', ') || 'none'}); VirtualBox keeps them for each user apart`,
    {
      code: 'DHCP_NETWORK_MISSING',
      kind: 'notFound',
      details: {network: wanted, known},
      suggestions: [`make one: ${addCommand(search, wanted)}`, ...choose, 'run pxectl as the user whose machines these are, not as root'],
    },
  )
}

/** The command that gives the network a DHCP server, with the addresses of the lab where they are known. */
function addCommand({subnet, range}: NetworkSearch, wanted: string): string {
  const selector = /^vboxnet\d+$/.test(wanted) ? `--interface=${wanted}` : `--network=${wanted}`
  const addresses = subnet === undefined ? undefined : proposeAddresses(subnet, range)
  const {server, lower, upper, netmask} = addresses ?? {server: 'IP', lower: 'FIRST', upper: 'LAST', netmask: '255.255.255.0'}
  return `VBoxManage dhcpserver add ${selector} --server-ip=${server} --netmask=${netmask} --lower-ip=${lower} --upper-ip=${upper} --enable`
}

/** The last address for the server, and the ones before it for clients that are no hosts; above network.range where there is room. */
function proposeAddresses(subnet: Subnet, range: Ipv4Range | undefined): Record<'server' | 'lower' | 'upper' | 'netmask', string> {
  const last = ipv4ToNumber(broadcastOf(subnet)) - 1
  const above = range === undefined ? 0 : ipv4ToNumber(range.last) + 1
  const lower = above > ipv4ToNumber(subnet.address) && above < last ? above : Math.max(ipv4ToNumber(subnet.address) + 2, last - 50)
  return {
    server: ipv4FromNumber(last),
    lower: ipv4FromNumber(lower),
    upper: ipv4FromNumber(Math.max(lower, last - 1)),
    netmask: netmaskOf(subnet),
  }
}
