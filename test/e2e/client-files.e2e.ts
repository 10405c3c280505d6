// Machines boot from menus that are on no disk: all generated ones are deleted while `serve` runs.
//
//     br0 192.168.56.1: dhcpd, pxectl serve ─┬─ tap: QEMU, SeaBIOS, iPXE ROM, 52:54:00:a1:b2:c3
//                                            └─ c: curl, by address only
import {existsSync} from 'node:fs'
import {readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {boot, expectHost, fetched, HOST} from './support/boot.js'
import {startDhcpd} from './support/dhcpd.js'
import {makeLab, startServe, type Lab, type Server} from './support/lab.js'
import {advertiseNoRouter, SERVER, withNetwork, type Client, type Network} from './support/network.js'

const PXELINUX = 'pxelinux.cfg/01-52-54-00-a1-b2-c3'
const IPXE = 'ipxe/01-52-54-00-a1-b2-c3.ipxe'

test('PXELINUX boots from the database, and so does the next fetch after `host set` in another process', () =>
  withNetwork('vpxelinux', async (network) => {
    const {lab, server} = await serveWithoutMenus(network, 'pxelinux')
    await advertiseNoRouter(network)
    const report = await boot(network, 'bios')
    expectHost(report, 'bios')
    expect(report.cmdline).toContain('e2e.host=first')
    expect(fetched(server)).toEqual(expect.arrayContaining([`tftp:${PXELINUX}`, 'tftp:images/debian/vmlinuz']))
    for (const name of [PXELINUX, IPXE, 'pxelinux.cfg/default', 'boot.ipxe']) expect(existsSync(join(lab.tftpRoot, name)), name).toBe(false)

    const client = await network.addClient('52:54:00:00:00:50', '192.168.56.50/24')
    const old = await fetchMenu(client, PXELINUX)
    await lab.must('host', 'set', HOST.name, '--boot-args', 'e2e.host=second')
    // First with the file of before in its place, then without one.
    await writeFile(join(lab.tftpRoot, PXELINUX), old)
    expect(await fetchMenu(client, PXELINUX)).toContain('e2e.host=second')
    await rm(join(lab.tftpRoot, PXELINUX))
    expect(await fetchMenu(client, PXELINUX)).toContain('e2e.host=second')
    expect(await fetchMenu(client, 'pxelinux.cfg/C0A83815')).toContain('e2e.host=second')
    await writeFile(join(lab.tftpRoot, PXELINUX), 'SAY by hand\n')
    expect(await fetchMenu(client, PXELINUX)).toBe('SAY by hand\n')
  }))

test('iPXE boots from the database by HTTP', () =>
  withNetwork('vipxe', async (network) => {
    const {lab, server} = await serveWithoutMenus(network, 'ipxe')
    await advertiseNoRouter(network)
    const report = await boot(network, 'bios')
    expectHost(report, 'bios')
    expect(report.cmdline).toContain('e2e.host=first')
    expect(fetched(server)).toEqual(expect.arrayContaining(['http:boot.ipxe', `http:${IPXE}`, 'http:images/debian/vmlinuz']))
    for (const name of [PXELINUX, IPXE, 'boot.ipxe']) expect(existsSync(join(lab.tftpRoot, name)), name).toBe(false)
  }))

test('a client that asks for the default menu is known by its address or its hardware address', () =>
  withNetwork('vdefault', async (network) => {
    const {lab} = await serveWithoutMenus(network, 'pxelinux')
    const generic = await menuShown(lab, 'default')
    const own = await menuShown(lab, HOST.name)
    const byAddress = await network.addClient('52:54:00:00:00:51', `${HOST.ip}/24`)
    const unknown = await network.addClient('52:54:00:00:00:52', '192.168.56.52/24')
    expect(await fetchMenu(byAddress, 'pxelinux.cfg/default')).toBe(own)
    expect(await fetchMenu(unknown, 'pxelinux.cfg/default')).toBe(generic)
    // The address of no host, but the card of one, which the kernel knows from the request itself.
    const byCard = await network.addClient(HOST.mac, '192.168.56.53/24')
    expect(await fetchMenu(byCard, 'pxelinux.cfg/default')).toBe(own)
    // Somebody else behind the address of the host says who it is.
    expect((await byAddress.run(curl('pxelinux.cfg/01-52-54-00-00-00-51'))).exitCode).not.toBe(0)
    expect(await fetchMenu(byAddress, 'pxelinux.cfg/default')).toBe(generic)
  }))

async function serveWithoutMenus(network: Network, loader: 'pxelinux' | 'ipxe'): Promise<{lab: Lab; server: Server}> {
  const dhcpd = await startDhcpd(network)
  const lab = await makeLab(network, {dhcp: 'isc', dhcpd, settings: {'boot.loader': loader, 'dhcp.boot-options': 'subnet'}})
  await lab.must('loader', 'install')
  await lab.addImage('debian')
  await lab.must('dhcp', 'apply')
  await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, '--image', 'debian', '--boot-args', 'e2e.host=first')
  const server = await startServe(lab, 'off')
  expect(await readFile(join(lab.tftpRoot, PXELINUX), 'utf8')).toContain('e2e.host=first')
  for (const name of ['pxelinux.cfg/default', PXELINUX, 'ipxe', 'grub', 'boot.ipxe']) await rm(join(lab.tftpRoot, name), {recursive: true})
  return {lab, server}
}

function curl(name: string): string[] {
  return ['curl', '-sS', '--fail', '--max-time', '20', `tftp://${SERVER}/${name}`]
}

async function fetchMenu(client: Client, name: string): Promise<string> {
  return client.mustRun(curl(name))
}

async function menuShown(lab: Lab, name: string): Promise<string> {
  const {menu} = await lab.must('menu', 'show', name, '--format', 'pxelinux')
  return (menu as {text: string}).text
}
