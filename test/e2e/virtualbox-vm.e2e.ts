// Machines of the real VirtualBox 7.2, without its kernel module: made, listed, changed, run, removed; here, and by a real ssh.
import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {exec, type Exec} from '../../src/system/exec.js'
import {parseVmList} from '../../src/vboxmanage/vm-info.js'
import {openLocalDoors} from '../../src/vm/local-doors.js'
import {openVirtualbox as openBackEnd} from '../../src/vm/virtualbox/hypervisor.js'
import {testHypervisor, type HypervisorScene} from '../vm/hypervisor-suite.js'
import {makeLab} from './support/lab.js'
import {withNetwork} from './support/network.js'
import {startSshMachine} from './support/ssh-machine.js'
import {openVirtualbox, type Virtualbox} from './support/virtualbox.js'

let folder: string
let virtualbox: Virtualbox

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), `pxe2e-vboxvm-${process.pid}-`))
  virtualbox = await openVirtualbox(folder, `pxe2evm${process.pid}`, {canStart: true})
}, 900_000)

afterAll(async () => {
  await removeAll()
  await virtualbox.close()
  await rm(folder, {recursive: true, force: true})
})

const list = async (): Promise<{name: string; uuid: string}[]> => parseVmList(await virtualbox.manage('list', 'vms'))

async function removeAll(): Promise<void> {
  for (const {uuid} of parseVmList(await virtualbox.manage('list', 'runningvms'))) await virtualbox.manage('controlvm', uuid, 'poweroff')
  for (const {uuid} of await list()) await virtualbox.manage('unregistervm', uuid, '--delete')
}

async function openScene(): Promise<HypervisorScene> {
  await removeAll()
  let failNext = false
  const real: Exec = (command) => exec({...command, file: virtualbox.program})
  const hypervisor = openBackEnd({
    ...openLocalDoors({}),
    exec: async (command) => {
      const [verb] = command.args
      if (verb === 'storageattach' && failNext) {
        failNext = false
        return {exitCode: 1, stdout: '', stderr: 'VBoxManage: error: not today\n', timedOut: false}
      }
      return real(command)
    },
  })
  return {
    hypervisor,
    snapshot: async () => {
      const files = await readdir(join(folder, 'machines'), {recursive: true}).catch(() => [])
      return [await virtualbox.manage('list', 'vms'), await virtualbox.manage('list', 'hdds'), ...files.sort()].join('\n')
    },
    makeForeign: async (name) => {
      await virtualbox.manage('createvm', '--name', name, '--ostype', 'Linux26_64', '--register')
      const uuid = (await list()).find((vm) => vm.name === name)?.uuid ?? ''
      return {name, uuid, path: undefined}
    },
    failNextCreate: () => void (failNext = true),
  }
}

testHypervisor({
  name: 'virtualbox, with the real VBoxManage',
  open: openScene,
  canStart: true,
  network: 'udp:15102:127.0.0.1:15101',
  timeoutMs: 120_000,
})

test('--on: made, started, seen and removed on a machine that is reached by ssh; it runs on when we are gone', () =>
  withNetwork('vbox-on', async (network) => {
    await removeAll()
    const lab = await makeLab(network, {dhcp: 'none'})
    const machine = await startSshMachine(network, join(lab.folder, 'pxectl.ini'), virtualbox.bin)
    await machine.setKnownHost('right')
    const wanted = ['--mac', '52:54:00:00:00:79', '--network', 'udp:15104:127.0.0.1:15103', '--memory', '64', '--cpus', '1']
    const made = await machine.pxectl('vm', 'create', 'e2e-on', '--on', 'tk2', '--hypervisor', 'virtualbox', ...wanted)
    expect(made, made.stdout).toMatchObject({exitCode: 0, json: {vm: {machine: 'tk2', hypervisor: 'virtualbox', state: 'poweroff'}}})
    expect(machine.logins(), 'one connection for all of it').toBe(1)
    const told = await virtualbox.manage('showvminfo', 'e2e-on', '--machinereadable')
    for (const line of ['memory=64', 'cpus=1', 'macaddress1="525400000079"', 'boot1="net"']) expect(told.split('\n')).toContain(line)
    await virtualbox.manage('modifyvm', 'e2e-on', '--vm-execution-engine', 'recompiler')
    const started = await machine.pxectl('vm', 'start', 'e2e-on')
    expect(started.json, started.stdout).toMatchObject({vms: [{name: 'e2e-on', state: 'running'}]})
    expect(await machine.clients()).toEqual([])
    expect((await machine.pxectl('vm', 'list')).json).toMatchObject({vms: [{name: 'e2e-on', machine: 'tk2', state: 'running', drift: []}]})
    const removed = await machine.pxectl('vm', 'remove', 'e2e-on', '--force', '--yes')
    expect(removed, removed.stdout).toMatchObject({exitCode: 0, json: {failures: []}})
    expect(await list()).toEqual([])
  }))
