// VMware's vmnet dhcpd.conf: its own part stays as it is, ours comes behind it, and its programs are called as they must be.
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {describe, expect, test} from 'vitest'
import type {DhcpChange} from '../../src/dhcp/server.js'
import {findVmwareRestart, restartVmware} from '../../src/dhcp/vmware-restart.js'
import {defaultDhcpConfig} from '../../src/lab/dhcp-config.js'
import {renderCommandLine} from '../../src/system/exec.js'
import {bootOptions, errorOf, reservation} from './fake-dhcpd.js'
import {openVmwareScene, type VmwareScene} from './fake-vmware.js'

const fixture = (name: string): string => readFileSync(fileURLToPath(new URL(`../../fixtures/vmware/${name}`, import.meta.url)), 'latin1')
const VMNET8 = fixture('vmnet8-dhcpd.conf')
const WINDOWS = fixture('vmnetdhcp.conf')
const CORPUS = fileURLToPath(new URL('../../../shared/fixtures/dhcpd-conf', import.meta.url))

const pxelinux = {...bootOptions, loaderForBiosIpxe: true, loaders: {bios: 'pxelinux.0', uefiX64: 'ipxe.efi'}}
const host = reservation('tk1', '00:50:56:00:00:21', '192.168.232.21')
const add = (...hosts: (typeof host)[]): DhcpChange => ({upsert: hosts.map((each) => ({reservation: each, isNew: true})), remove: []})
const nothing: DhcpChange = {upsert: [], remove: []}
const apply = async ({server}: VmwareScene, change: DhcpChange) => server.apply(await server.plan(change), {restart: true})
const codes = async ({server}: VmwareScene, expected = [host]) => (await server.check(expected)).map(({code}) => code)

describe('the file', () => {
  test('a host goes behind all that is there', async () => {
    const scene = openVmwareScene(VMNET8)
    await apply(scene, add(host))
    expect(scene.text()).toBe(`${VMNET8}
# BEGIN pxectl managed hosts
host tk1 {
	hardware ethernet 00:50:56:00:00:21;
	fixed-address 192.168.232.21;
	option host-name "tk1";
}
# END pxectl managed hosts
`)
  })

  test.each([
    ['a vmnet of its own', VMNET8, '192.168.232.21'],
    ["Windows' file for all vmnets", WINDOWS, '192.168.193.21'],
  ])('%s: adding and removing gives back every byte', async (_, text, ip) => {
    for (const bootOptionsScope of ['subnet', 'global'] as const) {
      const subnet = {address: ip.replace(/\d+$/, '0') as typeof host.ip, prefix: 24}
      const scene = openVmwareScene(text, {bootOptionsScope, subnet})
      await apply(scene, {...add({...host, ip: ip as typeof host.ip}), bootOptions: pxelinux})
      expect(scene.text()).toContain('filename "pxelinux.0";')
      expect((await scene.server.declared()).filter(({managed}) => managed).map(({name}) => name)).toEqual(['tk1'])
      await apply(scene, {upsert: [], remove: ['tk1'], bootOptions: 'remove'})
      expect(scene.text()).toBe(text)
    }
  })

  test.runIf(existsSync(CORPUS))('real files of VMware come back as they were, and only lines are added', async () => {
    const real = readdirSync(CORPUS)
      .filter((name) => name.endsWith('.conf'))
      .map((name) => readFileSync(join(CORPUS, name), 'latin1'))
      .filter((text) => /vmnet-dhcpd|VMware port of ISC/.test(text))
    expect(real.length).toBeGreaterThan(2)
    for (const text of real) {
      const ip = [...text.matchAll(/^subnet (\d+\.\d+\.\d+)\.0/gm)].at(-1)?.[1] ?? ''
      const scene = openVmwareScene(text, {bootOptionsScope: undefined})
      await apply(scene, add(reservation('tk1', '00:50:56:00:00:21', `${ip}.21`)))
      expect(scene.text().startsWith(text)).toBe(true)
      await apply(scene, {upsert: [], remove: ['tk1']})
      expect(scene.text()).toBe(text)
    }
  })

  test.each([
    ['vmnet8', VMNET8, '192.168.232.21'],
    ['VMnet8', WINDOWS, '192.168.193.21'],
  ])("VMware's own host %s is neither changed nor removed", async (name, text, ip) => {
    const scene = openVmwareScene(text)
    const taken = reservation(name, '00:50:56:00:00:21', ip)
    expect(await errorOf(scene.server.plan({upsert: [{reservation: taken}], remove: []}))).toMatchObject({code: 'DHCP_NAME_TAKEN'})
    expect(await errorOf(scene.server.plan({upsert: [], remove: [name]}))).toMatchObject({code: 'DHCP_NAME_TAKEN'})
  })

  test('an address of the dynamic range is refused', async () => {
    const scene = openVmwareScene(VMNET8)
    expect(await errorOf(scene.server.plan(add(reservation('x', '00:50:56:00:00:22', '192.168.232.130'))))).toMatchObject({
      code: 'DHCP_IP_DYNAMIC',
    })
  })
})

