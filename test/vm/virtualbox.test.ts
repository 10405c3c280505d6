// VirtualBox's back end on recorded answers of VBoxManage 7.2.22 (test/e2e/virtualbox-vm.e2e.ts has the real one).
import {readFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import {PxectlError} from '../../src/errors.js'
import {parseMac} from '../../src/net/mac.js'
import type {CommandLine, Finished} from '../../src/system/exec.js'
import {findVersion, type VboxVersion} from '../../src/vboxmanage/version.js'
import {parseVmInfo} from '../../src/vboxmanage/vm-info.js'
import type {HypervisorDoors} from '../../src/vm/doors.js'
import type {Hypervisor, VmRef} from '../../src/vm/hypervisor.js'
import {openLocalDoors} from '../../src/vm/local-doors.js'
import {parseNetwork} from '../../src/vm/network.js'
import {openVirtualbox} from '../../src/vm/virtualbox/hypervisor.js'
import {modifyArguments} from '../../src/vm/virtualbox/modify.js'
import {createCommands} from '../../src/vm/virtualbox/plan.js'
import {differences} from '../../src/vm/virtualbox/verify.js'
import type {VmSpec} from '../../src/vm/spec.js'
import {codeOf, specOf} from './hypervisor-suite.js'

const fixture = (name: string): string => readFileSync(new URL(`../../fixtures/vboxmanage/${name}`, import.meta.url), 'utf8')

type Recorded = {readonly name: string; readonly exitCode: number; readonly stdout: string; readonly stderr: string}
const recordings = JSON.parse(fixture('machines.json')) as Recorded[]
function recorded(number: string): Finished {
  const found = recordings.find(({name}) => name.startsWith(`${number}-`))
  if (found === undefined) throw new Error(`not recorded: ${number}`)
  return {...found, timedOut: false}
}
const said = (stdout: string): Finished => ({exitCode: 0, stdout, stderr: '', timedOut: false})

const RUNNING = '6f3b5a52-1111-4222-8333-444455556666'
const vm = (name = 'pxe-02', uuid = RUNNING): VmRef => ({name, uuid, path: undefined})

/** What it has, until a test says otherwise: an answer, or several for one call after the other. */
const ANSWERS: Readonly<Record<string, Finished>> = {
  '--version': said('7.2.22_Debianr175245\n'),
  'list systemproperties': recorded('007'),
  'list hostinfo': recorded('008'),
  'list ostypes': recorded('009'),
  'list bridgedifs': recorded('011'),
  'list hostonlyifs': recorded('013'),
  'list natnetworks': recorded('151'),
  'list vms': said(''),
}

type Scene = {readonly hypervisor: Hypervisor; readonly calls: string[]; readonly slept: () => number}

/** An answer for each call; the last one of a list again and again. A call that has none fails the test. */
function open(answers: Readonly<Record<string, Finished | readonly Finished[]>> = {}, changes: Partial<HypervisorDoors> = {}): Scene {
  const calls: string[] = []
  let slept = 0
  const queues = new Map(
    Object.entries({...ANSWERS, ...answers}).map(([call, found]) => [
      call,
      Array.isArray(found) ? [...(found as Finished[])] : [found as Finished],
    ]),
  )
  const exec = async ({args}: CommandLine): Promise<Finished> => {
    const call = args.join(' ')
    calls.push(call)
    const queue = queues.get(call) ?? queues.get(args[0] ?? '')
    const [next] = queue ?? []
    if (queue === undefined || next === undefined) throw new Error(`nothing recorded for: VBoxManage ${call}`)
    if (queue.length > 1) queue.shift()
    return next
  }
  const local = openLocalDoors({}, 'linux')
  const files = {...local.files, exists: async () => false, find: async () => undefined}
  const hypervisor = openVirtualbox(
    {...local, exec, files, now: () => Date.parse('2026-11-21T05:12:00Z'), ...changes},
    async (ms) => void (slept += ms),
  )
  return {hypervisor, calls, slept: () => slept}
}

const show = (uuid = RUNNING): string => `showvminfo ${uuid} --machinereadable`

async function errorOf(work: Promise<unknown>): Promise<PxectlError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof PxectlError)) throw new Error(`no PxectlError: ${String(error)}`)
  return error
}

