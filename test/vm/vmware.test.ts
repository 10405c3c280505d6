// VMware's back end under the suite of all, with a program that plays vmrun, and what is its own.
import {mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {parseMac} from '../../src/net/mac.js'
import type {HypervisorDoors} from '../../src/vm/doors.js'
import {openLocalDoors} from '../../src/vm/local-doors.js'
import {parseNetwork} from '../../src/vm/network.js'
import {openVmware} from '../../src/vm/vmware/hypervisor.js'
import {vmrunPlaces} from '../../src/vm/vmware/vmrun.js'
import {checkVmx, parseVmx, renderVmx} from '../../src/vm/vmware/vmx.js'
import {fakeVmware, type FakeVmware} from '../support/fake-vmrun.js'
import {temporaryFolder} from '../support/temporary-folder.js'
import {codeOf, createVm, specOf, testHypervisor, type HypervisorScene} from './hypervisor-suite.js'

/** The switches that VMware's services make. */
const isSwitch = (path: string): boolean => /^\/dev\/vmnet[018]$/.test(path)

function doors(changes: Partial<HypervisorDoors> = {}): HypervisorDoors {
  const local = openLocalDoors(process.env, 'linux')
  return {...local, files: {...local.files, exists: async (path) => isSwitch(path) || local.files.exists(path)}, ...changes}
}

const THEIRS =
  'config.version = "8"\nvirtualHW.version = "21"\ndisplayName = "theirs"\nuuid.bios = "56 4d 00 00 00 00 00 00-00 00 00 00 00 00 00 01"\n'

type Scene = HypervisorScene & {readonly vmFolder: string; readonly vmware: FakeVmware}

function openScene(): Scene {
  const vmFolder = join(temporaryFolder(), 'vms')
  const vmware = fakeVmware()
  const hypervisor = openVmware(doors({exec: vmware.exec, vmFolder}))
  return {
    hypervisor,
    vmFolder,
    vmware,
    snapshot: async () => {
      try {
        return readdirSync(vmFolder, {recursive: true, encoding: 'utf8'})
          .sort()
          .map((name) => (statSync(join(vmFolder, name)).isFile() ? `${name}\n${readFileSync(join(vmFolder, name), 'utf8')}` : name))
          .join('\n')
      } catch {
        return ''
      }
    },
    makeForeign: async (name) => {
      const folder = join(vmFolder, `${name}.vmwarevm`)
      mkdirSync(folder, {recursive: true})
      writeFileSync(join(folder, `${name}.vmx`), THEIRS.replace('theirs', name))
      return {name, uuid: '564d0000-0000-0000-0000-000000000001', path: join(folder, `${name}.vmx`)}
    },
    failNextCreate: vmware.failNextDisk,
  }
}

testHypervisor({name: 'vmware, with a program that plays vmrun', open: async () => openScene(), canStart: false, network: 'nat'})

const nicsOn = (network: string, mac = '00:50:56:00:12:34') => [{mac: parseMac(mac), model: undefined, network: parseNetwork(network)}]

describe('a machine of VMware', () => {
  test('it starts, and is stopped only by force: vmrun has no power button', async () => {
    const {hypervisor, vmware} = openScene()
    const made = await createVm(hypervisor, specOf({nics: nicsOn('nat', '08:00:27:12:34:56')}))
    await hypervisor.apply(await hypervisor.plan({kind: 'start', vm: made, display: 'headless'}))
    expect(await hypervisor.find(made)).toMatchObject({state: 'running'})
    expect(await codeOf(hypervisor.plan({kind: 'remove', vm: made}))).toBe('VM_RUNNING')
    await hypervisor.apply(await hypervisor.plan({kind: 'reset', vm: made}))
    await expect(hypervisor.apply(await hypervisor.plan({kind: 'stop', vm: made, force: false}))).rejects.toMatchObject({
      code: 'HYPERVISOR_FAILED',
      message: expect.stringContaining('VMware Tools are not running') as string,
    })
    expect(await hypervisor.find(made)).toMatchObject({state: 'running'})
    vmware.lieAboutStops()
    await hypervisor.apply(await hypervisor.plan({kind: 'stop', vm: made, force: true}))
    expect(await hypervisor.find(made)).toMatchObject({state: 'poweroff'})
  })

  test('one that was suspended is told apart, and one that a window has open is left alone', async () => {
    const {hypervisor} = openScene()
    const made = await createVm(hypervisor, specOf())
    const text = readFileSync(made.path!, 'utf8')
    writeFileSync(made.path!, `${text}checkpoint.vmState = "tk2.vmss"\n`)
    expect(await hypervisor.find(made)).toMatchObject({state: 'saved'})
    writeFileSync(made.path!, text)
    mkdirSync(`${made.path}.lck`)
    expect(await codeOf(hypervisor.plan({kind: 'remove', vm: made}))).toBe('VM_LOCKED')
    expect(await codeOf(hypervisor.plan({kind: 'reconfigure', vm: made, spec: specOf({uuid: made.uuid})}))).toBe('VM_LOCKED')
  })

  test('a change keeps what VMware has written, the disks, and the slot of the card', async () => {
    const {hypervisor} = openScene()
    const made = await createVm(hypervisor, specOf({disks: [{sizeMiB: 64}], screenPort: 5901, serial: {kind: 'socket', path: undefined}}))
    expect((await hypervisor.console(made)).map(({kind}) => kind)).toEqual(['serial-socket', 'vnc'])
    writeFileSync(
      made.path!,
      `${readFileSync(made.path!, 'utf8')}ethernet0.pciSlotNumber = "160"\nethernet0.generatedAddress = "00:0c:29:00:00:01"\nvmxstats.filename = "tk2.scoreboard"\n`,
    )
    const {spec} = await hypervisor.checkSpec(specOf({uuid: made.uuid, cpus: 1, nics: nicsOn('vmnet:vmnet1')}))
    await hypervisor.apply(await hypervisor.plan({kind: 'reconfigure', vm: made, spec}))
    const {values, problems} = parseVmx(readFileSync(made.path!, 'utf8'))
    expect(problems).toEqual([])
    const kept = ['ethernet0.pcislotnumber', 'vmxstats.filename', 'sata0:0.filename', 'ethernet0.vnet', 'numvcpus'].map((key) =>
      values.get(key),
    )
    expect(kept).toEqual(['160', 'tk2.scoreboard', 'tk2.vmdk', 'vmnet1', '1'])
    for (const gone of ['ethernet0.generatedaddress', 'remotedisplay.vnc.port', 'serial0.present'])
      expect(values.has(gone), gone).toBe(false)
    expect(await hypervisor.console(made)).toEqual([])
  })

  test('what VMware would only say at the start is refused before', async () => {
    const {hypervisor} = openScene()
    const check = (changes: Parameters<typeof specOf>[0]) => codeOf(hypervisor.checkSpec(specOf(changes)))
    expect(await check({cpus: 33})).toBe('VM_SPEC_INVALID')
    expect(await check({memoryMiB: 200_000})).toBe('VM_SPEC_INVALID')
    expect(await check({vramMiB: 256})).toBe('VM_SPEC_INVALID')
    expect(await check({osType: 'a"b'})).toBe('VM_SPEC_INVALID')
    expect(await check({nics: nicsOn('hostonly:vboxnet0')})).toBe('VM_SPEC_INVALID')
    expect(await check({nics: nicsOn('vmnet:vmnet7')})).toBe('VM_NETWORK_MISSING')
    expect(await check({serial: {kind: 'socket', path: `/${'x'.repeat(120)}`}})).toBe('VM_SPEC_INVALID')
    const {notes, spec} = await hypervisor.checkSpec(specOf({memoryMiB: 515, nics: nicsOn('bridged:eth0')}))
    expect(spec.memoryMiB).toBe(512)
    expect(notes).toEqual([expect.stringContaining('multiples of 4'), expect.stringContaining('vmnet0')])
  })

  test('a folder that is there is refused, and stays', async () => {
    const {hypervisor, vmFolder} = openScene()
    const notes = join(vmFolder, 'tk2.vmwarevm', 'notes')
    mkdirSync(join(vmFolder, 'tk2.vmwarevm'), {recursive: true})
    writeFileSync(notes, 'mine')
    const {spec} = await hypervisor.checkSpec(specOf())
    expect(await codeOf(hypervisor.plan({kind: 'create', spec}))).toBe('VM_EXISTS')
    await hypervisor.discard(spec)
    expect(readFileSync(notes, 'utf8')).toBe('mine')
  })

  test('without vmrun: what was looked for, and where', async () => {
    const {exec} = openLocalDoors({})
    const hypervisor = openVmware(doors({exec: (command) => exec({...command, file: '/nonexistent/vmrun'}), where: 'lab7'}))
    await expect(hypervisor.probe()).rejects.toMatchObject({
      code: 'HYPERVISOR_MISSING',
      kind: 'environment',
      message: expect.stringContaining('lab7') as string,
      details: {lookedFor: ['/usr/bin/vmrun', 'vmrun in PATH']},
    })
  })

  test('where the installers put vmrun', () => {
    expect(vmrunPlaces({platform: 'darwin', environment: {}})[0]).toBe('/Applications/VMware Fusion.app/Contents/Library/vmrun')
    expect(vmrunPlaces({platform: 'win32', environment: {'ProgramFiles(x86)': 'D:\\P'}})[0]).toBe(
      'D:\\P\\VMware\\VMware Workstation\\vmrun.exe',
    )
  })
})

describe('.vmx files', () => {
  test('the one that two other parsers take is fine', () => {
    expect(checkVmx(readFileSync(new URL('../../fixtures/vmware/pxe.vmx', import.meta.url), 'utf8'))).toEqual([])
  })

  const GOOD = `config.version = "8"\nvirtualHW.version = "16"\ndisplayName = "x"\nguestOS = "other-64"\nmemsize = "512"\nnumvcpus = "2"
ethernet0.addressType = "static"\nethernet0.address = "00:50:56:00:00:01"\n`
  const problemsOf = (from: string, to: string): string =>
    checkVmx(GOOD.replace(from, to))
      .map(({message}) => message)
      .join('; ')
  test.each([
    ['', '', ''],
    ['memsize = "512"', 'memsize = "514"', 'no multiple of 4'],
    ['config.version = "8"\n', '', 'config.version is missing'],
    ['displayName = "x"', 'displayName = "x', 'not of the form'],
    ['memsize = "512"', 'memsize = "512"\nMEMSIZE = "512"', 'there already'],
    ['numvcpus = "2"', 'numvcpus = "2"\ncpuid.coresPerSocket = "3"', 'sockets of 3'],
    ['00:50:56:00:00:01', '08:00:27:00:00:01', 'not an allowed static address'],
    ['00:50:56:00:00:01', '00:50:56:40:00:01', 'not an allowed static address'],
    ['00:50:56:00:00:01"', '08:00:27:00:00:01"\nethernet0.checkMACAddress = "FALSE"', ''],
    ['00:50:56:00:00:01', '00:50:56', 'no MAC address'],
  ])('%j as %j: %s', (from, to, problem) => {
    if (problem === '') expect(problemsOf(from, to)).toBe('')
    else expect(problemsOf(from, to)).toContain(problem)
  })

  test('whatever a name holds, it is read back', () => {
    for (const value of ['a "quoted" name', 'a|22b', '# no comment', 'two\nlines', 'größe 日本']) {
      const {values, problems} = parseVmx(renderVmx([['displayName', value]]))
      expect([values.get('displayname'), problems]).toEqual([value, []])
    }
  })
})
