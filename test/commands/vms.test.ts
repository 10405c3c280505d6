// The vm commands as a shell sees them, with a program that plays QEMU (test/e2e/vm-qemu.e2e.ts has the real one, and ssh).
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {cpus} from 'node:os'
import {join} from 'node:path'
import {describe, expect, onTestFinished, test} from 'vitest'
import {parse} from 'yaml'
import AddHost from '../../commands/add-host.js'
import ExportLab from '../../commands/export-lab.js'
import HostList from '../../commands/host/list.js'
import HostSet from '../../commands/host/set.js'
import Plan from '../../commands/plan.js'
import VmConsole from '../../commands/vm/console.js'
import VmCreate from '../../commands/vm/create.js'
import VmList from '../../commands/vm/list.js'
import VmRemove from '../../commands/vm/remove.js'
import VmReset from '../../commands/vm/reset.js'
import VmShow from '../../commands/vm/show.js'
import VmStart from '../../commands/vm/start.js'
import VmStop from '../../commands/vm/stop.js'
import VmSync from '../../commands/vm/sync.js'
import {openLab} from '../../src/lab/open-lab.js'
import type {VmJson} from '../../src/operations/vm-json.js'
import {installFakeQemu} from '../support/fake-qemu.js'
import {makeLab, type TestLab} from '../support/lab.js'
import {runCommand, type Ran} from '../support/run-command.js'

type Scene = {
  readonly lab: TestLab
  readonly vmFolder: string
  readonly vm: (command: Parameters<typeof runCommand>[0], ...argv: string[]) => Promise<Ran>
  readonly list: (...argv: string[]) => Promise<readonly VmJson[]>
}

async function openScene(): Promise<Scene> {
  const {vmFolder} = installFakeQemu()
  const lab = await makeLab()
  const vm: Scene['vm'] = (command, ...argv) => runCommand(command, [...argv, '--json', '--config', lab.config])
  await vm(AddHost, 'tk2', '--mac', '52:54:00:00:00:02', '--ip', '192.168.56.22')
  onTestFinished(async () => void (await vm(VmStop, '--all', '--force')))
  return {lab, vmFolder, vm, list: async (...argv) => (await vm(VmList, ...argv)).json()['vms'] as VmJson[]}
}

const QEMU = ['--hypervisor', 'qemu', '--network', 'nat']
const errorOf = (ran: Ran): {code: string; message: string; suggestions: string[]} => ran.json()['error'] as never

