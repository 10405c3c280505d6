// A dhcpd.conf and what `dhcp migrate` makes of it: the real dhcpd and the real Kea tell the same clients the same.
//
//     br0 192.168.56.1: dhcpd, then kea-dhcp4 ── c1 …: busybox udhcpc, or what a firmware asks
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {startDhcpd} from './support/dhcpd.js'
import {askAsFirmware, type Asking, type Offered} from './support/firmware-client.js'
import {startKea} from './support/kea.js'
import {type Lease, requestLease} from './support/lease.js'
import {type Client, type Network, withNetwork} from './support/network.js'
import {pxectlCommand} from './support/program.js'

/** What a lab has that boots BIOS and UEFI by hand-written rules: conditions, a group, hosts in odd places, a class for a pool. */
const DHCPD_CONF = `authoritative;
default-lease-time 600; max-lease-time 7200;
option arch code 93 = unsigned integer 16;
option domain-name "lab.example";
option domain-name-servers 192.168.56.1;
next-server 192.168.56.1;
if exists user-class and option user-class = "iPXE" { filename "http://192.168.56.1/boot.ipxe"; }
elsif substring(option vendor-class-identifier, 0, 10) = "HTTPClient" { option vendor-class-identifier "HTTPClient"; filename "http://192.168.56.1/ipxe.efi"; }
elsif option arch = 00:07 or option arch = 00:09 { filename "ipxe.efi"; }
elsif option arch = 00:00 { filename "undionly.kpxe"; }
class "printers" { match if substring(hardware, 1, 3) = 00:80:77; }
subnet 192.168.56.0 netmask 255.255.255.0 {
  option routers 192.168.56.1;
  pool { allow members of "printers"; range 192.168.56.200 192.168.56.203; }
  pool { deny members of "printers"; range 192.168.56.100 192.168.56.103; }
  host inside { hardware ethernet 52:54:00:00:00:11; fixed-address 192.168.56.11; option host-name "inside"; }
}
use-host-decl-names on;
group { filename "special.0"; host tk2 { hardware ethernet 52:54:00:00:00:12; fixed-address 192.168.56.12; } }
include "hosts.conf";
`
const HOSTS_CONF = 'host tk3 { hardware ethernet 52:54:0:0:0:13; fixed-address 192.168.56.13; }\n'

const CLIENTS = {inside: '52:54:00:00:00:11', tk2: '52:54:00:00:00:12', tk3: '52:54:00:00:00:13', printer: '00:80:77:00:00:01'}
const FIRMWARE: readonly Asking[] = [
  {architecture: 0},
  {architecture: 7},
  {architecture: 9},
  {architecture: 11},
  {architecture: 16, isHttpClient: true},
  {architecture: 0, isIpxe: true},
  {architecture: 7, isIpxe: true},
]

type Heard = {readonly leases: Record<string, Lease | undefined>; readonly offers: Record<string, (Offered | undefined)[]>}

async function hear(clients: Readonly<Record<string, Client>>): Promise<Heard> {
  const leases: Heard['leases'] = {}
  const offers: Heard['offers'] = {}
  for (const [name, client] of Object.entries(clients)) {
    leases[name] = await requestLease(client)
    // One host boots by the rules, another has a file of its own.
    if (name === 'printer' || name === 'inside') continue
    offers[name] = []
    for (const asking of FIRMWARE) offers[name].push(await askAsFirmware(client, asking))
  }
  return {leases, offers}
}

async function addClients(network: Network): Promise<Record<string, Client>> {
  const added: Record<string, Client> = {}
  for (const [index, [name, mac]] of Object.entries(CLIENTS).entries()) {
    // An address to speak from, which no server gives; 255.255.255.255 goes where the default route goes.
    const client = await network.addClient(mac, `192.168.56.${250 + index}/24`)
    await client.mustRun(['ip', 'route', 'add', 'default', 'dev', 'eth0'])
    added[name] = client
  }
  return added
}

test('the converted configuration makes Kea answer as dhcpd did', () =>
  withNetwork('migrate', async (network) => {
    const clients = await addClients(network)
    const hosts = join(network.folder, 'hosts.conf')
    await writeFile(hosts, HOSTS_CONF)
    const dhcpd = await startDhcpd(network, DHCPD_CONF.replace('hosts.conf', hosts))
    const before = await hear(clients)
    expect(before.leases['tk2']).toEqual({address: '192.168.56.12', hostname: 'tk2'})
    expect(before.leases['printer']?.address).toMatch(/^192\.168\.56\.20[0-3]$/)
    expect(before.offers['tk3']?.map((offer) => offer?.filename)).toEqual([
      'undionly.kpxe',
      'ipxe.efi',
      'ipxe.efi',
      null,
      'http://192.168.56.1/ipxe.efi',
      'http://192.168.56.1/boot.ipxe',
      'http://192.168.56.1/boot.ipxe',
    ])

    const output = join(network.folder, 'converted.conf')
    const words = ['dhcp', 'migrate', 'isc', 'kea', '--from', dhcpd.config, '--interface', 'br0', '--output', output, '--json']
    const answer = JSON.parse(await network.mustRun([...pxectlCommand, ...words])) as {unconverted: unknown[]}
    expect(answer.unconverted).toEqual([])
    const refused = await network.run([...pxectlCommand, ...words])
    expect(refused.exitCode).toBe(4)

    const pid = await dhcpd.pid()
    if (pid !== undefined) process.kill(pid)
    const converted = await readFile(output, 'utf8')
    await startKea(network, (folder) =>
      converted.replace('/run/kea/kea4-ctrl-socket', join(folder, 'ctrl')).replace('"persist": true', `"name": "${folder}/leases.csv"`),
    )
    const after = await hear(clients)
    expect(after.offers).toEqual(before.offers)
    expect({...after.leases, printer: undefined}).toEqual({...before.leases, printer: undefined})
    expect(after.leases['printer']?.address).toMatch(/^192\.168\.56\.20[0-3]$/)
  }))