describe('the commands that make a machine', () => {
  const table = fixture('modifyvm-options-by-version.txt').split('\n')
  const columns = ['6.1.38', '7.0.2', '7.0.18', '7.1.12', '7.2.22']
  const knows = (version: string, option: string): boolean => {
    const row = table.find((line) => line.split(/\s+/)[0] === option.replace(/\d+$/, 'N') || line.split(/\s+/)[0] === option)
    return row?.split(/\s+/)[columns.indexOf(version) + 1] === 'Y'
  }
  const full = (network: string): VmSpec =>
    specOf({
      network,
      disks: [{sizeMiB: 64}],
      serial: {kind: 'socket', path: '/lab/s'},
      screenPort: 5001,
      natBoot: {server: '10.0.0.1', file: 'pxelinux.0', tftpRoot: '/srv/tftp', httpPort: 80},
    })

  test.each(columns)('%s knows every option', (version) => {
    for (const network of ['nat', 'bridged:eth0', 'hostonly:vboxnet0', 'internal:lab', 'natnetwork:labnat', 'udp:1:127.0.0.1:2']) {
      const options = modifyArguments(full(network), {version: findVersion(version)!, platform: 'linux', nicsBefore: 3}).filter((word) =>
        word.startsWith('--'),
      )
      expect(options.length).toBeGreaterThan(20)
      expect(
        options.filter((option) => !knows(version, option)),
        network,
      ).toEqual([])
    }
  })

  test('one by one, by UUID after the first, marked before anything else', () => {
    const spec = {...full('bridged:eth0'), uuid: RUNNING}
    const version: VboxVersion = {major: 7, minor: 1, build: '7.1.12'}
    const commands = createCommands(spec, '/home/lab/machines/tk2', {version, platform: 'linux'})
    expect(commands.map((words) => words.join(' '))).toEqual([
      `createvm --name tk2 --ostype Linux26_64 --uuid ${RUNNING} --register`,
      `setextradata ${RUNNING} pxectl/vm tk2`,
      `modifyvm ${RUNNING} --cpus 2 --memory 512 --vram 16 --ioapic on --rtcuseutc on --firmware bios --boot1 net --boot2 disk ` +
        '--boot3 none --boot4 none --graphicscontroller vmsvga --accelerate3d off --audio none --nic1 bridged --bridgeadapter1 eth0 ' +
        '--nictype1 82540EM --macaddress1 005056001234 --cableconnected1 on --uart1 0x3F8 4 --uartmode1 server /lab/s ' +
        '--vrde on --vrdeaddress 127.0.0.1 --vrdeport 5001',
      `storagectl ${RUNNING} --name SATA --add sata --controller IntelAhci --portcount 1 --bootable on`,
      'createmedium disk --filename /home/lab/machines/tk2/tk2.vdi --size 64 --format VDI',
      `storageattach ${RUNNING} --storagectl SATA --port 0 --device 0 --type hdd --medium /home/lab/machines/tk2/tk2.vdi`,
    ])
  })

  const natWords = (version: string, tftpRoot: string | undefined): string =>
    modifyArguments(
      {...specOf(), natBoot: {server: '10.0.0.1', file: 'pxelinux.0', tftpRoot, httpPort: 80}},
      {version: findVersion(version)!, platform: 'linux'},
    ).join(' ')
  test('on NAT: the own TFTP server of the older versions, the one of the lab from 7.2 on', () => {
    expect(natWords('7.2.22', '/srv/tftp')).toContain('--nat-enable-tftp1 on --nattftpserver1 10.0.0.1 --nattftpfile1 pxelinux.0')
    expect(natWords('7.1.12', '/srv/tftp')).toContain('--nattftpprefix1 /srv/tftp --nattftpfile1 pxelinux.0')
    expect(natWords('6.1.38', undefined)).toContain('--nattftpserver1 10.0.0.1 --nattftpfile1 pxelinux.0')
  })

  test('host-only networks of VirtualBox 7 on macOS', () => {
    const words = modifyArguments(specOf({network: 'hostonly:HostNetwork'}), {version: findVersion('7.1.12')!, platform: 'darwin'}).join(
      ' ',
    )
    expect(words).toContain('--nic1 hostonlynet --hostonlynet1 HostNetwork')
  })
})