describe('vm create', () => {
  test('makes the VM of a host: its MAC address, the size of this machine, off until it is started', async () => {
    const {vm, vmFolder} = await openScene()
    const made = await vm(VmCreate, 'tk2', '--refer-physical-machine', 'localhost', ...QEMU)
    const kib = Number(/^MemTotal:\s*(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1])
    expect(made.exitCode, made.stdout).toBe(0)
    expect(made.json()['vm']).toMatchObject({
      name: 'tk2',
      hypervisor: 'qemu',
      state: 'poweroff',
      host: 'tk2',
      mac: '52:54:00:00:00:02',
      cpus: cpus().length,
      memoryMiB: Math.floor((kib * 0.8) / 1024),
      firmware: 'bios',
      address: '192.168.56.22',
      path: join(vmFolder, 'tk2'),
      isOurs: true,
      drift: [],
    })
    expect((await vm(VmShow, 'TK2')).json()['vm']).toEqual(made.json()['vm'])
  })

  test('--dry-run prints the commands and changes nothing; --add-host adds no host then', async () => {
    const {vm, vmFolder, lab, list} = await openScene()
    const ran = await runCommand(VmCreate, ['tk3', '--add-host', '--disk', '2G', ...QEMU, '--dry-run', '--config', lab.config])
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.stdout).toMatch(/^qemu-img create -q -f qcow2 \S+disk0\.qcow2 2048M$/m)
    expect(ran.stdout).toContain('-netdev user,id=net0')
    expect(await list()).toEqual([])
    expect(existsSync(vmFolder)).toBe(false)
    expect(((await vm(HostList)).json()['hosts'] as unknown[]).length).toBe(1)
  })

  test('--add-host makes the host too, and takes it back where the VM cannot be made', async () => {
    const {vm, vmFolder, list} = await openScene()
    process.env['FAKE_QEMU_IMG_FAILS'] = '1'
    onTestFinished(() => void Reflect.deleteProperty(process.env, 'FAKE_QEMU_IMG_FAILS'))
    const failed = await vm(VmCreate, 'tk3', '--add-host', '--disk', '2G', ...QEMU)
    expect(failed.exitCode).toBe(5)
    expect(errorOf(failed)).toMatchObject({code: 'HYPERVISOR_FAILED', message: expect.stringContaining('no space')})
    expect(await list()).toEqual([])
    expect(readdirSync(vmFolder)).toEqual([])
    expect((await vm(HostList)).json()['hosts']).toMatchObject([{name: 'tk2'}])
    Reflect.deleteProperty(process.env, 'FAKE_QEMU_IMG_FAILS')
    const made = await vm(VmCreate, 'tk3', '--add-host', '--ip', '192.168.56.33', '--disk', '2G', ...QEMU)
    expect(made.json()['vm']).toMatchObject({
      host: 'tk3',
      mac: expect.stringMatching(/^52:54:00:/),
      address: '192.168.56.33',
      disksMiB: [2048],
    })
  })

  test('what cannot be is refused by name, with its own status, and nothing is made', async () => {
    const {vm, vmFolder, list} = await openScene()
    await vm(VmCreate, 'tk2', ...QEMU)
    const before = await list()
    const mac = ['--mac', '52:54:00:00:00:09']
    const cases: readonly (readonly [string[], string, number])[] = [
      [['TK2', ...QEMU], 'VM_EXISTS', 4],
      [['tk3', '--mac', '52:54:00:00:00:02', ...QEMU], 'VM_MAC_TAKEN', 4],
      [['tk3', ...QEMU], 'VM_HOST_MISSING', 3],
      [['tk 3', ...mac, ...QEMU], 'VM_NAME_INVALID', 2],
      [['täck', ...mac, ...QEMU], 'VM_NAME_INVALID', 2],
      [['../tk3', ...mac, ...QEMU], 'VM_NAME_INVALID', 2],
      [['tk3', ...mac, ...QEMU, '--cpus', '1000'], 'VM_TOO_LARGE', 2],
      [['tk3', ...mac, ...QEMU, '--memory', '900T'], 'VM_TOO_LARGE', 2],
      [['tk3', ...mac, ...QEMU, '--memory', 'much'], 'VM_SIZE_INVALID', 2],
      [['tk3', ...mac, ...QEMU, '--disk', '-1'], 'VM_SIZE_INVALID', 2],
      [['tk3', ...mac, '--hypervisor', 'qemu', '--network', 'bridge0'], 'VM_NETWORK_INVALID', 2],
      [['tk3', ...mac, '--hypervisor', 'qemu', '--network', 'hostonly:vboxnet0'], 'VM_SPEC_INVALID', 2],
      [['tk3', ...mac, '--hypervisor', 'vmware', '--network', 'nat'], 'HYPERVISOR_MISSING', 6],
      [['tk3', '--mac', 'ff:ff:ff:ff:ff:ff', ...QEMU], 'MAC_NOT_UNICAST', 2],
      [['tk3', ...mac, ...QEMU, '--serial', 'com1'], 'VM_SERIAL_INVALID', 2],
      [['tk3', ...mac, ...QEMU, '--refer-physical-machine', 'localhost', '--memory-percent', '0'], 'MEMORY_PERCENT_INVALID', 2],
    ]
    for (const [argv, code, exitCode] of cases) {
      const ran = await vm(VmCreate, ...argv)
      expect(errorOf(ran).code, argv.join(' ')).toBe(code)
      expect(ran.exitCode, argv.join(' ')).toBe(exitCode)
    }
    expect((await vm(VmCreate, 'tk2', '--mac', '52:54:00:00:00:09', ...QEMU)).exitCode).toBe(4)
    expect(await list()).toEqual(before)
    expect(readdirSync(vmFolder)).toEqual(['tk2'])
  })

  test('what an interrupted one left is gone with the next command', async () => {
    const {lab, vm, vmFolder, list} = await openScene()
    await vm(VmCreate, 'tk2', ...QEMU)
    const opened = await openLab({configFlag: lab.config, environment: {}, workingFolder: '/'})
    const [record] = await opened.vms.list()
    if (record === undefined) throw new Error('no record')
    await opened.vms.put({...record, stage: 'creating', addedHost: 'tk2'})
    await opened.close()
    const listed = await vm(VmList)
    expect(listed.json()).toMatchObject({vms: [], warnings: ['the making of tk2 was interrupted; what was left of it is gone']})
    expect(readdirSync(vmFolder)).toEqual([])
    expect((await vm(HostList)).json()['hosts']).toEqual([])
    expect(await list()).toEqual([])
  })
})

