// The lint behind `pxectl dhcp check` for a DHCP server of VirtualBox: VirtualBox takes nearly everything in without a word.
import {findIpv4, ipv4ToNumber, rangeHas, renderSubnet, subnetHas, type Ipv4, type Subnet} from '../net/ipv4.js'
import type {VboxDhcpServer} from '../vboxmanage/dhcp-servers.js'
import {disagreementFindings, duplicateFindings} from './declared-checks.js'
import type {Reservation} from './reservation.js'
import type {CheckContext, Finding} from './server.js'
import {globalSettings} from './virtualbox-commands.js'
import {oneFileServer} from './virtualbox-boot.js'
import {isFirmwareGroup} from './virtualbox-firmware.js'
import {valueOf, vboxHosts, type VboxHost} from './virtualbox-hosts.js'
import {findVboxAddressProblem, subnetOf, type CurrentServer} from './virtualbox-plan.js'

export type ServerCheck = {
  readonly current: CurrentServer
  readonly expected: readonly Reservation[]
  readonly context: CheckContext
  /** Of the lab. */
  readonly subnet?: Subnet | undefined
}

export async function checkVboxServer({current, expected, context, subnet}: ServerCheck): Promise<Finding[]> {
  const {server, state, path} = current
  const hosts = vboxHosts(server, state, path)
  return [
    ...networkFindings(server, path, subnet),
    ...duplicateFindings(hosts),
    ...hosts.flatMap((host) => addressFindings(host, server)),
    ...disagreementFindings(hosts, expected),
    ...(await bootFindings(current, context)),
  ]
}

function networkFindings(server: VboxDhcpServer, file: string, subnet: Subnet | undefined): Finding[] {
  const {network, enabled, lowerIp, upperIp, serverIp} = server
  const modify = `VBoxManage dhcpserver modify --network=${network}`
  const findings: Finding[] = []
  const add = (code: string, message: string, suggestion: string): void =>
    void findings.push({severity: 'error', code, message, file, line: 1, suggestion})
  if (!enabled) add('DHCP_SERVER_DISABLED', `the DHCP server of ${network} is switched off`, `${modify} --enable`)
  const own = subnetOf(server)
  const [lower, upper] = [findIpv4(lowerIp), findIpv4(upperIp)]
  if (own === undefined || lower === undefined || upper === undefined) {
    add(
      'DHCP_RANGE_INVALID',
      `the addresses ${serverIp}/${server.netmask}, ${lowerIp}-${upperIp} of ${network} make no sense`,
      `${modify} --lower-ip=… --upper-ip=…`,
    )
    return findings
  }
  if (!subnetHas(own, lower) || !subnetHas(own, upper) || ipv4ToNumber(lower) > ipv4ToNumber(upper)) {
    add(
      'DHCP_RANGE_INVALID',
      `the range ${lowerIp}-${upperIp} is not wholly in the network ${renderSubnet(own)} of ${network}`,
      `${modify} --lower-ip=… --upper-ip=…`,
    )
  }
  if (subnet !== undefined && renderSubnet(subnet) !== renderSubnet(own)) {
    add(
      'DHCP_SUBNET_DIFFERS',
      `${network} gives addresses of ${renderSubnet(own)}; the lab is ${renderSubnet(subnet)}`,
      `pxectl config set network.subnet ${renderSubnet(own)}`,
    )
  }
  return findings
}

function addressFindings(host: VboxHost, server: VboxDhcpServer): Finding[] {
  const {name, addresses, file, line} = host
  return addresses.flatMap((address): Finding[] => {
    const ip = findIpv4(address)
    const problem = ip === undefined ? 'it is none' : findVboxAddressProblem(ip, server)
    if (problem === undefined) return poolFindings(host, ip, server)
    const message = `host ${name}: the address ${address} cannot be used: ${problem}`
    const suggestion = 'choose another address: pxectl host free'
    return [{severity: 'error', code: 'DHCP_IP_OFF_SUBNET', message, file, line, suggestion}]
  })
}

/** The server takes fixed addresses out of its pool when it starts, but a lease that a machine has got before lasts. */
function poolFindings({name, file, line}: VboxHost, ip: Ipv4 | undefined, {lowerIp, upperIp}: VboxDhcpServer): Finding[] {
  const [first, last] = [findIpv4(lowerIp), findIpv4(upperIp)]
  if (ip === undefined || first === undefined || last === undefined || !rangeHas({first, last}, ip)) return []
  const message = `host ${name}: the address ${ip} is in the range ${lowerIp}-${upperIp}; a machine may have a lease of it from before`
  return [{severity: 'note', code: 'DHCP_IP_DYNAMIC', message, file, line, suggestion: 'choose addresses outside of that range'}]
}

const APPLY = 'pxectl dhcp apply --boot-options global'

async function bootFindings({server, state, path: file}: CurrentServer, {server: wanted, hasBootFile}: CheckContext): Promise<Finding[]> {
  const settings = globalSettings(state)
  const [nextServer, filename] = [valueOf(settings, '--set-opt=66 '), valueOf(settings, '--set-opt=67 ')]
  if (filename === undefined) {
    const message = 'no boot file (option 67) is declared: clients get an address and nothing to boot'
    return [{severity: 'warning', code: 'DHCP_BOOT_OPTIONS_MISSING', message, file, suggestion: APPLY}]
  }
  const findings: Finding[] = []
  const add = (severity: Finding['severity'], code: string, message: string, suggestion: string): void =>
    void findings.push({severity, code, message, file, suggestion})
  const [, host, name] = /^tftp:\/\/([^/:]+)(?::\d+)?\/(.+)$/.exec(filename) ?? []
  if (!/^\w+:\/\//.test(filename)) {
    const message = `the boot file ${filename} names no server, and VirtualBox's DHCP server fills in none: its machines say "Nothing to boot"`
    add('warning', 'DHCP_NEXT_SERVER', message, `declare the whole URL: ${APPLY}`)
  }
  for (const [what, address] of [
    ['next-server (option 66)', nextServer],
    ['the server in option 67', host],
  ] as const) {
    if (address === undefined || wanted === undefined || address === wanted) continue
    add('warning', 'DHCP_NEXT_SERVER', `${what} is ${address}; the lab serves from ${wanted}`, APPLY)
  }
  if (name !== undefined && (host === wanted || wanted === undefined) && (await hasBootFile?.(name)) === false) {
    add(
      'error',
      'DHCP_FILENAME_MISSING',
      `there is nothing to serve under the name ${name}`,
      'put the loaders in place: pxectl loader install',
    )
  }
  for (const section of state.slice(2)) {
    const own = valueOf(section.settings, '--set-opt=67 ')
    if (own !== undefined && !isFirmwareGroup(section))
      add('note', 'DHCP_FILENAME_OVERRIDES', `${section.selector} is given ${own} instead`, 'meant so? then all is well')
  }
  const {server: who, instead} = oneFileServer(server.network)
  add('note', 'DHCP_ONE_FILE_ONLY', `${who} gives BIOS and UEFI machines the same file, ${filename}: only one of them can run it`, instead)
  return findings
}
