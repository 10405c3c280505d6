// Every DHCP server that a machine can boot by, for tests that boot the same machine by each: what must run, and how the lab and
// `pxectl serve` are told.
import {startDhcpd} from './dhcpd.js'
import {startDnsmasq} from './dnsmasq-server.js'
import {startKea} from './kea.js'
import {HOST} from './boot.js'
import {type Lab, type LabOptions, makeLab, type Server, startServe} from './lab.js'
import type {Network} from './network.js'

/** dhcpd without a word about booting, to stand a proxy beside. */
export const ADDRESSES_ONLY = `authoritative;
ping-check false;
subnet 192.168.56.0 netmask 255.255.255.0 { range 192.168.56.100 192.168.56.199; }
host ${HOST.name} { hardware ethernet ${HOST.mac}; fixed-address ${HOST.ip}; option host-name "${HOST.name}"; }
`

type DhcpServer = {
  readonly serve: 'off' | 'full' | 'proxy'
  /** Starts what is not pxectl's own. */
  readonly start: (network: Network) => Promise<Pick<LabOptions, 'dhcp' | 'dhcpd'>>
}

export const dhcpServers = {
  isc: {serve: 'off', start: async (network) => ({dhcp: 'isc', dhcpd: await startDhcpd(network)})},
  kea: {serve: 'off', start: async (network) => ({dhcp: 'kea', dhcpd: {config: (await startKea(network)).config}})},
  dnsmasq: {serve: 'off', start: async (network) => ({dhcp: 'dnsmasq', dhcpd: await startDnsmasq(network)})},
  full: {serve: 'full', start: async () => ({dhcp: 'builtin'})},
  proxy: {
    serve: 'proxy',
    start: async (network) => {
      await startDhcpd(network, ADDRESSES_ONLY)
      return {dhcp: 'none'}
    },
  },
} as const satisfies Readonly<Record<string, DhcpServer>>

export type DhcpServerName = keyof typeof dhcpServers

export const dhcpServerNames = Object.keys(dhcpServers) as DhcpServerName[]

/** A lab with its loaders and HOST, served; `prepare` runs once the loaders are there, and `hostFlags` belong to HOST. */
export async function serveHost(
  network: Network,
  name: DhcpServerName,
  options: {
    readonly settings?: Readonly<Record<string, string>>
    readonly prepare?: (lab: Lab) => Promise<void>
    readonly hostFlags?: readonly string[]
  },
): Promise<Server> {
  const {serve, start} = dhcpServers[name]
  const settings = {'dhcp.boot-options': 'subnet', ...options.settings}
  const lab = await makeLab(network, {...(await start(network)), settings})
  await lab.must('loader', 'install')
  await options.prepare?.(lab)
  if (serve === 'off') await lab.must('dhcp', 'apply')
  const without = serve === 'proxy' ? ['--no-dhcp'] : []
  await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, ...(options.hostFlags ?? []), ...without)
  return startServe(lab, serve)
}
