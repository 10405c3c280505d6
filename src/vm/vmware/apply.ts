// Carries out what was planned for a machine of VMware, and looks whether it is so: vmrun's answers prove little.
import {assert, PxectlError} from '../../errors.js'
import {quoteWord, renderCommandLine, type CommandLine} from '../../system/exec.js'
import type {HypervisorDoors} from '../doors.js'
import type {VmPlan} from '../hypervisor.js'
import type {VmSpec} from '../spec.js'
import {applySteps, commandFailed} from '../steps.js'
import {machineFolder, vmxPath} from './check.js'
import {findMark} from './machine-vmx.js'
import {getStatus} from './plan.js'
import {findStatus} from './status.js'
import {TITLE, type Vmrun} from './vmrun.js'
import {checkVmx, parseVmx} from './vmx.js'

export type ApplyParts = {
  readonly vmrun: Vmrun
  readonly doors: HypervisorDoors
  readonly onProgress: (step: string) => void
}

export async function applyPlan(plan: VmPlan, parts: ApplyParts): Promise<void> {
  const {action} = plan
  for (const step of plan.steps) if (step.kind === 'write') mustBeSound(step.text)
  if (action.kind !== 'create') return carryOut(plan, parts)
  try {
    await carryOut(plan, parts)
  } catch (error) {
    await discardVm(action.spec, parts.vmrun, parts.doors)
    throw error
  }
}

async function carryOut({action, steps}: VmPlan, parts: ApplyParts): Promise<void> {
  const {vmrun, doors, onProgress} = parts
  const name = action.kind === 'create' ? action.spec.name : action.vm.name
  const state = async (): Promise<string | undefined> =>
    action.kind === 'create' ? undefined : (await findStatus(action.vm.path ?? vmxPath(doors.vmFolder, name), vmrun, doors))?.state
  const run = async (command: CommandLine): Promise<void> => {
    onProgress(`${action.kind} ${name}`)
    const {problem} = await vmrun.run(command)
    if (problem === undefined) return
    if (action.kind !== 'stop') throw commandFailed(command, problem)
    if (!action.force) throw softStopFailed(command, problem, name)
    // A hard stop that has worked may be reported as a failure; the list of those that run tells.
    if ((await state()) === 'running') throw commandFailed(command, problem)
  }
  await applySteps(steps, doors, {run})
  if (action.kind === 'start') await mustRunNow(action.vm, parts)
}

/** No file is written that VMware would refuse. */
function mustBeSound(text: string): void {
  const problems = checkVmx(text).map(({line, message}) => (line === undefined ? message : `line ${line}: ${message}`))
  assert(problems.length === 0, `a .vmx file that VMware reads (${problems.join('; ')})`)
}

async function mustRunNow(vm: Parameters<typeof getStatus>[0], {vmrun, doors}: ApplyParts): Promise<void> {
  const {path, status} = await getStatus(vm, vmrun, doors)
  if (status.state === 'running') return
  throw new PxectlError(`${TITLE} said that it started ${vm.name}, but does not list it as running`, {
    code: 'HYPERVISOR_FAILED',
    kind: 'external',
    details: {name: vm.name, path},
    suggestions: [`see what it wrote: vmware.log beside ${quoteWord(path)}`],
  })
}

/** vmrun has no power button: it asks VMware Tools in the guest, which a machine that boots from the network seldom has. */
function softStopFailed(command: CommandLine, problem: string, name: string): PxectlError {
  return new PxectlError(`${name} was not stopped: ${problem}`, {
    code: 'HYPERVISOR_FAILED',
    kind: 'external',
    details: {command: renderCommandLine(command)},
    suggestions: ['shut it down from inside', `or take its power away: pxectl vm stop ${quoteWord(name)} --force`],
  })
}

/** Takes away what a create has left, by the UUID in its file. */
export async function discardVm(spec: VmSpec, vmrun: Vmrun, doors: HypervisorDoors): Promise<void> {
  const path = vmxPath(doors.vmFolder, spec.name)
  const folder = machineFolder(doors.vmFolder, spec.name)
  const text = await doors.files.find(path)
  // A folder without anything in it is the first step of a create.
  if (text === undefined && (await doors.files.exists(folder)) && (await doors.files.list(folder)).length === 0) {
    return doors.files.remove(folder)
  }
  if (text === undefined || findMark(parseVmx(text).values) !== spec.uuid) return
  if ((await findStatus(path, vmrun, doors))?.state === 'running') await vmrun.mustRun(await vmrun.command(['stop', path, 'hard']))
  await doors.files.remove(folder)
}