describe('boot options', () => {
  const LINES = ['# BEGIN pxectl boot options', 'next-server 10.0.0.1;', 'filename "pxelinux.0";', '# END pxectl boot options']

  test("in the subnet, as its other lines are indented; no byte of VMware's is lost", async () => {
    const scene = openVmwareScene(VMNET8)
    const {warnings} = await scene.server.plan({...nothing, bootOptions: pxelinux})
    expect(warnings.join()).toMatch(/cannot choose by firmware.*pxectl serve --dhcp full/)
    await apply(scene, {...nothing, bootOptions: pxelinux})
    const added = LINES.map((line) => `\t${line}\n`).join('')
    expect(scene.text()).toContain(`option routers 192.168.232.2;\n${added}}`)
    expect(scene.text().replace(added, '')).toBe(VMNET8)
    expect((await scene.server.plan({...nothing, bootOptions: pxelinux})).files).toEqual([])
    expect(await codes(scene, [])).toContain('DHCP_BOOT_OPTIONS_FRAIL')
  })

  test('for all at the head of the file, before the subnets that are to take them over', async () => {
    const scene = openVmwareScene(VMNET8, {bootOptionsScope: 'global'})
    await apply(scene, {...nothing, bootOptions: pxelinux})
    expect(scene.text()).toBe(`${LINES.join('\n')}\n${VMNET8}`)
    expect(await codes(scene, [])).not.toContain('DHCP_BOOT_OPTIONS_FRAIL')
  })

  test('iPXE as the one file would load itself for ever: refused, with what to do', async () => {
    const error = await errorOf(openVmwareScene(VMNET8).server.plan({...nothing, bootOptions}))
    expect(error).toMatchObject({code: 'DHCP_ONE_FILE_ONLY', kind: 'usage'})
    expect(error.suggestions.join()).toMatch(/boot.loader pxelinux.*--dhcp full/)
  })

  test("a filename of the user's in that place is not touched", async () => {
    const scene = openVmwareScene(VMNET8.replace('\toption routers 192', '\tfilename "bootfile";\n\toption routers 192'))
    expect(await errorOf(scene.server.plan({...nothing, bootOptions: pxelinux}))).toMatchObject({code: 'DHCP_FILENAME_DECLARED'})
  })

  test('one of several subnets must be named', async () => {
    expect(await errorOf(openVmwareScene(WINDOWS).server.plan({...nothing, bootOptions: pxelinux}))).toMatchObject({
      code: 'DHCP_SUBNET_UNDECLARED',
    })
  })
})

