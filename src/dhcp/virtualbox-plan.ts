// A change of hosts and boot options as the new state of a DHCP server of VirtualBox. Pure; refuses what VirtualBox would take in
// without a word, such as an address off the network.
import {findIpv4, hostIpProblem, subnetFromNetmask, type Subnet} from '../net/ipv4.js'
import type {VboxDhcpServer} from '../vboxmanage/dhcp-servers.js'
import {conflict} from './isc-conflicts.js'
import {oneFileWarning, uefiWarnings} from './one-file-boot.js'
import type {KnownFirmware, Reservation} from './reservation.js'
import type {DhcpChange} from './server.js'
import {hasOwnBoot, oneFileServer, withBoot, withFirmware} from './virtualbox-boot.js'
import {findFirmware, MARK, vboxHosts, type VboxHost} from './virtualbox-hosts.js'
import {GLOBAL, sortSections, sortSettings, type Section, type ServerState} from './virtualbox-state.js'

/** A server as it is now, as data and as the state that `path` stands for. */
export type CurrentServer = {readonly server: VboxDhcpServer; readonly state: ServerState; readonly path: string}

export type DesiredState = {readonly state: ServerState; readonly warnings: readonly string[]}

/** `declaresBoot`: false leaves the boot options alone (dhcp.boot-options = none). */
export function planVirtualbox(change: DhcpChange, current: CurrentServer, declaresBoot: boolean): DesiredState {
  const hosts = vboxHosts(current.server, current.state, current.path)
  const {gone, sections} = decideHosts(change, hosts, current)
  const changed = new Set(sections.map(({selector}) => selector))
  const kept = current.state.filter(({selector}) => !gone.has(selector) && !changed.has(selector))
  const {bootOptions} = change
  const options = bootOptions === 'remove' || declaresBoot ? bootOptions : undefined
  const boot =
    options === undefined
      ? kept
      : kept.map((section) => (section.selector === GLOBAL ? withBoot(section, options, current.server.network, current.path) : section))
  const warnings =
    options !== undefined && options !== 'remove' && boot.some((section, index) => section !== kept[index])
      ? [oneFileWarning(options, oneFileServer(current.server.network))]
      : []
  if (options === undefined) return {state: sortSections([...boot, ...sections]), warnings}
  const known = new Map(sections.map((section, index) => [section, change.upsert[index]?.reservation.firmware]))
  const isOf = (section: Section): KnownFirmware | undefined => (known.has(section) ? known.get(section) : findFirmware(section))
  const all = [...boot, ...sections].map((section) =>
    section.selector === GLOBAL ? section : withFirmware(section, options, isOf(section)),
  )
  return {state: sortSections(all), warnings: [...warnings, ...firmwareWarnings(change, sections, current)]}
}

/** What the boot files of known firmware may not do. */
function firmwareWarnings({upsert, bootOptions}: DhcpChange, sections: readonly Section[], {state}: CurrentServer): string[] {
  if (bootOptions === 'remove') return []
  const isNew = upsert.filter(({reservation: {firmware}}, index) => {
    const old = state.find(({selector}) => selector === sections[index]?.selector)
    return firmware !== undefined && (old === undefined || findFirmware(old) !== firmware)
  })
  const own = upsert.filter(({reservation}, index) => {
    const section = sections[index]
    return reservation.firmware !== undefined && section !== undefined && hasOwnBoot(section)
  })
  const hasUefi = isNew.some(({reservation}) => reservation.firmware === 'uefi')
  return [
    ...own.map(({reservation: {name}}) => `${name} has boot options of its own (66, 67), which its firmware does not change`),
    ...uefiWarnings(isNew, true),
    ...(hasUefi ? ["whether VirtualBox's EFI takes a whole URL for its boot file was not tried"] : []),
  ]
}