describe('running them', () => {
  test('start, list, console, reset, stop, remove; each says when there was nothing to do', async () => {
    const {vm, lab, list} = await openScene()
    await vm(VmCreate, 'tk2', ...QEMU)
    const started = await vm(VmStart, 'tk2')
    expect(started.json(), started.stdout).toMatchObject({
      vms: [{name: 'tk2', state: 'running'}],
      outcomes: [{outcome: 'changed'}],
      failures: [],
    })
    expect((await vm(VmStart, 'tk2')).json()).toMatchObject({outcomes: [{outcome: 'unchanged'}]})
    expect((await runCommand(VmList, ['--config', lab.config])).stdout).toMatch(
      /^tk2 +running +qemu +- +\d+ +2048 MiB +52:54:00:00:00:02 +192\.168\.56\.22 +\d+ s +-$/m,
    )
    expect(await list('--state', 'poweroff')).toEqual([])
    expect((await vm(VmConsole, 'tk2')).json()).toMatchObject({
      consoles: [{kind: 'serial-socket', command: expect.stringMatching(/^socat /)}],
    })
    expect((await vm(VmReset, '--all')).json()).toMatchObject({outcomes: [{name: 'tk2', outcome: 'changed'}]})
    const refused = await vm(VmRemove, 'tk2')
    expect(errorOf(refused).code).toBe('VM_RUNNING')
    expect(refused.exitCode).toBe(4)
    expect((await vm(VmStop, 'tk2')).json()).toMatchObject({vms: [{state: 'poweroff'}]})
    expect((await vm(VmStop, 'tk2')).json()).toMatchObject({outcomes: [{outcome: 'unchanged'}]})
    expect((await vm(VmReset, '--all')).json()).toMatchObject({outcomes: [], failures: []})
    expect(errorOf(await vm(VmReset, 'tk2')).code).toBe('VM_NOT_RUNNING')
    expect((await vm(VmRemove, 'tk2')).exitCode).toBe(0)
    expect(await list()).toEqual([])
    expect(errorOf(await vm(VmShow, 'tk2')).code).toBe('VM_NOT_FOUND')
  })

  test('one that does not heed its power button is told of, and stopped by --force', async () => {
    const {vm} = await openScene()
    process.env['FAKE_QEMU_STAYS'] = '1'
    onTestFinished(() => void Reflect.deleteProperty(process.env, 'FAKE_QEMU_STAYS'))
    await vm(VmCreate, 'tk2', '--start', ...QEMU)
    const stayed = await vm(VmStop, 'tk2', '--timeout', '0')
    expect(errorOf(stayed)).toMatchObject({
      code: 'VM_STILL_RUNNING',
      suggestions: expect.arrayContaining([expect.stringContaining('--force')]),
    })
    expect((await vm(VmStop, 'tk2', '--force')).json()).toMatchObject({vms: [{state: 'poweroff'}]})
  })

  test('several at once, by pattern; one that fails does not keep the others', async () => {
    const {vm, vmFolder} = await openScene()
    for (const at of [1, 2, 3]) await vm(VmCreate, `node-${at}`, '--mac', `52:54:00:00:01:0${at}`, ...QEMU)
    const run = join(vmFolder, 'node-2', 'run')
    writeFileSync(run, readFileSync(run, 'utf8').replace('qemu-system-x86_64', 'false'))
    const ran = await vm(VmStart, 'node-*', '--parallel', '2')
    expect(ran.exitCode).not.toBe(0)
    expect(ran.json()).toMatchObject({outcomes: [{name: 'node-1'}, {name: 'node-3'}], failures: [{name: 'node-2'}]})
    expect(errorOf(await vm(VmStart)).code).toBe('VM_NAME_MISSING')
    expect(errorOf(await vm(VmStop, 'node-1', 'nobody')).code).toBe('VM_NOT_FOUND')
  })

  test('a VM that somebody else made is listed with --all, can be run, and is removed only with --yes', async () => {
    const {vm, vmFolder, list} = await openScene()
    await vm(VmCreate, 'tk2', ...QEMU)
    const run = join(vmFolder, 'tk2', 'run')
    const lab2 = await openScene()
    writeFileSync(run, readFileSync(run, 'utf8').replace(/^# pxectl vm .*\n/m, ''))
    process.env['PXECTL_VM_FOLDER'] = vmFolder
    expect(await lab2.list()).toEqual([])
    expect(await lab2.list('--all', '--hypervisor', 'qemu')).toMatchObject([{name: 'tk2', isOurs: false}])
    const kept = await lab2.vm(VmRemove, 'tk2', '--hypervisor', 'qemu')
    expect(errorOf(kept).code).toBe('VM_FOREIGN')
    expect(existsSync(run)).toBe(true)
    expect((await lab2.vm(VmRemove, 'tk2', '--hypervisor', 'qemu', '--yes')).exitCode).toBe(0)
    expect(await list()).toMatchObject([{name: 'tk2', state: 'gone', drift: [{what: 'gone'}]}])
    expect((await vm(VmSync)).json()).toMatchObject({mended: [{name: 'tk2', mended: 'forgotten'}]})
    expect(await list()).toEqual([])
  })
})

test('drift is shown and mended: by hand, and by a host that got another MAC address', async () => {
  const {vm, vmFolder, list} = await openScene()
  await vm(VmCreate, 'tk2', ...QEMU)
  const run = join(vmFolder, 'tk2', 'run')
  writeFileSync(run, readFileSync(run, 'utf8').replace(/-m \d+/, '-m 512'))
  await vm(HostSet, 'tk2', '--mac', '52:54:00:00:00:42')
  const drift = [
    {what: 'memoryMiB', wanted: '2048', found: '512'},
    {what: 'mac', wanted: '52:54:00:00:00:42', found: '52:54:00:00:00:02'},
  ]
  expect(await list()).toMatchObject([{memoryMiB: 512, drift}])
  expect((await vm(VmSync, '--dry-run')).json()).toMatchObject({mended: [{mended: 'reconfigured', drift}]})
  expect(await list()).toMatchObject([{drift}])
  expect((await vm(VmSync)).json()).toMatchObject({mended: [{name: 'tk2', mended: 'reconfigured'}], failures: []})
  expect(await list()).toMatchObject([{memoryMiB: 2048, mac: '52:54:00:00:00:42', drift: []}])
  expect((await vm(VmSync)).json()).toMatchObject({mended: []})
})

test('export-lab writes down the VMs that are there; a plan of that file has nothing to do', async () => {
  const {vm, lab} = await openScene()
  expect((await vm(VmCreate, 'tk2', '--cpus', '1', '--memory', '256', '--disk', '64M', ...QEMU)).exitCode).toBe(0)
  const {text, warnings} = (await vm(ExportLab)).json() as {text: string; warnings: string[]}
  expect(warnings).toEqual([])
  expect(parse(text)).toMatchObject({
    vms: {tk2: {cpus: 1, memory: 256, network: 'nat', disk: ['64M'], firmware: 'bios', hypervisor: 'qemu', start: false}},
  })
  writeFileSync(lab.path('copy.yaml'), text)
  expect((await vm(Plan, lab.path('copy.yaml'))).json()).toMatchObject({changes: []})
})
