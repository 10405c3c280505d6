// `pxectl boot-test HOST` asks whatever DHCP server the lab has: on the same machine, on another one, with a proxy beside it.
//
//     br0 192.168.56.1: pxectl boot-test; dhcpd, kea-dhcp4 or dnsmasq; pxectl serve ── c1 192.168.56.9: dnsmasq, in one test
import {expect, test} from 'vitest'
import {HOST} from './support/boot.js'
import {startDhcpd} from './support/dhcpd.js'
import {HAND_WRITTEN as DNSMASQ, startDnsmasq} from './support/dnsmasq-server.js'
import {startForeignDnsmasq} from './support/foreign-dnsmasq.js'
import {handWritten, startKea} from './support/kea.js'
import {makeLab, startServe, type Lab, type LabOptions} from './support/lab.js'
import {SERVER, withNetwork, type Network} from './support/network.js'
import {until} from './support/programs.js'

/** dhcpd without a word about booting. */
const PLAIN = `authoritative;
subnet 192.168.56.0 netmask 255.255.255.0 { range 192.168.56.100 192.168.56.199; }
host ${HOST.name} { hardware ethernet ${HOST.mac}; fixed-address ${HOST.ip}; }
`
const RESERVATION = `--dhcp-host=${HOST.mac},${HOST.ip},${HOST.name}`
const POOL = '192.168.56.100,192.168.56.199'

async function makeBootLab(network: Network, options: LabOptions, ...more: string[]): Promise<Lab> {
  const lab = await makeLab(network, options)
  await lab.must('loader', 'install')
  await lab.addImage('debian')
  await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, '--image', 'debian', ...more)
  return lab
}

type Step = {step: string; ok: boolean; what: string; detail: string; from?: {address: string; file: string}; suggestions?: string[]}
type Tested = {readonly exitCode: number | null; readonly ok: boolean; readonly steps: Step[]; readonly dhcp: Step[]}

async function bootTest(lab: Lab, ...flags: string[]): Promise<Tested> {
  const {exitCode, json} = await lab.pxectl('boot-test', HOST.name, ...flags)
  const {ok, steps} = json as {ok: boolean; steps: Step[]}
  return {exitCode, ok, steps, dhcp: steps.filter(({step}) => step === 'dhcp')}
}

/** It boots to the initrd, and both answers, to the ROM and to iPXE, are of these servers. */
async function expectBoots(lab: Lab, firmware: 'bios' | 'uefi' | 'uefi-http', from: {address: string; file: string}): Promise<void> {
  const tested = await bootTest(lab, '--firmware', firmware)
  expect(tested, JSON.stringify(tested.steps, null, 1)).toMatchObject({exitCode: 0, ok: true})
  expect(tested.dhcp.map((step) => step.from)).toEqual([from, from])
  expect(tested.dhcp[0]?.detail).toContain(`${HOST.ip} from ${from.address}`)
  if (from.address !== from.file) expect(tested.dhcp[0]?.detail).toContain(`from the proxy ${from.file}`)
}

test('a proxy beside a dhcpd on the same machine: the address of the one, the file of the other', () =>
  withNetwork('ask-proxy', async (network) => {
    await network.addClient('52:54:00:00:00:78')
    await startDhcpd(network, PLAIN)
    const lab = await makeBootLab(network, {dhcp: 'none'}, '--no-dhcp')
    const without = await bootTest(lab, '--firmware', 'bios')
    expect(without.dhcp[0]).toMatchObject({ok: false, detail: expect.stringContaining('but no filename') as unknown})
    await startServe(lab, 'proxy')
    for (const firmware of ['bios', 'uefi', 'uefi-http'] as const) await expectBoots(lab, firmware, {address: SERVER, file: SERVER})
    // Somebody has port 68 for himself: what is left is the proxy's port 4011.
    const taken = network.start([
      'python3',
      '-uc',
      'import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(("", 68))\nprint("bound")\ns.recv(1)',
    ])
    await until('port 68 to be taken', 10_000, () => taken.stdout().includes('bound'))
    await expectBoots(lab, 'bios', {address: SERVER, file: SERVER})
  }))

