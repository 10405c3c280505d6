// What keeps dhcpd from starting or from being the only one who answers, although `dhcpd -t` accepts its configuration.
import {findStatements} from '../dhcpd-conf/find-statements.js'
import {lineOf} from '../dhcpd-conf/tree.js'
import {findIpv4, netmaskOf, subnetHas, type Subnet} from '../net/ipv4.js'
import {findBytes, fileExists} from '../system/files.js'
import {listInterfaceAddresses} from '../system/network.js'
import type {PortHolder} from '../system/port-holders.js'
import {readsConfig} from './daemon.js'
import type {HostEntry} from './isc-check-hosts.js'
import {recordFindings} from './isc-check-omapi.js'
import {findLeaseFile, type LeaseFileHints} from './isc-leases.js'
import type {Configuration} from './isc-load.js'
import type {CheckContext, Finding} from './server.js'

/** dhcpd ends with "No subnet declaration for eth1" where it has no interface left to serve. */
export function subnetFindings({main, files}: Configuration, context: CheckContext, subnet: Subnet | undefined): Finding[] {
  const here = listInterfaceAddresses().flatMap((one) => (one.interface === context.interface ? (findIpv4(one.address) ?? []) : []))
  const addresses = here.length > 0 || context.server === undefined ? here : [context.server]
  const declared = files.flatMap((file) => file.declarations.subnets.map((found) => found.subnet))
  if (addresses.length === 0 || addresses.some((ip) => declared.some((one) => subnetHas(one, ip)))) return []
  const whose =
    here.length > 0 ? `the interface ${context.interface ?? ''} (${here.join(', ')})` : `this lab's server (${addresses.join()})`
  const missing = subnet === undefined ? 'subnet ADDRESS netmask MASK { }' : `subnet ${subnet.address} netmask ${netmaskOf(subnet)} { }`
  return [
    {
      severity: 'error',
      code: 'DHCP_SUBNET_UNDECLARED',
      message: `no subnet of ${whose} is declared: dhcpd does not serve it, and does not start without another`,
      file: main.path,
      line: 1,
      suggestion: `add to ${main.path}: ${missing}`,
    },
  ]
}

/** Without `authoritative` a machine that comes from another network waits for its old lease to run out. */
export function authorityFindings({main, files}: Configuration): Finding[] {
  if (files.some(({tree}) => [...findStatements(tree, 'authoritative')].length > 0)) return []
  const [denied] = findStatements(main.tree, 'not', 'authoritative')
  return [
    {
      severity: 'note',
      code: 'DHCP_NOT_AUTHORITATIVE',
      message: 'the server is not authoritative: it does not refuse addresses that clients bring along from elsewhere',
      file: main.path,
      line: denied === undefined ? 1 : lineOf(main.tree, denied),
      suggestion: 'where this is the only DHCP server of the network, add: authoritative;',
    },
  ]
}

/** dhcpd does not start without its lease file, and does not make it. */
export async function leaseFindings(
  configuration: Configuration,
  entries: readonly HostEntry[],
  hints: LeaseFileHints,
): Promise<Finding[]> {
  const {path, isSure, file, line} = await findLeaseFile(configuration, hints)
  const bytes = await findBytes(path).catch(() => undefined)
  if (bytes !== undefined) return recordFindings(entries, path, bytes)
  if (!isSure || (await fileExists(path))) return []
  return [
    {
      severity: 'error',
      code: 'DHCP_LEASES_MISSING',
      message: `the lease file ${path} does not exist: dhcpd does not start without it`,
      file: file ?? configuration.main.path,
      ...(line === undefined ? {} : {line}),
      suggestion: `touch ${path}, with the owner that dhcpd runs as`,
    },
  ]
}

/** As the kernel cuts program names. systemd-networkd is one only with DHCPServer=yes, but then it holds the port. */
const DHCP_SERVERS = ['dhcpd', 'dnsmasq', 'kea-dhcp4', 'udhcpd', 'systemd-network', 'vmnet-dhcpd', 'VBoxNetDHCP']

/** Two servers on one wire: whoever is quicker answers. */
export async function rivalFindings({main}: Configuration, context: CheckContext, holders: readonly PortHolder[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const {pid, program, args} of holders) {
    if (!DHCP_SERVERS.includes(program)) continue
    if (program === 'dhcpd' && ((await readsConfig(args, main.path)) || servesOthers(args, context.interface))) continue
    findings.push({
      severity: 'warning',
      code: 'DHCP_SERVER_SECOND',
      message: `${program} (process ${pid}) listens on port 67 of this machine too: machines take the answer of whoever is quicker`,
      file: main.path,
      suggestion: `ask the wire: pxectl dhcp check --wire; stop it, or keep it off this network: ${args.join(' ')}`,
    })
  }
  return findings
}

/** dhcpd's last words are the interfaces it serves; none: all. */
function servesOthers(args: readonly string[], own: string | undefined): boolean {
  const named: string[] = []
  for (let index = args.length - 1; index > 0 && !(args[index] ?? '').startsWith('-'); index--) {
    if (/^-(?:cf|lf|pf|p|tf|s|user|group|chroot)$/.test(args[index - 1] ?? '')) break
    named.push(args[index] ?? '')
  }
  return own !== undefined && named.length > 0 && !named.includes(own)
}
