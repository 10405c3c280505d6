// A real dnsmasq takes in what pxectl writes: hosts while it runs, boot options for every kind of firmware.
//
//     br0 192.168.56.1: dnsmasq, pxectl ─┬─ c1, c2: busybox udhcpc
//                                        └─ tap1: QEMU, 52:54:00:a1:b2:c3
import {readdir, readFile, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {expect, onTestFinished, test} from 'vitest'
import {openDnsmasqServer} from '../../src/dhcp/dnsmasq.js'
import {renderDnsmasqBoot} from '../../src/dhcp/dnsmasq-boot.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {exec} from '../../src/system/exec.js'
import {askAsRelay, type Asking, COUNTED_USER_CLASS} from './support/firmware-client.js'
import {boot, expectHost, fetched, HOST} from './support/boot.js'
import {HAND_WRITTEN, startDnsmasq} from './support/dnsmasq-server.js'
import {expectHostFirmware} from './support/host-firmware.js'
import {errorOf, makeLab, startServe, type Lab} from './support/lab.js'
import {requestLease, type Lease} from './support/lease.js'
import {advertiseNoRouter, withNetwork, type Client, type Network} from './support/network.js'
import {until} from './support/programs.js'

/** dnsmasq looks at its folder, or reads it again, a moment after it was told. */
function expectLease(client: Client, address: string | RegExp, hostname?: string): Promise<Lease> {
  return until(`${client.mac} to get ${String(address)}`, 30_000, async () => {
    const lease = await requestLease(client)
    const fits = typeof address === 'string' ? lease?.address === address : address.test(lease?.address ?? '')
    return fits && (hostname === undefined || lease?.hostname === hostname) ? lease : undefined
  })
}

test('hosts are added without a restart, changed and removed by SIGHUP, and dnsmasq lives through all of it', () =>
  withNetwork('dnsmasq', async (network) => {
    const dnsmasq = await startDnsmasq(network)
    const lab = await makeLab(network, {dhcp: 'dnsmasq', dhcpd: dnsmasq})
    const first = await network.addClient('52:54:00:a1:b2:c3')
    const second = await network.addClient('52:54:00:a1:b2:c4')

    // dnsmasq reads the folder as another user, also where root's files are usually its own.
    const umask = process.umask(0o077)
    onTestFinished(() => void process.umask(umask))
    // The first host brings the line that makes dnsmasq watch our folder: that takes a restart, the only one.
    await lab.must('add-host', 'tk1', '--mac', first.mac, '--ip', '192.168.56.21')
    await expectLease(first, '192.168.56.21', 'tk1')
    const daemon = await dnsmasq.pid()
    await lab.must('add-host', 'tk2', '--mac', second.mac, '--ip', '192.168.56.22')
    await expectLease(second, '192.168.56.22', 'tk2')

    await lab.must('host', 'set', 'tk1', '--ip', '192.168.56.23')
    await expectLease(first, '192.168.56.23', 'tk1')
    // The address is free again, which dnsmasq knows only because it read all hosts anew.
    await lab.must('host', 'set', 'tk2', '--ip', '192.168.56.21')
    await expectLease(second, '192.168.56.21', 'tk2')
    await lab.must('host', 'set', 'tk2', '--name', 'uno')
    await expectLease(second, '192.168.56.21', 'uno')

    await lab.must('host', 'remove', 'tk1', '--yes')
    await expectLease(first, /^192\.168\.56\.1\d\d$/)
    expect(await dnsmasq.pid(), 'the same daemon').toBe(daemon)
    expect(await dnsmasq.log()).not.toMatch(/bad /)
    expect((await readFile(dnsmasq.config, 'utf8')).startsWith(HAND_WRITTEN)).toBe(true)

    const check = await lab.must('dhcp', 'check')
    expect((check['findings'] as {severity: string}[]).filter(({severity}) => severity === 'error')).toEqual([])
    await lab.must('host', 'remove', 'uno', '--yes')
    expect(await readFile(dnsmasq.config, 'utf8')).toBe(HAND_WRITTEN)
  }))

test('what dnsmasq rejects is not put in place, and a restart that fails is undone', () =>
  withNetwork('dnsmasq-bad', async (network) => {
    const dnsmasq = await startDnsmasq(network)
    const lab = await makeLab(network, {dhcp: 'dnsmasq', dhcpd: dnsmasq})
    const host = ['add-host', 'tk1', '--mac', '52:54:00:a1:b2:c3', '--ip', '192.168.56.21']
    const daemon = await dnsmasq.pid()

    const broken = `${HAND_WRITTEN}no-such-option=1\n`
    await writeFile(dnsmasq.config, broken)
    const refused = await lab.pxectl(...host)
    expect(refused.exitCode).toBe(5)
    expect(errorOf(refused)).toMatchObject({code: 'DHCPD_REFUSED', message: expect.stringContaining('line 10 of')})
    expect(await readFile(dnsmasq.config, 'utf8')).toBe(broken)
    expect(await dnsmasq.pid(), 'the same daemon').toBe(daemon)

    // An interface that is not there passes `--test`, and dnsmasq does not start with it.
    const dead = HAND_WRITTEN.replace('bind-dynamic', 'bind-interfaces').replace('br0', 'nosuch0')
    await writeFile(dnsmasq.config, dead)
    const failed = await lab.pxectl(...host)
    expect(failed.exitCode).toBe(5)
    expect(errorOf(failed).code).toBe('DHCPD_RESTART_FAILED')
    expect(await readFile(dnsmasq.config, 'utf8')).toBe(dead)
    expect(await readdir(join(dirname(dnsmasq.config), 'dnsmasq.pxectl', 'hosts'))).toEqual([])
  }))

const SERVER = '192.168.56.1'
const url = (name: string): string => `http://${SERVER}/${name}`
const OPTIONS = {
  nextServer: parseIpv4(SERVER),
  ipxeScript: url('boot.ipxe'),
  loaders: {bios: 'undionly.kpxe', uefiX64: 'ipxe.efi', uefiIa32: 'ia32.efi', uefiArm64: 'arm64.efi'},
  httpLoaders: {uefiX64: url('ipxe.efi'), uefiIa32: url('ia32.efi'), uefiArm64: url('arm64.efi')},
}
const pxe = (architecture: number): Asking => ({architecture})
const http = (architecture: number): Asking => ({architecture, isHttpClient: true})
const ipxe = (architecture: number): Asking => ({architecture, isIpxe: true})
const ROWS: readonly (readonly [Asking, string | null])[] = [
  [pxe(0), 'undionly.kpxe'],
  [{architecture: undefined}, 'undionly.kpxe'],
  [pxe(7), 'ipxe.efi'],
  [pxe(9), 'ipxe.efi'],
  [pxe(6), 'ia32.efi'],
  [pxe(11), 'arm64.efi'],
  [http(16), url('ipxe.efi')],
  [http(15), url('ia32.efi')],
  [http(19), url('arm64.efi')],
  [ipxe(0), url('boot.ipxe')],
  [{architecture: 0, isIpxe: true, userClass: COUNTED_USER_CLASS}, url('boot.ipxe')],
  [ipxe(7), url('boot.ipxe')],
  [{architecture: 7, isIpxe: true, userClass: COUNTED_USER_CLASS}, url('boot.ipxe')],
  [ipxe(27), url('boot.ipxe')],
  [pxe(37), null],
  [http(37), null],
]

test('every kind of firmware is offered its file, and unknown ones none', () =>
  withNetwork('dnsmasq-table', async (network) => {
    await startDnsmasq(network, `${HAND_WRITTEN}${renderDnsmasqBoot(OPTIONS).join('\n')}\n`)
    await expectOffers(network, ROWS)
  }))

test('a lab that boots by PXELINUX: BIOS gets it from iPXE too, UEFI goes on to the script', () =>
  withNetwork('dnsmasq-pxelinux', async (network) => {
    const options = {...OPTIONS, loaderForBiosIpxe: true, loaders: {...OPTIONS.loaders, bios: 'pxelinux.0'}}
    await startDnsmasq(network, `${HAND_WRITTEN}${renderDnsmasqBoot(options).join('\n')}\n`)
    await expectOffers(network, [
      [pxe(0), 'pxelinux.0'],
      [ipxe(0), 'pxelinux.0'],
      [ipxe(7), url('boot.ipxe')],
      [pxe(7), 'ipxe.efi'],
    ])
  }))

test('a host whose firmware is known is given the file of that, whatever it says', () =>
  withNetwork('dnsmasq-host', async (network) => {
    const dnsmasq = await startDnsmasq(network)
    const server = openDnsmasqServer({
      config: dnsmasq.config,
      stateFolder: network.folder,
      restart: `ip netns exec ${network.namespace} ${dnsmasq.restart}`,
      exec,
    })
    await expectHostFirmware(network, server)
    expect(await readFile(dnsmasq.config, 'utf8')).toBe(HAND_WRITTEN)
  }))

async function expectOffers(network: Network, rows: typeof ROWS): Promise<void> {
  const client = await network.addClient('52:54:00:00:01:01', '192.168.56.51/24')
  const offers = await askAsRelay(
    client,
    '192.168.56.51',
    rows.map(([probe]) => probe),
  )
  for (const [index, [probe, filename]] of rows.entries()) {
    const offer = offers[index]
    expect(offer, `an answer to ${JSON.stringify(probe)}`).not.toBeNull()
    expect(offer?.filename, JSON.stringify(probe)).toBe(filename)
    if (filename !== null) expect(offer?.nextServer).toBe(SERVER)
    if (probe.isHttpClient === true && filename !== null) expect(offer?.vendorClass).toBe('HTTPClient')
  }
}

for (const firmware of ['bios', 'uefi'] as const) {
  test(`a ${firmware.toUpperCase()} machine boots through dnsmasq`, () =>
    withNetwork(`dnsmasq-${firmware}`, async (network) => {
      const lab = await bootableLab(network)
      const server = await startServe(lab, 'off')
      await advertiseNoRouter(network)
      expectHost(await boot(network, firmware), firmware)
      expect(fetched(server)).toEqual(expect.arrayContaining(['http:images/debian/vmlinuz', 'http:images/debian/initrd.img']))
    }))
}

async function bootableLab(network: Network): Promise<Lab> {
  const dnsmasq = await startDnsmasq(network)
  const lab = await makeLab(network, {dhcp: 'dnsmasq', dhcpd: dnsmasq, settings: {'dhcp.boot-options': 'subnet'}})
  await lab.must('loader', 'install')
  await lab.addImage('debian')
  await lab.must('dhcp', 'apply')
  await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, '--image', 'debian')
  return lab
}
