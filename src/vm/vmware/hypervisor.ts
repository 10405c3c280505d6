// VMware Workstation, Player and Fusion: a machine is a .vmx file that we write, and vmrun starts and stops it.
import type {HypervisorDoors} from '../doors.js'
import type {Hypervisor, HypervisorTraits} from '../hypervisor.js'
import {commandFailed} from '../steps.js'
import {vmNotFound} from '../vm-errors.js'
import {applyPlan, discardVm} from './apply.js'
import {checkVmwareSpec, MEMORY_STEP_MIB, NETWORKS, vmxPath} from './check.js'
import {consolesOf} from './console.js'
import {VMWARE_MODELS} from './machine-vmx.js'
import {planSteps} from './plan.js'
import {findStatus, listStatuses} from './status.js'
import {openVmrun, TITLE, type Vmrun} from './vmrun.js'

const TRAITS: HypervisorTraits = {
  kind: 'vmware',
  title: TITLE,
  memoryStepMiB: MEMORY_STEP_MIB,
  serial: 'socket',
  nicModels: VMWARE_MODELS,
  networks: NETWORKS,
  identity: 'path',
}

export function openVmware(doors: HypervisorDoors): Hypervisor {
  const vmrun = openVmrun(doors)
  return {
    traits: TRAITS,
    probe: () => probeVmware(vmrun),
    checkSpec: (spec) => checkVmwareSpec(spec, doors),
    list: () => listStatuses(vmrun, doors),
    find: ({name, path}) => findStatus(path ?? vmxPath(doors.vmFolder, name), vmrun, doors),
    plan: async (action) => ({action, steps: await planSteps(action, vmrun, doors)}),
    apply: (plan, options) => applyPlan(plan, {vmrun, doors, onProgress: options?.onProgress ?? (() => undefined)}),
    discard: (spec) => discardVm(spec, vmrun, doors),
    console: async ({name, path}) => {
      const text = await doors.files.find(path ?? vmxPath(doors.vmFolder, name))
      if (text === undefined) throw vmNotFound(name, TITLE)
      return consolesOf(text)
    },
  }
}

/** `vmrun version 1.17.0 build-20800274`, above its usage; the status is that of a wrong call. */
async function probeVmware(vmrun: Vmrun): ReturnType<Hypervisor['probe']> {
  const command = {...(await vmrun.command([])), args: []}
  const {stdout, problem} = await vmrun.run(command)
  const version = /vmrun version (\S+(?: build-\S+)?)/.exec(`${stdout}\n${problem ?? ''}`)?.[1]
  if (version === undefined) throw commandFailed(command, problem ?? 'it printed no version')
  return {program: command.file, version, notes: []}
}