test('a proxy beside a dnsmasq on another machine', () =>
  withNetwork('ask-far', async (network) => {
    const far = await network.addClient('52:54:00:00:00:09', '192.168.56.9/24')
    await startForeignDnsmasq(far, network.folder, POOL, RESERVATION)
    const lab = await makeBootLab(network, {dhcp: 'none'}, '--no-dhcp')
    await startServe(lab, 'proxy')
    for (const firmware of ['bios', 'uefi', 'uefi-http'] as const) await expectBoots(lab, firmware, {address: '192.168.56.9', file: SERVER})
  }))

test('a dhcpd on the same machine names the file itself', () =>
  withNetwork('ask-dhcpd', async (network) => {
    await network.addClient('52:54:00:00:00:78')
    const lab = await makeBootLab(network, {dhcp: 'isc', dhcpd: await startDhcpd(network)})
    await lab.must('dhcp', 'apply', '--boot-options', 'subnet')
    await startServe(lab, 'off')
    for (const firmware of ['bios', 'uefi', 'uefi-http'] as const) await expectBoots(lab, firmware, {address: SERVER, file: SERVER})
  }))

test('Kea on the same machine, which hears only what comes in from the wire', () =>
  withNetwork('ask-kea', async (network) => {
    const lab = await makeBootLab(network, {dhcp: 'kea', dhcpd: await startKea(network)})
    await lab.must('dhcp', 'apply', '--boot-options', 'global')
    await startServe(lab, 'off')
    for (const firmware of ['bios', 'uefi', 'uefi-http'] as const) await expectBoots(lab, firmware, {address: SERVER, file: SERVER})
    expect(await network.mustRun(['ip', '-brief', 'link'])).not.toContain('pxectl-')
  }))

test.each([
  ['that shares the port', DNSMASQ],
  ['with the port to itself', DNSMASQ.replace('bind-dynamic\n', '')],
])('a dnsmasq on the same machine %s', (_, config) =>
  withNetwork('ask-dnsmasq', async (network) => {
    await network.addClient('52:54:00:00:00:78')
    const lab = await makeBootLab(network, {dhcp: 'dnsmasq', dhcpd: await startDnsmasq(network, config)})
    await lab.must('dhcp', 'apply', '--boot-options', 'subnet')
    await startServe(lab, 'off')
    for (const firmware of ['bios', 'uefi-http'] as const) await expectBoots(lab, firmware, {address: SERVER, file: SERVER})
  }),
)

/** The lab's address on one end of a cable instead of a bridge, as on a network card. */
async function makeCard(network: Network): Promise<void> {
  await network.mustRun(['ip', 'address', 'flush', 'dev', 'br0'])
  await network.mustRun(['ip', 'link', 'add', 'card0', 'type', 'veth', 'peer', 'name', 'card1'])
  for (const name of ['card0', 'card1']) await network.mustRun(['ip', 'link', 'set', name, 'up'])
  await network.mustRun(['ip', 'address', 'add', `${SERVER}/24`, 'brd', '+', 'dev', 'card0'])
}

test('a dnsmasq with the port to itself, on a network card: from port 68 of this machine', () =>
  withNetwork('ask-card', async (network) => {
    await makeCard(network)
    const config = DNSMASQ.replace('bind-dynamic\n', '').replace('br0', 'card0')
    const settings = {'network.interface': 'card0'}
    const lab = await makeBootLab(network, {dhcp: 'dnsmasq', dhcpd: await startDnsmasq(network, config), settings})
    await lab.must('dhcp', 'apply', '--boot-options', 'subnet')
    await startServe(lab, 'off')
    await expectBoots(lab, 'bios', {address: SERVER, file: SERVER})
  }))

test('where Kea cannot be asked from this machine, the answer says so, and what to do instead', () =>
  withNetwork('ask-deaf', async (network) => {
    await makeCard(network)
    const kea = await startKea(network, (folder) => handWritten(folder).replace('"br0"', '"card0"'))
    const lab = await makeBootLab(network, {dhcp: 'kea', dhcpd: kea, settings: {'network.interface': 'card0'}})
    const {exitCode, steps} = await bootTest(lab, '--timeout', '2')
    expect(exitCode).toBe(5)
    expect(steps).toMatchObject([
      {step: 'dhcp', ok: false, detail: expect.stringMatching(/no DHCP server answered.*Kea.*card0 would have to be a bridge/) as unknown},
    ])
    expect(steps[0]?.suggestions).toEqual(expect.arrayContaining([`boot it for real: pxectl boot-test ${HOST.name} --vm`]))
  }))