describe('check', () => {
  test('all in order; the name that VMware gives to several hosts is no finding', async () => {
    const scene = openVmwareScene(WINDOWS)
    expect(await codes(scene, [])).toEqual(['DHCP_BOOT_OPTIONS_MISSING'])
  })

  test('the Network Editor has written the file anew: said, and put back by the next plan', async () => {
    const scene = openVmwareScene(VMNET8)
    expect(await codes(scene)).not.toContain('DHCP_OVERWRITTEN')
    await apply(scene, add(host))
    const ours = scene.text()
    expect(await codes(scene)).not.toContain('DHCP_OVERWRITTEN')
    scene.write(VMNET8)
    expect(await scene.server.check([host])).toContainEqual(
      expect.objectContaining({code: 'DHCP_OVERWRITTEN', severity: 'error', suggestion: expect.stringContaining('pxectl dhcp apply')}),
    )
    await apply(scene, {upsert: [{reservation: host}], remove: []})
    expect(scene.text()).toBe(ours)
  })

  test.each([
    ['DHCP_MAC_TAKEN', 'host a { hardware ethernet 00:50:56:00:00:01; fixed-address 192.168.232.60; }\n'],
    ['DHCP_IP_TAKEN', 'host a { hardware ethernet 00:50:56:00:00:02; fixed-address 192.168.232.50; }\n'],
    ['DHCP_IP_OFF_SUBNET', 'host a { hardware ethernet 00:50:56:00:00:02; fixed-address 10.0.0.50; }\n'],
    ['DHCP_NOT_UNDERSTOOD', 'if exists user-class { filename "x"; }\n'],
    ['DHCPD_CONF_BROKEN', 'host a {\n'],
  ])('%s', async (code, more) => expect(await codes(openVmwareScene(VMNET8 + more), [])).toContain(code))
})

describe('restart', () => {
  const FUSION = '/Applications/VMware Fusion.app/Contents/Library'
  const steps = async (platform: string, present: readonly string[], config = defaultDhcpConfig('vmware', platform) ?? '') =>
    (await findVmwareRestart({configured: undefined, config, platform, fileExists: async (path) => present.includes(path)}))?.map(
      renderCommandLine,
    )

  test.each([
    ['darwin', [`${FUSION}/vmnet-cli`, `${FUSION}/services.sh`], [`'${FUSION}/vmnet-cli' --stop`, `'${FUSION}/vmnet-cli' --start`]],
    ['darwin', [`${FUSION}/services.sh`], [`'${FUSION}/services.sh' --stop`, `'${FUSION}/services.sh' --start`]],
    ['darwin', [`${FUSION}/services/services.sh`], [`'${FUSION}/services/services.sh' --stop`, `'${FUSION}/services/services.sh' --start`]],
    ['linux', ['/usr/bin/vmware-networks', '/etc/init.d/vmware'], ['/usr/bin/vmware-networks --stop', '/usr/bin/vmware-networks --start']],
    ['linux', ['/etc/init.d/vmware'], ['/etc/init.d/vmware restart']],
    ['win32', [], ['net stop VMnetDHCP', 'net start VMnetDHCP']],
    ['linux', [], undefined],
    ['sunos', [], undefined],
  ] as const)('on %s with %j: %j', async (platform, present, expected) => expect(await steps(platform, present)).toEqual(expected))

  test("a file that is not VMware's own restarts nothing", async () => {
    expect(await steps('linux', ['/usr/bin/vmware-networks'], '/home/me/dhcpd.conf')).toBeUndefined()
    expect(await steps('win32', [], 'C:\\lab\\vmnetdhcp.conf')).toBeUndefined()
  })

  const run = (exitCodes: readonly number[], probes: readonly (readonly number[])[] = [[]]) => {
    const left = [...exitCodes]
    const seen = [...probes]
    return restartVmware({
      steps: [
        {file: 'net', args: ['stop', 'VMnetDHCP'], mayFail: true},
        {file: 'net', args: ['start', 'VMnetDHCP']},
      ],
      exec: async () => ({exitCode: left.shift() ?? 0, stdout: 'words\n', stderr: '', timedOut: false}),
      probe: async () => (seen.length > 1 ? seen.shift() : seen[0]) ?? [],
      sleep: async () => undefined,
    })
  }
  test('stopping what does not run is fine', async () => expect(await run([2, 0])).toEqual([]))
  test('a start that fails is told with its words', async () =>
    expect(await errorOf(run([0, 2]))).toMatchObject({kind: 'external', message: expect.stringMatching(/net start VMnetDHCP\nwords/)}))
  test('a server that is gone after its restart is noticed', async () =>
    expect((await errorOf(run([0, 0], [[7], []]))).message).toContain('does not run after'))
  test('a server that is there again is fine', async () => expect(await run([0, 0], [[7], [8]])).toEqual([]))
})
