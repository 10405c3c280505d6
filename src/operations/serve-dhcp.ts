// The DHCP part of `serve`: which mode, on which interface, and beside whom.
import {filenameFor} from '../boot/firmware.js'
import type {ClientFirmware} from '../dhcp4/client-firmware.js'
import {concernsProxy, decideProxy} from '../dhcp4/decide-proxy.js'
import {decideReply} from '../dhcp4/decide.js'
import type {Dhcp4Event} from '../dhcp4/event.js'
import {findDhcpServers, type FoundServer} from '../dhcp4/find-servers.js'
import {startProxyServer} from '../dhcp4/proxy-server.js'
import {serverPort} from '../dhcp4/reply-address.js'
import {type Dhcp4Server, startDhcp4Server} from '../dhcp4/server.js'
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {requireSetting} from '../lab/require-setting.js'
import {filenameSettings} from './boot-options.js'
import {openHostLookup, type HostLookup} from './host-lookup.js'
import {openLeasePool} from './lease-pool.js'
import type {ServePlace} from './serve-place.js'

export const dhcpModes = ['off', 'proxy', 'full'] as const
/** `full`: the lab's only DHCP server. `proxy`: beside another one, names boot files and gives no addresses. */
export type DhcpMode = (typeof dhcpModes)[number]

/** What runs, for the line that says so. */
export type ServedDhcp = {
  readonly mode: Exclude<DhcpMode, 'off'>
  readonly interface: string | undefined
  readonly address: string
  /** The setting that led to the address. */
  readonly chosenBy: ServePlace['chosenBy']
  /** Where clients that are no hosts get leases; undefined where they get none. */
  readonly range: string | undefined
  /** Other servers that answered on the wire; undefined where nobody could look. */
  readonly others: readonly FoundServer[] | undefined
}

export type StartDhcpOptions = {
  readonly mode: ServedDhcp['mode']
  readonly place: ServePlace
  /** Start the full server though another one answers on the wire. */
  readonly allowOther: boolean
  readonly onEvent: (event: Dhcp4Event) => void
  /** Trouble with the lease file while serving. */
  readonly onWarning: (message: string) => void
}

export type StartedDhcp = {readonly server: Dhcp4Server; readonly dhcp: ServedDhcp; readonly warnings: readonly string[]}

/** dnsmasq answers at once, dhcpd pings for a second before it offers an address. */
const LOOK_MS = 2000

/** Starts the server of this mode; throws DHCP_SERVER_PRESENT, and what its sockets throw. */
export async function startDhcp(lab: Lab, options: StartDhcpOptions): Promise<StartedDhcp> {
  const hosts = openHostLookup(lab.settings.lab.database, () => performance.now())
  try {
    const started = await startFor(hosts, lab, options)
    const close = async (): Promise<void> => {
      await started.server.close()
      await hosts.close()
    }
    return {...started, server: {...started.server, close}}
  } catch (error) {
    await hosts.close()
    throw error
  }
}

async function startFor(hosts: HostLookup, lab: Lab, options: StartDhcpOptions): Promise<StartedDhcp> {
  const {mode, place, onEvent} = options
  const others = await lookForOthers(lab, place)
  const rivals = (others ?? []).filter(({kind}) => kind === 'dhcp')
  const dhcp = {mode, interface: place.interface, address: place.address, chosenBy: place.chosenBy, range: undefined, others}
  const subnet = requireSetting(lab.settings.network.subnet, 'network.subnet')
  const names = filenameSettings(lab.settings)
  const wire = {server: names.server, filenameFor: (firmware: ClientFirmware) => filenameFor(firmware, names)}

  if (mode === 'proxy') {
    const server = await startProxyServer({
      address: wire.server,
      subnet,
      onEvent,
      concerns: concernsProxy,
      // A host that another server declares (dhcp = no) is none the less a host that boots.
      decide: async (request, {cast}) => decideProxy(request, wire, await hosts.findByMac(request.mac), cast),
    })
    return {server, dhcp, warnings: others === undefined || rivals.length > 0 ? [] : [nobodyGivesAddresses(dhcp)]}
  }

  if (rivals.length > 0 && !options.allowOther) throw serverPresent(place, rivals)
  const {gateway, dns, domain} = lab.settings.network
  const network = {...wire, subnet, gateway, dns, domain, authoritative: rivals.length === 0}
  const pool = lab.settings.dhcp.unknownClients ? await openLeasePool(lab, {network, onWarning: options.onWarning}) : undefined
  try {
    const server = await startDhcp4Server({
      address: wire.server,
      port: lab.settings.serve.dhcpPort,
      subnet,
      onEvent,
      decide: async (request) => {
        const host = await hosts.findByMac(request.mac)
        // A host with dhcp = no is left to another server.
        if (host === undefined && pool !== undefined) return pool.decide(request)
        return decideReply(request, network, host?.dhcp === true ? host : undefined)
      },
    })
    const close = async (): Promise<void> => {
      await server.close()
      await pool?.close()
    }
    const warnings = [...(pool?.warnings ?? []), ...(rivals.length === 0 ? [] : [twoServers(rivals)])]
    return {server: {...server, close}, dhcp: {...dhcp, range: pool?.range}, warnings}
  } catch (error) {
    await pool?.close()
    throw error
  }
}

/** Loopback and other ports are for tests and demonstrations: nobody else is there. What hinders us will hinder the server too, and it says so better. */
async function lookForOthers({settings}: Lab, place: ServePlace): Promise<readonly FoundServer[] | undefined> {
  if (place.address.startsWith('127.') || settings.serve.dhcpPort !== serverPort) return undefined
  const where = place.interface === undefined ? {} : {interface: place.interface}
  return findDhcpServers({address: place.address, ...where, timeoutMs: LOOK_MS}).catch(() => undefined)
}

function serverPresent(place: ServePlace, rivals: readonly FoundServer[]): PxectlError {
  const servers = rivals.map(({serverId}) => serverId)
  return new PxectlError(
    `another DHCP server answers on ${place.interface ?? place.address}: ${servers.join(', ')}; two would give addresses against each other, so none was started`,
    {
      code: 'DHCP_SERVER_PRESENT',
      kind: 'conflict',
      details: {interface: place.interface, address: place.address, servers},
      suggestions: [
        'leave the addresses to it and only name the boot files: pxectl serve --dhcp proxy',
        'or stop it (on a virtual network: disable the DHCP server of the hypervisor)',
        'or start all the same: pxectl serve --dhcp full --allow-other-dhcp   # only hosts of the lab are answered, nobody is refused',
      ],
    },
  )
}

function twoServers(rivals: readonly FoundServer[]): string {
  const servers = rivals.map(({serverId}) => serverId).join(', ')
  return `another DHCP server answers too: ${servers}; its clients are not refused, and hosts take whichever answer comes first`
}

function nobodyGivesAddresses(dhcp: ServedDhcp): string {
  const where = dhcp.interface ?? dhcp.address
  return `no DHCP server has answered on ${where}: a proxy gives no addresses, and nobody boots without one (pxectl serve --dhcp full gives them)`
}
