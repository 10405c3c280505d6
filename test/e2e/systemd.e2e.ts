// Under a real systemd: serve as a service and by its sockets, dhcpd restarted as Debian's unit, VMs that outlive who started them.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {pxectlCommand} from './support/program.js'
import {openSystemd, type Systemd} from './support/systemd.js'
import {until, type Finished} from './support/programs.js'

const LAB = '/srv/lab'

let systemd: Systemd

beforeAll(async () => {
  systemd = await openSystemd()
  await makeLab()
})

afterAll(() => systemd?.close())

const pxectl = (...words: string[]): Promise<Finished> => systemd.run([...pxectlCommand, ...words, '--config', `${LAB}/pxectl.ini`])
const must = (...words: string[]): Promise<string> => systemd.mustRun([...pxectlCommand, ...words, '--config', `${LAB}/pxectl.ini`])
const write = (path: string, input: string): Promise<string> => systemd.mustRun(['tee', path], {input})
const stateOf = async (unit: string): Promise<string> => (await systemd.run(['systemctl', 'is-active', unit])).stdout.trim()

const newHost = (n: number): string[] => ['add-host', `tk${n}`, '--mac', `52:54:00:00:00:0${n}`, '--ip', `192.168.56.2${n}`]

const DHCPD_CONF = 'subnet 192.168.56.0 netmask 255.255.255.0 { range 192.168.56.100 192.168.56.199; }\n'

async function makeLab(): Promise<void> {
  await systemd.mustRun(['ip', 'link', 'set', 'lo', 'up'])
  await systemd.mustRun(['ip', 'link', 'add', 'br0', 'type', 'bridge'])
  await systemd.mustRun(['ip', 'address', 'add', '192.168.56.1/24', 'dev', 'br0'])
  await systemd.mustRun(['ip', 'link', 'set', 'br0', 'up'])
  await write('/etc/default/isc-dhcp-server', 'INTERFACESv4="br0"\n')
  await write('/etc/dhcp/dhcpd.conf', DHCPD_CONF)
  await systemd.mustRun([
    ...[...pxectlCommand, 'init', LAB, '--interface', 'br0', '--subnet', '192.168.56.0/24', '--server', '192.168.56.1'],
    ...['--dhcp', 'isc', '--dhcp-config', '/etc/dhcp/dhcpd.conf', '--hypervisor', 'qemu', '--defaults'],
  ])
}

test("add-host restarts Debian's unit of dhcpd, found without a setting", async () => {
  await systemd.mustRun(['systemctl', 'start', 'isc-dhcp-server'])
  await must(...newHost(1))
  expect(await stateOf('isc-dhcp-server')).toBe('active')
  expect(await systemd.mustRun(['cat', '/etc/dhcp/dhcpd.conf'])).toContain('host tk1')
})

test('a unit that was started too often: what systemd says is told, with the command that helps, and nothing has changed', async () => {
  const before = await systemd.mustRun(['cat', '/etc/dhcp/dhcpd.conf'])
  const folder = '/etc/systemd/system/isc-dhcp-server.service.d'
  await systemd.mustRun(['mkdir', '-p', folder])
  await write(`${folder}/limit.conf`, '[Unit]\nStartLimitIntervalSec=600\nStartLimitBurst=1\n')
  await systemd.mustRun(['systemctl', 'daemon-reload'])
  await systemd.mustRun(['systemctl', 'reset-failed', 'isc-dhcp-server'])
  await systemd.mustRun(['systemctl', 'restart', 'isc-dhcp-server'])
  const refused = await pxectl(...newHost(2))
  expect(refused.exitCode, refused.stderr).toBe(5)
  expect(refused.stderr).toContain('start-limit-hit')
  expect(refused.stderr).toContain('systemctl reset-failed isc-dhcp-server')
  expect(await systemd.mustRun(['cat', '/etc/dhcp/dhcpd.conf'])).toBe(before)
  await systemd.mustRun(['rm', '-r', folder])
  await systemd.mustRun(['systemctl', 'daemon-reload'])
  await systemd.mustRun(['systemctl', 'reset-failed', 'isc-dhcp-server'])
  await must(...newHost(2))
  expect(await stateOf('isc-dhcp-server')).toBe('active')
})

