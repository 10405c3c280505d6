// What `pxectl init` wants to know of this machine before it proposes anything. Only looks.
import {defaultDhcpConfig} from '../lab/dhcp-config.js'
import {editedServers, type EditedServer, type MachineFacts} from '../lab/set-ups.js'
import {exec} from '../system/exec.js'
import {fileExists} from '../system/files.js'
import {listInterfaceAddresses} from '../system/network.js'
import {listTcpListeners, listUdpHolders} from '../system/port-holders.js'

const LOOK_MS = 5000

/** A program of the hypervisor with what makes it tell its version. */
const PROGRAMS = {
  virtualbox: ['VBoxManage', '--version'],
  vmware: ['vmrun'],
  qemu: ['qemu-system-x86_64', '--version'],
} as const

const DAEMONS: Readonly<Record<string, EditedServer>> = {dhcpd: 'isc', 'kea-dhcp4': 'kea', dnsmasq: 'dnsmasq'}

export async function lookAround(platform: string = process.platform): Promise<MachineFacts> {
  const [hypervisors, holders, tftp, http] = await Promise.all([
    findHypervisors(),
    listUdpHolders(67),
    listUdpHolders(69),
    listTcpListeners(8069),
  ])
  const running = holders.map(({program}) => DAEMONS[program])
  const dhcpServers: EditedServer[] = []
  for (const server of editedServers) {
    const config = server === 'dnsmasq' ? undefined : defaultDhcpConfig(server, platform)
    if (running.includes(server) || (config !== undefined && (await fileExists(config)))) dhcpServers.push(server)
  }
  const runs = (server: EditedServer): number => Number(running.includes(server))
  const taken = (port: string, [holder]: typeof tftp): string[] => (holder === undefined ? [] : [`${port} (${holder.program})`])
  return {
    platform,
    addresses: listInterfaceAddresses(),
    hypervisors,
    // One that runs says more than a file.
    dhcpServers: dhcpServers.sort((a, b) => runs(b) - runs(a)),
    takenPorts: [...taken('udp 67', holders), ...taken('udp 69', tftp), ...taken('tcp 8069', http)],
  }
}

async function findHypervisors(): Promise<MachineFacts['hypervisors']> {
  const found = await Promise.all(
    Object.entries(PROGRAMS).map(async ([name, [file, ...args]]) => {
      const finished = await exec({file, args, timeoutMs: LOOK_MS}).catch(() => undefined)
      const version = /\d+(\.\d+)+/.exec(finished?.stdout ?? '')?.[0] ?? ''
      return finished === undefined ? [] : [[name, version] as const]
    }),
  )
  return Object.fromEntries(found.flat())
}