/** Which sections go, and which come in their place. */
function decideHosts(
  {upsert, remove}: DhcpChange,
  hosts: readonly VboxHost[],
  current: CurrentServer,
): {gone: Set<string>; sections: Section[]} {
  const old = upsert.map(
    ({reservation, previousName}) => hosts.find(({name}) => name === previousName) ?? hosts.find(({name}) => name === reservation.name),
  )
  const removed = hosts.filter(({name}) => remove.includes(name))
  const gone = new Set([...old, ...removed].flatMap((host) => (host === undefined ? [] : [host.selector])))
  const others = hosts.filter(({selector}) => !gone.has(selector))
  const wanted = upsert.map(({reservation}) => reservation)
  for (const [index, {reservation, isNew}] of upsert.entries()) {
    const own = old[index]
    if (own !== undefined && own.mac !== reservation.mac && (isNew === true || own.selector.startsWith('--vm=')))
      throw nameTaken(own, current)
    refuseAddress(reservation, current.server)
    refuseTaken(reservation, wanted.slice(0, index), others, current)
  }
  return {gone, sections: wanted.map((reservation, index) => sectionOf(reservation, old[index]))}
}

/** A host as a section. What somebody set for the client beside its name and address stays. */
export function sectionOf({name, mac, ip}: Reservation, own: VboxHost | undefined): Section {
  const rest = own === undefined ? [MARK] : own.settings.filter((setting) => !/^--(?:fixed-address=|set-opt(?:-hex)?=12 )/.test(setting))
  const selector = own?.selector.startsWith('--vm=') === true ? own.selector : `--mac-address=${mac}`
  return {selector, settings: sortSettings([...rest, `--fixed-address=${ip}`, `--set-opt=12 ${name}`])}
}

function nameTaken({name, mac, file, line}: VboxHost, {server}: CurrentServer): Error {
  const message = `host ${name} is declared already, with the MAC address ${mac ?? 'of no card'} (${file}:${line})`
  return conflict('DHCP_NAME_TAKEN', message, {host: name, network: server.network}, ['use another name'])
}

function refuseTaken(
  {name, mac, ip}: Reservation,
  before: readonly Reservation[],
  others: readonly VboxHost[],
  {server}: CurrentServer,
): void {
  const twin = before.find((other) => other.mac === mac || other.ip === ip)
  if (twin !== undefined) {
    const [code, what] =
      twin.mac === mac ? (['DHCP_MAC_TAKEN', `MAC address ${mac}`] as const) : (['DHCP_IP_TAKEN', `address ${ip}`] as const)
    throw conflict(code, `${twin.name} and ${name} both have the ${what}`, {mac, ip}, ['correct one of them: pxectl host list'])
  }
  for (const other of others) {
    const where = `${other.file}:${other.line}`
    const forget = `or have VirtualBox forget it: VBoxManage dhcpserver modify --network=${server.network} ${other.selector} --remove-config`
    if (other.name === name) throw nameTaken(other, {server, state: [], path: other.file})
    if (other.mac === mac) {
      const message = `the MAC address ${mac} already belongs to host ${other.name} (${where})`
      throw conflict('DHCP_MAC_TAKEN', message, {mac, host: other.name}, [`use that name: ${other.name}`, forget])
    }
    if (other.addresses.includes(ip)) {
      const message = `the address ${ip} already belongs to host ${other.name} (${where})`
      throw conflict('DHCP_IP_TAKEN', message, {ip, host: other.name}, ['choose another address: pxectl host free', forget])
    }
  }
}

/** The network that the server gives addresses of. */
export function subnetOf({serverIp, netmask}: VboxDhcpServer): Subnet | undefined {
  const [ip, mask] = [findIpv4(serverIp), findIpv4(netmask)]
  return ip === undefined || mask === undefined ? undefined : subnetFromNetmask(ip, mask)
}

/** Why a client of this server cannot have the address, or undefined. One of its pool is fine: VirtualBox takes it out of that. */
export function findVboxAddressProblem(ip: Reservation['ip'], server: VboxDhcpServer): string | undefined {
  if (ip === server.serverIp) return "it is the DHCP server's own"
  const subnet = subnetOf(server)
  return subnet === undefined ? undefined : hostIpProblem(subnet, ip)
}

function refuseAddress({ip}: Reservation, server: VboxDhcpServer): void {
  const problem = findVboxAddressProblem(ip, server)
  if (problem === undefined) return
  const code = ip === server.serverIp ? 'DHCP_IP_TAKEN' : 'DHCP_IP_OFF_SUBNET'
  const details = {ip, network: server.network}
  throw conflict(code, `the address ${ip} cannot be used in the network ${server.network}: ${problem}`, details, [
    'choose another address: pxectl host free',
  ])
}