test('the unit of serve: ready means serving, sandboxed, without root; stopped in order', async () => {
  await write('/etc/systemd/system/pxectl.service', await must('serve', '--print-unit', 'service', '--dhcp', 'off', '--user', 'daemon'))
  await systemd.mustRun(['systemctl', 'daemon-reload'])
  await systemd.mustRun(['systemctl', 'start', 'pxectl'])
  const menu = await systemd.mustRun(['curl', '-sS', '--fail', 'http://192.168.56.1:8069/boot.ipxe'])
  expect(menu).toMatch(/^#!ipxe/)
  const pid = (await systemd.mustRun(['systemctl', 'show', '--property=MainPID', '--value', 'pxectl'])).trim()
  expect((await systemd.mustRun(['ps', '-o', 'user=', '-p', pid])).trim()).toBe('daemon')
  const verdict = await systemd.run(['systemd-analyze', 'security', '--no-pager', 'pxectl.service'])
  const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(verdict.stdout)?.[1])
  // "OK" ends at 5 in its scale of 0 to 10.
  expect(exposure, verdict.stdout).toBeLessThan(5)
  await systemd.mustRun(['systemctl', 'stop', 'pxectl'])
  const result = await systemd.mustRun(['systemctl', 'show', '--property=Result', '--value', 'pxectl'])
  expect(result.trim()).toBe('success')
})

test('by its sockets: the first request starts it', async () => {
  for (const kind of ['service', 'socket'])
    await write(`/etc/systemd/system/pxectl.${kind}`, await must('serve', '--print-unit', kind, '--dhcp', 'off', '--user', 'daemon'))
  await systemd.mustRun(['systemctl', 'daemon-reload'])
  await systemd.mustRun(['systemctl', 'start', 'pxectl.socket'])
  expect(await stateOf('pxectl.service')).toBe('inactive')
  await systemd.mustRun(['curl', '-sS', '--fail', '--max-time', '60', 'http://192.168.56.1:8069/boot.ipxe'])
  await until('it is ready', 30_000, async () => (await stateOf('pxectl.service')) === 'active')
  await systemd.mustRun(['systemctl', 'stop', 'pxectl.socket', 'pxectl.service'])
})

test('a VM of QEMU is a unit of its own: it outlives the service that started it', async () => {
  const config = `${LAB}/pxectl.ini`
  // As a shell of a login session would: all that is left of it is killed at its end.
  await systemd.mustRun([
    ...['systemd-run', '--quiet', '--wait', '--collect', '--property=KillMode=control-group', '--unit=login'],
    ...[
      ...pxectlCommand,
      'vm',
      'create',
      'tk1',
      '--start',
      '--network',
      'internal:lab',
      '--memory',
      '64M',
      '--cpus',
      '1',
      '--config',
      config,
    ],
  ])
  expect(await stateOf('login')).toBe('inactive')
  expect(await stateOf('pxectl-vm-tk1')).toBe('active')
  expect(JSON.parse(await must('vm', 'show', 'tk1', '--json'))).toMatchObject({vm: {state: 'running'}})
  await must('vm', 'stop', 'tk1', '--force')
  await until('the unit is gone', 30_000, async () => (await stateOf('pxectl-vm-tk1')) === 'inactive')
  await must('vm', 'start', 'tk1')
  expect(await stateOf('pxectl-vm-tk1')).toBe('active')
  await must('vm', 'remove', 'tk1', '--force', '--yes')
  expect((await systemd.run(['ls', '/var/lib/pxectl/vms/tk1'])).exitCode).not.toBe(0)
})