describe('before anything is made', () => {
  const check = (changes: Partial<VmSpec> & {network?: string}, answers = {}) => open(answers).hypervisor.checkSpec(specOf(changes))

  test('what was left open is filled in', async () => {
    const {spec, notes} = await check({network: 'bridged:eth0', serial: {kind: 'file', path: undefined}})
    expect(spec.nics[0]?.model).toBe('e1000')
    expect(spec.serial).toEqual({kind: 'file', path: '/home/lab/machines/tk2/serial.log'})
    expect(notes).toEqual([])
  })

  test.each([
    [{cpus: 65}, '64 CPUs at most'],
    [{cpus: 3}, 'the machine that runs it has 2'],
    [{memoryMiB: 24_105}, 'the machine that runs it has 24105'],
    [{memoryMiB: 3_000_000}, '4 to 2097152 MiB'],
    [{vramMiB: 257}, '256 MiB of video memory'],
    [{osType: 'Debain_64'}, 'no operating system "Debain_64"'],
    [{network: 'tap:tap0'}, 'no network "tap:tap0"'],
    [{nics: specOf().nics.map((nic) => ({...nic, model: 'vmxnet3' as const}))}, 'does not boot from a network card "vmxnet3"'],
    [{serial: {kind: 'socket' as const, path: `/${'s'.repeat(110)}`}}, 'longer than 107 bytes'],
    [{name: 'a/b'}, '"a/b" cannot be the name'],
    [{name: 'vm-é'}, 'cannot be the name'],
  ])('%j is refused: %s', async (changes, message) => {
    const error = await errorOf(check(changes))
    expect(error.kind).toBe('usage')
    expect(error.message).toContain(message)
  })

  test('an unknown kind of guest: the nearest one', async () => {
    expect((await errorOf(check({osType: 'Debain_64'}))).suggestions[0]).toBe('did you mean --os-type Debian_64?')
  })

  test('networks that are not there, and how to make them', async () => {
    const bridged = await errorOf(check({network: 'bridged:nosuch9'}))
    expect(bridged).toMatchObject({code: 'VM_NETWORK_MISSING', kind: 'environment', details: {found: ['peer0', 'eth0', 'br0']}})
    expect((await errorOf(check({network: 'hostonly'}))).suggestions).toEqual(['make one: VBoxManage hostonlyif create'])
    expect((await errorOf(check({network: 'natnetwork:nosuch'}))).message).toContain('it has labnat')
    expect((await check({network: 'natnetwork:labnat'})).spec.nics[0]?.network).toEqual({kind: 'natnetwork', name: 'labnat'})
  })

  test('the short name of an interface of macOS', async () => {
    const long = said('Name:            en0: Wi-Fi (AirPort)\nStatus:          Up\n')
    const {spec} = await check({network: 'bridged:en0'}, {'list bridgedifs': long})
    expect(spec.nics[0]?.network).toEqual({kind: 'bridged', interface: 'en0: Wi-Fi (AirPort)'})
  })

  test('a screen that nobody shows, and a card that UEFI cannot boot from, are told', async () => {
    const properties = said(recorded('007').stdout.replace('VNC', ''))
    const nics = specOf().nics.map((nic) => ({...nic, model: 'pcnet' as const}))
    const {notes} = await check({screenPort: 5001, firmware: 'uefi', nics}, {'list systemproperties': properties})
    expect(notes).toEqual([expect.stringContaining('no driver for pcnet'), expect.stringContaining('no extension pack')])
  })

  test('a name and a folder that are taken', async () => {
    const spec = specOf({name: 'PXE-01'})
    const list = recorded('242')
    expect(await codeOf(open({'list vms': list}).hypervisor.plan({kind: 'create', spec}))).toBe('VM_EXISTS')
    const withFile = {files: {...openLocalDoors({}).files, exists: async (path: string) => path === '/home/lab/machines/tk2/tk2.vbox'}}
    expect(await codeOf(open({}, withFile).hypervisor.plan({kind: 'create', spec: specOf()}))).toBe('VM_EXISTS')
  })
})

