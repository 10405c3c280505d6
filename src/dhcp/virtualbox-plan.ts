// A change of hosts and boot options as the new state of a DHCP server of VirtualBox. Pure; refuses what VirtualBox would take in
// without a word, such as an address off the network.
import {findIpv4, hostIpProblem, subnetFromNetmask, type Subnet} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {VboxDhcpServer} from '../vboxmanage/dhcp-servers.js'
import {conflict} from './isc-conflicts.js'
import {oneFileWarning, uefiWarnings} from './one-file-boot.js'
import type {Reservation} from './reservation.js'
import type {DhcpChange} from './server.js'
import {oneFileServer, withBoot} from './virtualbox-boot.js'
import {firmwareGroups, firmwareOf, hasOwnBoot, isFirmwareGroup} from './virtualbox-firmware.js'
import {MARK, vboxHosts, type VboxHost} from './virtualbox-hosts.js'
import {GLOBAL, sortSections, sortSettings, type Section, type ServerState} from './virtualbox-state.js'

/** A server as it is now, as data and as the state that `path` stands for. */
export type CurrentServer = {readonly server: VboxDhcpServer; readonly state: ServerState; readonly path: string}

export type DesiredState = {readonly state: ServerState; readonly warnings: readonly string[]}

/** What planning needs to know beside the server. */
export type PlanContext = {
  /** false leaves the boot options alone (dhcp.boot-options = none). */
  readonly declaresBoot: boolean
  /** Cards of VirtualBox's machines that are at this network: what such a host is told is told to the card, whatever MAC it gets. */
  readonly cards: ReadonlyMap<Mac, VmCard>
}

/** `vm`: the UUID. `isHere`: at this network. */
export type VmCard = {readonly vm: string; readonly nic: number; readonly isHere: boolean}

/** The state that the change asks for. Throws a conflict for what VirtualBox would take in without a word, and for hosts of somebody else. */
export function planVirtualbox(change: DhcpChange, current: CurrentServer, {declaresBoot, cards}: PlanContext): DesiredState {
  const {state, server, path} = current
  const {gone, goneMacs, sections} = decideHosts(change, current, cards)
  const changed = new Set(sections.map(({selector}) => selector))
  const kept = state.filter((section) => !gone.has(section.selector) && !changed.has(section.selector) && !isFirmwareGroup(section))
  const options = change.bootOptions === 'remove' || declaresBoot ? change.bootOptions : undefined
  const boot = kept.map((section) =>
    section.selector === GLOBAL && options !== undefined ? withBoot(section, options, server.network, path) : section,
  )
  const known = change.upsert.map(({reservation}) => reservation)
  const groups = firmwareGroups(state, {gone: goneMacs, known, options})
  const warnings =
    options === undefined || options === 'remove'
      ? []
      : [
          ...(boot.some((section, index) => section !== kept[index]) ? [oneFileWarning(options, oneFileServer(server.network))] : []),
          ...firmwareWarnings(change, sections, state),
        ]
  return {state: sortSections([...boot, ...groups, ...sections]), warnings}
}

/** What the boot files of known firmware may not do. */
function firmwareWarnings({upsert}: DhcpChange, sections: readonly Section[], state: ServerState): string[] {
  const isKnown = upsert
    .map(({reservation}, index) => ({reservation, section: sections[index]}))
    .filter(({reservation}) => reservation.firmware)
  const isNew = upsert.filter(({reservation: {firmware, mac}}) => firmware !== undefined && firmwareOf(state, mac) !== firmware)
  const own = isKnown.filter(({section}) => section !== undefined && hasOwnBoot(section))
  const hasUefi = isNew.some(({reservation}) => reservation.firmware === 'uefi')
  return [
    ...own.map(({reservation: {name}}) => `${name} has boot options of its own (66, 67), which its firmware does not change`),
    ...uefiWarnings(isNew, true),
    ...(hasUefi ? ["whether VirtualBox's EFI takes a whole URL for its boot file was not tried"] : []),
  ]
}

type DecidedHosts = {readonly gone: ReadonlySet<string>; readonly goneMacs: readonly Mac[]; readonly sections: readonly Section[]}

/** Which sections go, and which come in their place. */
function decideHosts({upsert, remove}: DhcpChange, current: CurrentServer, cards: PlanContext['cards']): DecidedHosts {
  const hosts = vboxHosts(current.server, current.state, current.path)
  const old = upsert.map(
    ({reservation, previousName}) => hosts.find(({name}) => name === previousName) ?? hosts.find(({name}) => name === reservation.name),
  )
  const removed = hosts.filter(({name}) => remove.includes(name))
  const leaving = [...old, ...removed].flatMap((host) => host ?? [])
  const gone = new Set(leaving.map(({selector}) => selector))
  const others = hosts.filter(({selector}) => !gone.has(selector))
  const wanted = upsert.map(({reservation}) => reservation)
  for (const [index, {reservation, isNew}] of upsert.entries()) {
    const own = old[index]
    if (own !== undefined && own.mac !== reservation.mac && (isNew === true || isForeignCard(own))) throw nameTaken(own, current)
    refuseAddress(reservation, current.server)
    refuseTaken(reservation, wanted.slice(0, index), others, current)
  }
  const staying = new Set(wanted.map(({mac}) => mac))
  return {
    gone,
    goneMacs: leaving.flatMap(({mac}) => (mac === undefined || staying.has(mac) ? [] : [mac])),
    sections: wanted.map((reservation, index) => sectionOf(reservation, old[index], cards.get(reservation.mac))),
  }
}

/** Somebody told VirtualBox of this card; it stays with the card. */
function isForeignCard({selector, managed}: VboxHost): boolean {
  return selector.startsWith('--vm=') && !managed
}

/** A host as a section. What somebody set for the client beside its name and address stays. */
export function sectionOf({name, mac, ip}: Reservation, own?: VboxHost, card?: Pick<VmCard, 'vm' | 'nic'>): Section {
  const rest = own === undefined ? [MARK] : own.settings.filter((setting) => !/^--(?:fixed-address=|set-opt(?:-hex)?=12 )/.test(setting))
  const selector = card === undefined ? `--mac-address=${mac}` : `--vm=${card.vm} --nic=${card.nic}`
  return {
    selector: own !== undefined && isForeignCard(own) ? own.selector : selector,
    settings: sortSettings([...rest, `--fixed-address=${ip}`, `--set-opt=12 ${name}`]),
  }
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
