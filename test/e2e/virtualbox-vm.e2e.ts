// Machines of the real VirtualBox 7.2, without its kernel module: made, listed, changed, run, removed.
import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll} from 'vitest'
import {exec, type Exec} from '../../src/system/exec.js'
import {parseVmList} from '../../src/vboxmanage/vm-info.js'
import {openLocalDoors} from '../../src/vm/local-doors.js'
import {openVirtualbox as openBackEnd} from '../../src/vm/virtualbox/hypervisor.js'
import {testHypervisor, type HypervisorScene} from '../vm/hypervisor-suite.js'
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
