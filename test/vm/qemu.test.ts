// QEMU's back end under the suite of all, with a program that plays QEMU (test/e2e/vm-qemu.e2e.ts has the real one), and what is its own.
import {mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, onTestFinished, test} from 'vitest'
import {openLocalDoors} from '../../src/vm/local-doors.js'
import {parseNetwork} from '../../src/vm/network.js'
import {openQemu} from '../../src/vm/qemu/hypervisor.js'
import {parseRun} from '../../src/vm/qemu/files.js'
import {renderRunScript} from '../../src/vm/qemu/run-script.js'
import {installFakeQemu} from '../support/fake-qemu.js'
import {codeOf, createVm, specOf, testHypervisor, type HypervisorScene} from './hypervisor-suite.js'

function setEnvironment(name: string, value: string): void {
  process.env[name] = value
  onTestFinished(() => void Reflect.deleteProperty(process.env, name))
}

function openScene(): HypervisorScene & {vmFolder: string} {
  const {vmFolder} = installFakeQemu()
  const local = openLocalDoors(process.env)
  // OVMF need not be installed where unit tests run.
  const files = {...local.files, exists: async (path: string) => path.includes('/OVMF') || local.files.exists(path)}
  let failing = false
  const exec: typeof local.exec = async (command) => {
    if (failing && command.file === 'qemu-img') {
      failing = false
      return {exitCode: 1, stdout: '', stderr: 'qemu-img: no space left', timedOut: false}
    }
    const isCopy = command.file === 'cp' && command.args[0]?.includes('OVMF') === true
    return isCopy ? {exitCode: 0, stdout: '', stderr: '', timedOut: false} : local.exec(command)
  }
  const hypervisor = openQemu({...local, files, exec})
  onTestFinished(async () => {
    for (const vm of await hypervisor.list()) {
      if (vm.state === 'running') await hypervisor.apply(await hypervisor.plan({kind: 'stop', vm, force: true}))
    }
  })
  return {
    hypervisor,
    vmFolder,
    snapshot: async () => {
      try {
        return readdirSync(vmFolder, {recursive: true, encoding: 'utf8'})
          .sort()
          .map((name) => (statSync(join(vmFolder, name)).isFile() ? `${name}\n${readFileSync(join(vmFolder, name), 'latin1')}` : name))
          .join('\n')
      } catch {
        return ''
      }
    },
    makeForeign: async (name) => {
      const path = join(vmFolder, name)
      const uuid = '11111111-2222-4333-8444-555555555555'
      mkdirSync(path, {recursive: true})
      writeFileSync(join(path, 'run'), `#!/bin/sh\nexec qemu-system-x86_64 -m 512 -uuid ${uuid}\n`)
      return {name, uuid, path}
    },
    failNextCreate: () => void (failing = true),
  }
}

testHypervisor({name: 'QEMU', open: async () => openScene(), canStart: true, network: 'nat'})

describe('the script', () => {
  const render = (changes: Parameters<typeof specOf>[0] = {}, isRoot = true): string =>
    renderRunScript({spec: specOf(changes), program: 'qemu-system-x86_64', codePath: undefined, isRoot})

  test('is read back as it was wanted', () => {
    const spec = specOf({cpus: 3, memoryMiB: 19_747})
    expect(parseRun(render(spec))).toEqual({
      uuid: spec.uuid,
      isMarked: true,
      cpus: 3,
      memoryMiB: 19_747,
      macs: ['00:50:56:00:12:34'],
      firmware: 'bios',
    })
  })

  test('says each network in words of QEMU', () => {
    expect(render({network: 'bridged:br0'})).toContain('tap,id=net0,script=./join0,downscript=no')
    expect(render({network: 'bridged:br0'}, false)).toContain('bridge,id=net0,br=br0')
    expect(render({network: 'tap:tap3'})).toContain('tap,id=net0,ifname=tap3,script=no,downscript=no')
    expect(render({network: 'udp:9001:10.0.0.2:9002'})).toContain('socket,id=net0,udp=10.0.0.2:9002,localaddr=0.0.0.0:9001')
    const [one, two] = ['internal:lab', 'internal:other'].map((network) => /mcast=(\S+),localaddr/.exec(render({network}))?.[1])
    expect(one).toMatch(/^239\.192\.\d+\.\d+:\d{5}$/)
    expect(one).not.toBe(two)
  })

  test('over plain NAT the ROM is told where the lab is', () => {
    const natBoot = {server: '192.168.56.1', file: 'undionly.kpxe', tftpRoot: '/srv', httpPort: 8069}
    expect(render({natBoot})).toContain('user,id=net0,hostname=tk2,bootfile=http://192.168.56.1:8069/boot.ipxe')
  })
})

test('a machine that does not start tells why, in the words of QEMU, and has crashed', async () => {
  const {hypervisor} = openScene()
  const made = await createVm(hypervisor, specOf())
  setEnvironment('FAKE_QEMU_FAILS', 'could not open disk image')
  const start = hypervisor.apply(await hypervisor.plan({kind: 'start', vm: made, display: 'headless'}))
  await expect(start).rejects.toThrow('qemu-system-x86_64: could not open disk image')
  expect(await hypervisor.find(made)).toMatchObject({state: 'crashed', problem: 'qemu-system-x86_64: could not open disk image'})
})

test('a machine whose files are gone is inaccessible, and can be removed', async () => {
  const {hypervisor, vmFolder} = openScene()
  mkdirSync(join(vmFolder, 'empty'), {recursive: true})
  const [found] = await hypervisor.list()
  expect(found).toMatchObject({name: 'empty', state: 'inaccessible', isMarked: false})
  if (found === undefined) return
  expect(await codeOf(hypervisor.plan({kind: 'start', vm: found, display: 'headless'}))).toBe('VM_INACCESSIBLE')
  await hypervisor.apply(await hypervisor.plan({kind: 'remove', vm: found}))
  expect(await hypervisor.list()).toEqual([])
})

test('interfaces that are not there, and those that are no bridge, are refused; so are paths too long for a socket', async () => {
  const {hypervisor} = openScene()
  const on = (text: string) => hypervisor.checkSpec(specOf({network: text}))
  expect(await codeOf(on('bridged:nosuch0'))).toBe('VM_NETWORK_MISSING')
  expect(await codeOf(on('bridged:lo'))).toBe('VM_SPEC_INVALID')
  expect(await codeOf(on('tap:nosuch0'))).toBe('VM_NETWORK_MISSING')
  expect(await codeOf(hypervisor.checkSpec(specOf({cpus: 256})))).toBe('VM_SPEC_INVALID')
  expect(await codeOf(hypervisor.checkSpec(specOf({screenPort: 3389})))).toBe('VM_SPEC_INVALID')
  setEnvironment('PXECTL_VM_FOLDER', `/tmp/${'x'.repeat(100)}`)
  expect(await codeOf(openQemu(openLocalDoors(process.env)).checkSpec(specOf()))).toBe('VM_SPEC_INVALID')
})

test('networks are read as they are written', () => {
  for (const text of ['bridged:eth0', 'bridged:en0: Wi-Fi (AirPort)', 'hostonly', 'hostonly:vboxnet0', 'nat', 'vmnet:vmnet8']) {
    expect(parseNetwork(text)).toBeDefined()
  }
  for (const text of [
    '',
    'bridged',
    'bridged:',
    'nat:x',
    'tap:-x',
    'udp:1:2',
    'udp:70000:h:1',
    'vmnet:eth0',
    'bridge:br0',
    'internal:a"b',
  ]) {
    expect(() => parseNetwork(text), text).toThrow('is not a network for a VM')
  }
})
