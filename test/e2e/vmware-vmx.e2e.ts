// The .vmx files that pxectl writes, read by two readers of such files: libvirt's and virt-v2v's. What both miss is for our check (test/vm).
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {parseMac} from '../../src/net/mac.js'
import {parseNetwork} from '../../src/vm/network.js'
import {changeMachine, renderMachine, VMWARE_MODELS} from '../../src/vm/vmware/machine-vmx.js'
import {checkVmx} from '../../src/vm/vmware/vmx.js'
import {specOf} from '../vm/hypervisor-suite.js'
import {mustRun, run, type Finished} from './support/programs.js'

let folder: string

/** libvirt's driver for VMware only looks whether these two answer. */
const STAND_INS = {
  vmrun: 'echo "Total running VMs: 0"',
  vmware: 'echo "VMware Workstation 17.6.2 build-24409262"',
} as const

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), `pxe2e-vmx-${process.pid}-`))
  for (const [name, line] of Object.entries(STAND_INS)) await writeFile(join(folder, name), `#!/bin/sh\n${line}\n`, {mode: 0o755})
})

afterAll(() => rm(folder, {recursive: true, force: true}))

async function readByLibvirt(vmx: string): Promise<Finished> {
  const path = join(folder, 'machine.vmx')
  await writeFile(path, vmx)
  const env = {PATH: `${folder}:${process.env['PATH']}`, HOME: folder, XDG_RUNTIME_DIR: folder}
  return run(['virsh', '-q', '-c', 'vmwarews:///session', 'domxml-from-native', 'vmware-vmx', path], {env})
}

async function xmlOf(vmx: string): Promise<string> {
  expect(checkVmx(vmx)).toEqual([])
  const finished = await readByLibvirt(vmx)
  expect(finished.exitCode, finished.stderr).toBe(0)
  return finished.stdout
}

const nic = (network: string, model: (typeof VMWARE_MODELS)[number] = 'e1000') => ({
  mac: parseMac('00:50:56:00:12:34'),
  model,
  network: parseNetwork(network),
})

test('name, memory, CPUs, MAC and card are what libvirt reads', async () => {
  const uuid = '564d1234-5678-9abc-def0-123456789abc'
  const xml = await xmlOf(renderMachine(specOf({uuid, memoryMiB: 6552, cpus: 4, nics: [nic('nat')]})))
  expect(xml).toContain('<name>tk2</name>')
  expect(xml).toContain(`<uuid>${uuid}</uuid>`)
  expect(xml).toContain(`<memory unit='KiB'>${6552 * 1024}</memory>`)
  expect(xml).toContain("<vcpu placement='static'>4</vcpu>")
  expect(xml).toContain("<mac address='00:50:56:00:12:34'")
  expect(xml).toContain("<model type='e1000'/>")
})

test.each(['nat', 'bridged:eth0', 'hostonly', 'vmnet:vmnet7'])('a card on %s, of every model', async (network) => {
  for (const model of VMWARE_MODELS)
    expect(await xmlOf(renderMachine(specOf({nics: [nic(network, model)]})))).toContain(`<model type='${model}'/>`)
})

test('UEFI, disks, a serial line and a screen', async () => {
  const xml = await xmlOf(
    renderMachine(
      specOf({
        firmware: 'uefi',
        disks: [{sizeMiB: 64}, {sizeMiB: 64}],
        serial: {kind: 'file', path: '/lab/serial.log'},
        screenPort: 5901,
        nics: [nic('nat')],
      }),
    ),
  )
  expect(xml).toContain("firmware='efi'")
  expect(xml).toContain('tk2-2.vmdk')
  expect(xml).toContain('/lab/serial.log')
  expect(xml).toContain("port='5901'")
})

test('virt-v2v reads the same machine, with its disk', async () => {
  const path = join(folder, 'tk2.vmx')
  await writeFile(path, renderMachine(specOf({firmware: 'uefi', memoryMiB: 6552, cpus: 4, disks: [{sizeMiB: 64}], nics: [nic('nat')]})))
  await mustRun(['qemu-img', 'create', '-q', '-f', 'vmdk', join(folder, 'tk2.vmdk'), '64M'])
  const source = await mustRun(['virt-v2v', '-i', 'vmx', path, '--print-source'], {env: {HOME: folder}, timeoutMs: 120_000})
  for (const line of [
    /source name: tk2$/m,
    new RegExp(`memory: ${6552 * 1024 * 1024} `),
    /nr vCPUs: 4$/m,
    /firmware: uefi$/m,
    /^\s*0 \[sata\]$/m,
    /"ethernet0" \[e1000\]/,
  ])
    expect(source).toMatch(line)
})

test('a machine that was changed', async () => {
  const before = renderMachine(specOf({disks: [{sizeMiB: 64}], nics: [nic('nat')]}))
  const xml = await xmlOf(
    changeMachine(`${before}ethernet0.pciSlotNumber = "160"\n`, specOf({cpus: 1, memoryMiB: 256, nics: [nic('vmnet:vmnet1')]})),
  )
  expect(xml).toContain("<vcpu placement='static'>1</vcpu>")
  expect(xml).toContain('tk2.vmdk')
})

test('libvirt is no stand-in: it refuses a file that is wrong', async () => {
  const finished = await readByLibvirt(renderMachine(specOf({nics: [nic('nat')]})).replace('memsize = "512"', 'memsize = "514"'))
  expect(finished.exitCode).not.toBe(0)
  expect(finished.stderr).toContain('memsize')
})