describe('what VirtualBox says of its machines', () => {
  const find = (show_: Finished, extra = recorded('159')) => open({[show()]: show_, getextradata: extra}).hypervisor.find(vm())
  test('running, for how long, without our mark', async () => {
    expect(await find(recorded('218'))).toMatchObject({
      ...{name: 'pxe-02', state: 'running', cpus: 1, memoryMiB: 128, macs: ['08:00:27:aa:bb:12'], firmware: 'bios', uptimeSeconds: 32},
      ...{isMarked: false, path: '/home/lab/machines/pxe-02'},
    })
  })
  test.each([
    ['225', 'paused'],
    ['231', 'saved'],
    ['213', 'poweroff'],
  ])('%s is %s', async (number, state) => expect(await find(recorded(number))).toMatchObject({state, uptimeSeconds: undefined}))

  test.each([
    ['gurumeditation', 'crashed'],
    ['aborted', 'crashed'],
    ['starting', 'changing'],
  ])('%s counts as %s', async (word, state) => {
    const answer = said(recorded('218').stdout.replace('VMState="running"', `VMState="${word}"`))
    expect(await find(answer)).toMatchObject({state})
  })

  test('our mark', async () => {
    expect(await find(recorded('218'), said('Key: pxectl/vm, Value: pxe-02\n'))).toMatchObject({isMarked: true})
  })

  test('an inaccessible one is listed, can be unregistered, and nothing else', async () => {
    const uuid = 'a780d7e3-fc86-46f9-b259-45f63daeae6b'
    const list = recorded('242')
      .stdout.split('\n')
      .filter((line) => line.includes('inaccessible'))
    const {hypervisor} = open({'list vms': said(list.join('\n')), [show(uuid)]: recorded('245')})
    const [status] = await hypervisor.list()
    expect(status).toMatchObject({uuid, state: 'inaccessible', problem: 'The object functionality is limited', cpus: undefined})
    expect(await codeOf(hypervisor.plan({kind: 'start', vm: status!, display: 'headless'}))).toBe('VM_INACCESSIBLE')
    const {steps} = await hypervisor.plan({kind: 'remove', vm: status!})
    expect(steps).toMatchObject([{command: {args: ['unregistervm', uuid]}}])
  })

  test('the warning of the wrapper on stdout is no machine', async () => {
    expect(await open({'list vms': recorded('003')}).hypervisor.list()).toEqual([])
  })

  test('serial line and screen', async () => {
    const uuid = '6c3ccffd-9a82-4bd0-a5e5-67ffb1ca0678'
    const {hypervisor} = open({[show(uuid)]: recorded('067')})
    expect(await hypervisor.console(vm('pxe-01', uuid))).toEqual([
      {kind: 'serial-file', path: '/home/lab/serial.log', command: 'tail -f /home/lab/serial.log'},
      {kind: 'vnc', host: '127.0.0.1', port: 5001, command: 'vncviewer 127.0.0.1::5001'},
    ])
  })
})

