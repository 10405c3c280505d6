// What an action on a machine of VMware comes to: looks, refuses what cannot be, and changes nothing.
import type {HypervisorDoors} from '../doors.js'
import type {VmAction, VmRef, VmStatus} from '../hypervisor.js'
import {dirnameOn, joinOn} from '../paths.js'
import type {VmSpec} from '../spec.js'
import type {VmStep} from '../steps.js'
import {vmExists, vmLocked, vmNotFound, vmNotRunning, vmRunning} from '../vm-errors.js'
import {machineFolder, vmxPath} from './check.js'
import {changeMachine, diskFile, renderMachine} from './machine-vmx.js'
import {findStatus} from './status.js'
import {TITLE, type Vmrun} from './vmrun.js'

export async function planSteps(action: VmAction, vmrun: Vmrun, doors: HypervisorDoors): Promise<VmStep[]> {
  if (action.kind === 'create') return planCreate(action.spec, vmrun, doors)
  const {path, status} = await getStatus(action.vm, vmrun, doors)
  const run = async (...words: string[]): Promise<VmStep[]> => [{kind: 'run', command: await vmrun.command(words)}]
  const isOn = status.state === 'running'
  switch (action.kind) {
    case 'reconfigure':
      if (isOn || status.state === 'saved') throw vmRunning(status.name, 'changed')
      await refuseLocked(status.name, path, doors)
      return [{kind: 'write', path, text: changeMachine((await doors.files.find(path)) ?? '', action.spec)}]
    case 'start':
      if (isOn) throw vmRunning(status.name, 'started')
      return run('start', path, action.display === 'gui' ? 'gui' : 'nogui')
    case 'stop':
      if (!isOn) throw vmNotRunning(status.name)
      return run('stop', path, action.force ? 'hard' : 'soft')
    case 'reset':
      if (!isOn) throw vmNotRunning(status.name)
      return run('reset', path, 'hard')
    case 'remove': {
      if (isOn) throw vmRunning(status.name, 'removed')
      await refuseLocked(status.name, path, doors)
      const folder = dirnameOn(path)
      // It also takes the machine out of VMware's library. What is left in a folder of ours goes with it.
      const left: VmStep[] = folder === machineFolder(doors.vmFolder, status.name) ? [{kind: 'remove', path: folder}] : []
      return [...(await run('deleteVM', path)), ...left]
    }
  }
}

/** The file first: whoever dies in between leaves a machine that its UUID tells. */
async function planCreate(spec: VmSpec, vmrun: Vmrun, doors: HypervisorDoors): Promise<VmStep[]> {
  const folder = machineFolder(doors.vmFolder, spec.name)
  const path = vmxPath(doors.vmFolder, spec.name)
  if (await doors.files.exists(folder)) {
    throw vmExists(spec.name, TITLE, {uuid: (await findStatus(path, vmrun, doors))?.uuid ?? '', path: folder})
  }
  const maker = await vmrun.sibling('vmware-vdiskmanager')
  return [
    {kind: 'folder', path: folder},
    {kind: 'write', path, text: renderMachine(spec)},
    ...spec.disks.map(({sizeMiB}, port): VmStep => {
      // One file that grows (-t 0).
      const args = ['-c', '-s', `${sizeMiB}MB`, '-a', 'lsilogic', '-t', '0', joinOn(folder, diskFile(spec.name, port))]
      return {kind: 'run', command: {file: maker, args, locale: 'C.UTF-8'}}
    }),
  ]
}

/** Throws VM_NOT_FOUND. A machine that we did not make is known by its path alone. */
export async function getStatus(vm: VmRef, vmrun: Vmrun, doors: HypervisorDoors): Promise<{path: string; status: VmStatus}> {
  const path = vm.path ?? vmxPath(doors.vmFolder, vm.name)
  const status = await findStatus(path, vmrun, doors)
  if (status === undefined) throw vmNotFound(vm.name, TITLE)
  return {path, status}
}

/** A window of VMware that has the machine open keeps this folder, and would write its own idea of the file over ours. */
async function refuseLocked(name: string, path: string, {files}: HypervisorDoors): Promise<void> {
  const lock = `${path}.lck`
  if (await files.exists(lock)) throw vmLocked(name, `VMware has it open (${lock})`)
}
