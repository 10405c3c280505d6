// The real Kea of Debian takes what pxectl writes into its configuration, over its control socket or by a restart; what it does
// not take is put back.
//
//     br0 192.168.56.1: kea-dhcp4, pxectl ─┬─ c1: busybox udhcpc, or what a firmware asks
//                                          └─ tap1: QEMU, 52:54:00:a1:b2:c3
import {chmod, readFile, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {bootTable} from '../../src/dhcp/boot-table.js'
import {openKeaServer} from '../../src/dhcp/kea.js'
import {planKeaChange} from '../../src/dhcp/kea-plan.js'
import type {BootOptions} from '../../src/dhcp/reservation.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {exec} from '../../src/system/exec.js'
import {boot, expectHost, fetched, HOST} from './support/boot.js'
import {askAsFirmware, COUNTED_USER_CLASS, type Asking} from './support/firmware-client.js'
import {expectHostFirmware} from './support/host-firmware.js'
import {handWritten, startKea, type Kea} from './support/kea.js'
import {errorOf, hostNames, makeLab, snapshot, startServe, type Lab} from './support/lab.js'
import {requestLease} from './support/lease.js'
import {advertiseNoRouter, SERVER, withNetwork, type Client, type Network} from './support/network.js'

const PRINTER = {mac: '00:80:77:12:34:56', ip: '192.168.56.9'} as const
const NEW_HOST = ['add-host', 'tk1', '--mac', HOST.mac, '--ip', '192.168.56.21', '--root', 'root_tk1'] as const

/** What pxectl may leave beside the configuration, and what Kea writes there. */
const KEPT =
  /^\.kea-dhcp4\.conf\.pxectl\.lock$|^kea-dhcp4\.conf\.pxectl-\d{8}T[\d.]+Z$|^leases|^log|^pid$|^restart\.lock$|\.pid$|^logger_lockfile$|^ctrl/

for (const how of ['its control socket', 'the restart command'] as const) {
  test(`by ${how}: a host gets its address and name when it is added, new ones when it is changed, and any when it is removed`, () =>
    withNetwork(how === 'its control socket' ? 'kea-socket' : 'kea-restart', async (network) => {
      const kea = await startKea(network)
      const before = await readFile(kea.config, 'utf8')
      const {config, restart} = kea
      const lab = await makeLab(network, {dhcp: 'kea', dhcpd: how === 'its control socket' ? {config} : {config, restart}})
      const client = await network.addClient(HOST.mac)
      const printer = await network.addClient(PRINTER.mac)
      const daemon = await kea.pid()

      await lab.must(...NEW_HOST)
      expect(await requestLease(client)).toEqual({address: '192.168.56.21', hostname: 'tk1'})
      expect((await requestLease(printer))?.address).toBe(PRINTER.ip)

      await lab.must('host', 'set', 'tk1', '--ip', '192.168.56.22')
      expect(await requestLease(client)).toEqual({address: '192.168.56.22', hostname: 'tk1'})
      const findings = (await lab.must('dhcp', 'check'))['findings'] as {severity: string}[]
      expect(findings.filter(({severity}) => severity === 'error')).toEqual([])

      await lab.must('host', 'remove', 'tk1', '--yes')
      expect((await requestLease(client))?.address).toMatch(/^192\.168\.56\.1\d\d$/)
      expect((await requestLease(printer))?.address).toBe(PRINTER.ip)
      expect(await readFile(kea.config, 'utf8')).toBe(before)
      expect((await kea.pid()) === daemon, 'the same process').toBe(how === 'its control socket')
    }))
}

describe('put back', () => {
  type Scene = {readonly network: Network; readonly kea: Kea; readonly lab: Lab; readonly client: Client}

  async function inLab(title: string, options: {restart?: (kea: Kea) => string}, work: (scene: Scene) => Promise<void>): Promise<void> {
    await withNetwork(title, async (network) => {
      const kea = await startKea(network)
      const restart = join(network.folder, 'restart-kea')
      if (options.restart !== undefined) {
        await writeFile(restart, `#!/bin/sh\n${options.restart(kea)}\n`)
        await chmod(restart, 0o755)
      }
      const dhcpd = options.restart === undefined ? {config: kea.config} : {config: kea.config, restart}
      const lab = await makeLab(network, {dhcp: 'kea', dhcpd})
      await work({network, kea, lab, client: await network.addClient(PRINTER.mac)})
    })
  }

  /** Adds a host, which must fail, and checks that nothing at all has changed. */
  async function expectNothingChanged({kea, lab}: Scene, exitCode: number): Promise<ReturnType<typeof errorOf>> {
    const before = {config: await snapshot(dirname(kea.config)), boot: await snapshot(lab.tftpRoot)}
    const answer = await lab.pxectl(...NEW_HOST)
    expect(answer.exitCode, answer.stdout).toBe(exitCode)
    expect(await readFile(kea.config, 'utf8')).toBe(before.config.get('kea-dhcp4.conf'))
    const more = [...(await snapshot(dirname(kea.config))).keys()].filter((name) => !before.config.has(name) && !KEPT.test(name))
    expect(more, 'no file is left beside the configuration').toEqual([])
    expect(await snapshot(lab.tftpRoot)).toEqual(before.boot)
    expect(await hostNames(lab)).toEqual([])
    return errorOf(answer)
  }

  const expectAnswers = async ({kea, client}: Scene): Promise<void> => {
    expect(await kea.pid(), 'Kea runs').toBeDefined()
    expect((await requestLease(client))?.address, 'Kea answers').toBe(PRINTER.ip)
  }

  test('a hand edit that Kea would not take: refused before anything is touched, and named by check', () =>
    inLab('kea-hand', {}, async (scene) => {
      const {kea, lab} = scene
      const text = await readFile(kea.config, 'utf8')
      const printer = '{ "hw-address": "00:80:77:12:34:56", "ip-address": "192.168.56.9" }'
      await writeFile(kea.config, text.replace(printer, `${printer},\n\t\t${printer.replace('.9"', '.10"')}`))
      const daemon = await kea.pid()
      const error = await expectNothingChanged(scene, 5)
      expect([error.message, ...error.causes].join('\n'), "Kea's own words").toMatch(/already been added/)
      expect(await kea.pid(), 'the same daemon').toBe(daemon)
      await expectAnswers(scene)
      const findings = (await lab.pxectl('dhcp', 'check')).json['findings'] as {code: string}[]
      expect(findings.map(({code}) => code)).toEqual(expect.arrayContaining(['DHCPD_REFUSED', 'DHCP_MAC_TAKEN']))

      await writeFile(kea.config, text.replace('"id": 1,', '"id": 1 ]'))
      expect((await expectNothingChanged(scene, 7)).message).toMatch(/kea-dhcp4\.conf:\d+:\d+: this "]" does not close/)
      await writeFile(kea.config, text)
      await lab.must(...NEW_HOST)
    }))

  test('a daemon that dies of the change: the old one is back, and answers', () =>
    inLab(
      'kea-dies',
      {restart: (kea) => `${kea.restart} || exit 1\nif grep -q tk1 ${kea.config}; then kill -9 $(cat ${dirname(kea.config)}/pid); fi`},
      async (scene) => {
        const error = await expectNothingChanged(scene, 5)
        expect(error.message).toMatch(/put back/)
        await expectAnswers(scene)
      },
    ))

  test('a restart that fails, and one that restarts nothing', () =>
    inLab('kea-no-restart', {restart: (kea) => `if grep -q tk1 ${kea.config}; then exit 3; fi; exec ${kea.restart}`}, async (scene) => {
      expect((await expectNothingChanged(scene, 5)).message).toMatch(/exit status 3/)
      await expectAnswers(scene)
      await scene.lab.must('config', 'set', 'dhcp.restart', 'true')
      expect((await expectNothingChanged(scene, 5)).message).toMatch(/it does not have 52:54:00:a1:b2:c3/)
      await expectAnswers(scene)
    }))

  test('what only the running daemon finds wrong: both errors are told, and the next good reload heals it', () =>
    inLab('kea-deaf', {}, async (scene) => {
      const {kea, lab} = scene
      const text = await readFile(kea.config, 'utf8')
      // A lease file in a folder that is not there passes `kea-dhcp4 -t` and config-test.
      await writeFile(kea.config, text.replace('leases.csv', 'nowhere/leases.csv'))
      const error = await expectNothingChanged(scene, 5)
      expect(error.message).toMatch(/nowhere.*\n.*put back, but the DHCP server does not run with it either/s)
      await writeFile(kea.config, text)
      await lab.must('dhcp', 'restart')
      await expectAnswers(scene)
    }))

  test('a daemon that is not there, and no command to start it', () =>
    inLab('kea-gone', {}, async (scene) => {
      await scene.kea.kill()
      expect((await expectNothingChanged(scene, 5)).message).toMatch(/nobody answers \(the socket .* cannot be reached/)
    }))
})

test('each row of the boot table: the answer of Kea names its file', () =>
  withNetwork('kea-table', async (network) => {
    const options: BootOptions = {
      nextServer: parseIpv4(SERVER),
      ipxeScript: `http://${SERVER}:8069/boot.ipxe`,
      loaderForBiosIpxe: true,
      loaders: {bios: 'bios.0', uefiX64: 'x64.efi', uefiIa32: 'ia32.efi', uefiArm64: 'arm64.efi'},
      httpLoaders: {uefiX64: `http://${SERVER}/x64.efi`, uefiIa32: `http://${SERVER}/ia32.efi`, uefiArm64: `http://${SERVER}/arm64.efi`},
    }
    const source = join(network.folder, 'source.conf')
    await writeFile(source, handWritten(join(network.folder, 'kea')))
    const plan = await planKeaChange({upsert: [], remove: [], bootOptions: options}, {config: source, bootOptionsScope: 'global'})
    const kea = await startKea(network, () => plan.files[0]?.after?.toString('latin1') ?? '')
    const client = await network.addClient('52:54:00:00:00:77', '192.168.56.250/24')
    // 255.255.255.255 goes where the default route goes.
    await client.mustRun(['ip', 'route', 'add', 'default', 'dev', 'eth0'])
    const offered = async (asking: Asking): Promise<unknown> => {
      const {filename, nextServer, vendorClass} = (await askAsFirmware(client, asking)) ?? {}
      return filename === null || filename === undefined ? filename : [filename, nextServer, vendorClass]
    }

    for (const {name, client: kind, architectures, filename} of bootTable(options)) {
      for (const architecture of architectures ?? [7, 11]) {
        const asking = {architecture, isIpxe: kind === 'ipxe', isHttpClient: kind === 'http'}
        expect(await offered(asking), `${name}, architecture ${architecture}`).toEqual([
          filename,
          SERVER,
          kind === 'http' ? 'HTTPClient' : null,
        ])
      }
    }
    expect(await offered({architecture: undefined}), 'a ROM without option 93').toEqual(['bios.0', SERVER, null])
    expect(await offered({architecture: undefined, isIpxe: true}), 'an iPXE without option 93').toEqual(['bios.0', SERVER, null])
    expect(await offered({architecture: 0, isIpxe: true, userClass: COUNTED_USER_CLASS}), 'RFC 3004, BIOS').toEqual([
      'bios.0',
      SERVER,
      null,
    ])
    expect(await offered({architecture: 7, isIpxe: true, userClass: COUNTED_USER_CLASS}), 'RFC 3004').toEqual([
      options.ipxeScript,
      SERVER,
      null,
    ])
    expect(await offered({architecture: 27}), 'an architecture that nobody knows').toBeNull()
    expect(await offered({architecture: 27, isHttpClient: true}), 'the same by HTTP').toBeNull()
    expect(await kea.log()).not.toMatch(/ ERROR /)
  }))

test('a host whose firmware is known is given the file of that, whatever it says', () =>
  withNetwork('kea-host-firmware', async (network) => {
    const kea = await startKea(network)
    const original = await readFile(kea.config)
    const server = openKeaServer({
      config: kea.config,
      bootOptionsScope: 'global',
      stateFolder: network.folder,
      restart: kea.restart,
      // kea-dhcp4 -t looks for the interfaces that its configuration names.
      exec: (command) => exec({...command, file: 'ip', args: ['netns', 'exec', network.namespace, command.file, ...command.args]}),
    })
    await expectHostFirmware(network, server)
    expect(await readFile(kea.config)).toEqual(original)
    expect(await kea.log()).not.toMatch(/ ERROR /)
  }))

for (const [firmware, loader] of [
  ['bios', 'pxelinux'],
  ['uefi', 'ipxe'],
] as const) {
  test(`a ${firmware.toUpperCase()} machine boots through Kea, with the ${loader} loader`, () =>
    withNetwork(`kea-${firmware}`, async (network) => {
      const kea = await startKea(network)
      const settings = {'boot.loader': loader, 'dhcp.boot-options': 'global'}
      const lab = await makeLab(network, {dhcp: 'kea', dhcpd: {config: kea.config}, settings})
      await lab.must('loader', 'install')
      await lab.addImage('debian')
      await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, '--image', 'debian')
      const server = await startServe(lab, 'off')
      await advertiseNoRouter(network)
      const report = await boot(network, firmware)
      expectHost(report, firmware)
      const by = loader === 'pxelinux' ? 'tftp' : 'http'
      expect(fetched(server)).toEqual(expect.arrayContaining([`${by}:images/debian/vmlinuz`, `${by}:images/debian/initrd.img`]))
    }))
}