describe('failures', () => {
  const start = {kind: 'start', vm: vm(), display: 'headless'} as const
  const off = {[show()]: recorded('213'), 'list vms': said(`"pxe-02" {${RUNNING}}\n`)}

  test('without the kernel module a start says what to load', async () => {
    const {hypervisor} = open({...off, startvm: recorded('203')})
    const error = await errorOf(hypervisor.plan(start).then((plan) => hypervisor.apply(plan)))
    expect(error).toMatchObject({code: 'HYPERVISOR_MODULE_MISSING', kind: 'environment'})
    expect(error.message).toContain('/dev/vboxdrv')
    expect(error.message).toContain('terminated unexpectedly')
    expect(error.suggestions[0]).toContain('modprobe vboxdrv')
    expect((await hypervisor.probe()).notes).toEqual([expect.stringContaining('kernel module')])
  })

  test('without the window', async () => {
    const {hypervisor} = open({...off, startvm: recorded('206')})
    const plan = await hypervisor.plan({...start, display: 'gui'})
    expect((await errorOf(hypervisor.apply(plan))).suggestions[0]).toContain('--headless')
  })

  test('a machine that is locked is tried again, and a lock that stays is told', async () => {
    const passing = open({...off, controlvm: [recorded('209'), recorded('209'), said('')], [show()]: recorded('218')})
    await passing.hypervisor.apply(await passing.hypervisor.plan({kind: 'reset', vm: vm()}))
    expect(passing.slept()).toBe(500)
    const staying = open({...off, [show()]: recorded('218'), controlvm: recorded('211')})
    const plan = await staying.hypervisor.plan({kind: 'reset', vm: vm()})
    expect(await errorOf(staying.hypervisor.apply(plan))).toMatchObject({code: 'VM_LOCKED', kind: 'conflict'})
    expect(staying.slept()).toBe(10_000)
  })

  test('VBoxSVC that is just starting is asked again; settings that are broken are not', async () => {
    const notReady: Finished = {
      ...said(''),
      exitCode: 1,
      stderr:
        'VBoxManage: error: The object is not ready\nVBoxManage: error: Details: code E_ACCESSDENIED (0x80070005), component VirtualBoxWrap, interface IVirtualBox\n',
    }
    const starting = open({'list vms': [notReady, said('')]})
    expect(await starting.hypervisor.list()).toEqual([])
    const broken = open({'list vms': recorded('249')})
    expect(await errorOf(broken.hypervisor.list())).toMatchObject({code: 'HYPERVISOR_FAILED', kind: 'external'})
    expect(broken.slept()).toBe(0)
  })

  test('a failure with exit status 0 is one', async () => {
    const {hypervisor} = open({...off, modifyvm: recorded('098')})
    const plan = await hypervisor.plan({kind: 'reconfigure', vm: vm(), spec: specOf()})
    expect((await errorOf(hypervisor.apply(plan))).message).toContain('Invalid NIC number 9')
  })

  test('what VirtualBox took in and did not do is found', async () => {
    const {hypervisor} = open({...off, modifyvm: said('')})
    const plan = await hypervisor.plan({kind: 'reconfigure', vm: vm(), spec: specOf()})
    const error = await errorOf(hypervisor.apply(plan))
    expect(error.code).toBe('HYPERVISOR_FAILED')
    expect(error.message).toContain('cpus is "1", not "2"')
  })

  test('a running one, and one that was saved, are not changed', async () => {
    const change = {kind: 'reconfigure', vm: vm(), spec: specOf()} as const
    expect(await codeOf(open({[show()]: recorded('218')}).hypervisor.plan(change))).toBe('VM_RUNNING')
    expect((await errorOf(open({[show()]: recorded('231')}).hypervisor.plan(change))).message).toContain('saved in the middle')
  })

  test('a saved one is removed with what was saved, a paused one goes on', async () => {
    const commands = async (answer: string, action: Parameters<Hypervisor['plan']>[0]): Promise<string[]> =>
      (await open({[show()]: recorded(answer)}).hypervisor.plan(action)).steps.map((step) =>
        step.kind === 'run' ? step.command.args.join(' ') : step.kind,
      )
    expect(await commands('231', {kind: 'remove', vm: vm()})).toEqual([`discardstate ${RUNNING}`, `unregistervm ${RUNNING} --delete`])
    expect(await commands('225', start)).toEqual([`controlvm ${RUNNING} resume`])
    expect(await commands('225', {kind: 'stop', vm: vm(), force: false})).toEqual([
      `controlvm ${RUNNING} resume`,
      `controlvm ${RUNNING} acpipowerbutton`,
    ])
  })

  test('not installed, here or there: what was looked for', async () => {
    const missing = new PxectlError('no', {code: 'PROGRAM_MISSING', kind: 'environment'})
    const {hypervisor} = open({}, {where: 'lab7', exec: () => Promise.reject(missing)})
    const error = await errorOf(hypervisor.probe())
    expect(error).toMatchObject({
      code: 'HYPERVISOR_MISSING',
      kind: 'environment',
      details: {lookedFor: ['VBoxManage in PATH'], where: 'lab7'},
    })
  })

  test('one that is too old', async () => {
    expect(await errorOf(open({'--version': said('6.0.24r139119\n')}).hypervisor.probe())).toMatchObject({code: 'HYPERVISOR_OLD'})
  })
})

test('every difference between a spec and a machine is found', () => {
  const info = parseVmInfo(recorded('067').stdout)
  const nic = (number: number, network: string, model: 'e1000' | 'virtio' = 'e1000') => ({
    mac: parseMac(`08:00:27:aa:bb:0${number}`),
    model,
    network: parseNetwork(network),
  })
  const spec = specOf({
    ...{name: 'pxe-01', cpus: 4, memoryMiB: 6553, vramMiB: 16, firmware: 'uefi', disks: [{sizeMiB: 1}], screenPort: 5001},
    serial: {kind: 'file', path: '/home/lab/serial.log'},
    nics: [
      nic(1, 'bridged:eth0'),
      nic(2, 'hostonly:vboxnet0'),
      nic(3, 'internal:pxelab', 'virtio'),
      nic(4, 'natnetwork:labnat'),
      nic(5, 'nat'),
      nic(6, 'udp:1:127.0.0.1:2'),
    ],
  })
  expect(differences(spec, info)).toEqual(['network cards is "7", not "6"'])
  expect(differences({...spec, nics: [nic(2, 'bridged:eth1')]}, info)).toHaveLength(3)
  expect(differences({...spec, firmware: 'bios', disks: [], serial: {kind: 'none'}, screenPort: undefined, vramMiB: 8}, info)).toHaveLength(
    6,
  )
})
