// pxectl beside a DHCP server that knows nothing about booting: it gives the addresses, pxectl names the files.
//
//     br0 192.168.56.1: dhcpd or dnsmasq, pxectl serve --dhcp proxy ─┬─ tap1: QEMU, 52:54:00:a1:b2:c3
//                                                                    ├─ c2 192.168.56.9: dnsmasq, in the third test
//                                                                    └─ c3: udhcpc, which renews its lease
import {expect, test} from 'vitest'
import {boot, expectHost, fetched, HOST} from './support/boot.js'
import {startDhcpd} from './support/dhcpd.js'
import {startForeignDnsmasq} from './support/foreign-dnsmasq.js'
import {errorOf, makeLab, startServe, type Lab, type Server} from './support/lab.js'
import {advertiseNoRouter, SERVER, withNetwork, type Network} from './support/network.js'
import {startRenewingClient} from './support/renewing-client.js'

const POOL = '192.168.56.100,192.168.56.199'
const RESERVATION = `--dhcp-host=${HOST.mac},${HOST.ip},${HOST.name}`

/** dhcpd without a word about booting. */
const PLAIN = `authoritative;
subnet 192.168.56.0 netmask 255.255.255.0 { range 192.168.56.100 192.168.56.199; }
host ${HOST.name} { hardware ethernet ${HOST.mac}; fixed-address ${HOST.ip}; option host-name "${HOST.name}"; }
`

async function makeProxyLab(network: Network): Promise<Lab> {
  const lab = await makeLab(network, {dhcp: 'none'})
  await lab.must('loader', 'install')
  await lab.addImage('debian')
  await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, '--image', 'debian', '--no-dhcp')
  await advertiseNoRouter(network)
  return lab
}

function expectImage(server: Server): void {
  expect(fetched(server)).toEqual(expect.arrayContaining(['http:images/debian/vmlinuz', 'http:images/debian/initrd.img']))
}

/** The kinds of what was told about a client. */
function kindsFor(server: Server, mac: string): unknown[] {
  return server
    .events()
    .filter((event) => event['mac'] === mac)
    .map(({kind}) => kind)
}

test('a BIOS machine boots beside a dhcpd on the same machine, which goes on to renew leases', () =>
  withNetwork('proxy-dhcpd', async (network) => {
    const plain = await network.addClient('52:54:00:00:00:77')
    await startDhcpd(network, PLAIN)
    const server = await startServe(await makeProxyLab(network), 'proxy')
    expect(server.events()[0]?.['dhcp']).toMatchObject({mode: 'proxy', interface: 'br0', address: SERVER, others: [{serverId: SERVER}]})
    const renewing = await startRenewingClient(plain, network.folder)
    await renewing.renew()
    expectHost(await boot(network, 'bios'), 'bios')
    expectImage(server)
    await renewing.renew()
    expect(kindsFor(server, plain.mac)).toEqual([])
  }))

test('a UEFI machine boots beside a dnsmasq on the same machine, which goes on to renew leases', () =>
  withNetwork('proxy-dnsmasq', async (network) => {
    const plain = await network.addClient('52:54:00:00:00:77')
    await startForeignDnsmasq(network, network.folder, POOL, RESERVATION, '--interface=br0', '--bind-interfaces')
    const server = await startServe(await makeProxyLab(network), 'proxy')
    const renewing = await startRenewingClient(plain, network.folder)
    expectHost(await boot(network, 'uefi'), 'uefi')
    expectImage(server)
    await renewing.renew()
    expect(kindsFor(server, plain.mac)).toEqual([])
  }))

test('a machine that is no host boots the default of the lab, beside a dnsmasq on another machine', () =>
  withNetwork('proxy-far', async (network) => {
    const far = await network.addClient('52:54:00:00:00:09', '192.168.56.9/24')
    await startForeignDnsmasq(far, network.folder, POOL, RESERVATION)
    const lab = await makeProxyLab(network)
    await lab.must('host', 'remove', HOST.name, '--yes')
    await lab.must('config', 'set', 'boot.default', 'debian')
    const server = await startServe(lab, 'proxy')
    expect(server.events()[0]?.['dhcp']).toMatchObject({others: [{serverId: '192.168.56.9'}]})
    expect(await boot(network, 'bios')).toMatchObject({address: HOST.ip, firmware: 'bios'})
    expectImage(server)
  }))

test('beside a dnsmasq that keeps the port for itself it does not start, and says how it could', () =>
  withNetwork('proxy-greedy', async (network) => {
    await startForeignDnsmasq(network, network.folder, POOL)
    const lab = await makeLab(network, {dhcp: 'none'})
    const refused = await lab.pxectl('serve', '--dhcp', 'proxy')
    expect(errorOf(refused)).toMatchObject({
      code: 'PORT_IN_USE',
      suggestions: expect.arrayContaining([expect.stringContaining('bind-interfaces')]) as string[],
    })
  }))

test('the name of the interface is enough: address and subnet are those it has', () =>
  withNetwork('proxy-interface', async (network) => {
    const client = await network.addClient('52:54:00:00:00:78')
    const lab = await makeLab(network, {dhcp: 'none', settings: {'network.range': '', 'network.server': '', 'network.subnet': ''}})
    const server = await startServe(lab, 'proxy')
    expect(server.events()[0]?.['dhcp']).toMatchObject({interface: 'br0', address: SERVER, chosenBy: 'network.interface'})
    await client.run(['udhcpc', '-f', '-q', '-n', '-t', '2', '-T', '1', '-i', 'eth0', '-s', '/bin/true', '-V', 'PXEClient:Arch:00007'])
    expect(server.events().find(({kind}) => kind === 'offer')).toMatchObject({mac: client.mac, filename: 'ipxe.efi'})
    expect(JSON.stringify(server.events())).toContain(`next-server ${SERVER}`)
  }))

test('without an interface and an address it does not guess, and shows what there is', () =>
  withNetwork('proxy-nowhere', async (network) => {
    await network.addClient('52:54:00:00:00:78')
    const settings = {'network.range': '', 'network.server': '', 'network.subnet': '', 'network.interface': ''}
    const refused = await (await makeLab(network, {dhcp: 'none', settings})).pxectl('serve', '--dhcp', 'proxy')
    expect(errorOf(refused)).toMatchObject({
      code: 'SETTING_MISSING',
      suggestions: expect.arrayContaining([`pxectl config set network.interface br0   # ${SERVER}/24`]) as string[],
    })
  }))

test('where nobody gives addresses it says so', () =>
  withNetwork('proxy-alone', async (network) => {
    const server = await startServe(await makeLab(network, {dhcp: 'none'}), 'proxy')
    expect(server.events()[0]?.['warnings']).toEqual([expect.stringContaining('no DHCP server has answered on br0')])
  }))

test('a full server does not start beside another one, except on demand', () =>
  withNetwork('full-refused', async (network) => {
    const far = await network.addClient('52:54:00:00:00:09', '192.168.56.9/24')
    await startForeignDnsmasq(far, network.folder, POOL)
    const lab = await makeLab(network, {dhcp: 'builtin'})
    const refused = await lab.pxectl('serve')
    expect(errorOf(refused)).toMatchObject({code: 'DHCP_SERVER_PRESENT', message: expect.stringContaining('192.168.56.9') as string})
    const server = await startServe(lab, 'full', '--allow-other-dhcp')
    expect(server.events()[0]?.['warnings']).toEqual([expect.stringContaining('192.168.56.9')])
  }))
