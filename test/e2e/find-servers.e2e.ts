// Which DHCP servers are found on a wire, and from where.
//
//     br0 192.168.56.1: we, dhcpd or dnsmasq ─── c1 192.168.56.9: dhcpd or dnsmasq
import {mkdtemp, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {startDhcpd} from './support/dhcpd.js'
import {startForeignDnsmasq} from './support/foreign-dnsmasq.js'
import {SERVER, withNetwork, type Network, type Place} from './support/network.js'
import {projectFolder} from './support/program.js'
import {until} from './support/programs.js'

const program = fileURLToPath(new URL('../dhcp4/namespace-program.ts', import.meta.url))
const ELSEWHERE = '192.168.56.9'
const POOL = '192.168.56.100,192.168.56.199'

type Found = {readonly found?: readonly {serverId: string; offered?: string; kind: string}[]; readonly error?: string}

async function find(network: Network): Promise<Found> {
  const text = await network.mustRun(['node', '--import', 'tsx', program, 'find', '-', SERVER], {cwd: projectFolder})
  return JSON.parse(text) as Found
}

async function addServer(network: Network): Promise<Place> {
  return network.addClient('52:54:00:00:00:09', `${ELSEWHERE}/24`)
}

test('nobody, where there is none', () =>
  withNetwork('find-none', async (network) => {
    expect(await find(network)).toEqual({found: []})
  }))

test('dhcpd on this machine, though its answers to everybody never come up our own stack', () =>
  withNetwork('find-dhcpd', async (network) => {
    // A bridge without ports has no carrier: the kernel sends nothing on it.
    await network.addClient('52:54:00:00:00:08')
    await startDhcpd(network)
    expect((await find(network)).found).toMatchObject([{serverId: SERVER, kind: 'dhcp'}])
  }))

test('dnsmasq on this machine', () =>
  withNetwork('find-dnsmasq', async (network) => {
    await startForeignDnsmasq(network, network.folder, POOL)
    expect((await find(network)).found).toMatchObject([{serverId: SERVER, kind: 'dhcp'}])
  }))

test('dnsmasq on another machine, in time though it pings an address for three seconds before it offers it', () =>
  withNetwork('find-far-dnsmasq', async (network) => {
    await startForeignDnsmasq(await addServer(network), network.folder, POOL)
    expect((await find(network)).found).toMatchObject([{serverId: ELSEWHERE, kind: 'dhcp'}])
  }))

test('dhcpd on another machine, with the address that it offers', () =>
  withNetwork('find-far-dhcpd', async (network) => {
    const place = await addServer(network)
    const folder = await mkdtemp(join(network.folder, 'far-'))
    const path = (name: string): string => join(folder, name)
    await writeFile(path('leases'), '')
    await writeFile(path('conf'), 'subnet 192.168.56.0 netmask 255.255.255.0 { range 192.168.56.100 192.168.56.199; }\n')
    const words = ['dhcpd', '-4', '-f', '-d', '-cf', path('conf'), '-lf', path('leases'), '-pf', path('pid'), 'eth0']
    const dhcpd = place.start(words)
    await until('dhcpd to be ready', 20_000, () => dhcpd.stderr().includes('Server starting service'))
    expect((await find(network)).found).toMatchObject([
      {serverId: ELSEWHERE, kind: 'dhcp', offered: expect.stringMatching(/^192\.168\.56\.1\d\d$/) as string},
    ])
  }))

test('a server that has port 67 for itself is told as such', () =>
  withNetwork('find-taken', async (network) => {
    const holder = network.start(['node', '-e', `require('dgram').createSocket('udp4').bind(67, '${SERVER}', () => console.log('up'))`])
    await until('the port to be taken', 10_000, () => holder.stdout().includes('up'))
    expect(await find(network)).toEqual({error: 'PORT_IN_USE'})
  }))
