// Carries a plan out, and looks whether the machine is as it was to be.
import {messageOf, PxectlError} from '../../errors.js'
import type {CommandLine} from '../../system/exec.js'
import type {VmInfo} from '../../vboxmanage/vm-info.js'
import type {HypervisorDoors} from '../doors.js'
import type {VmAction, VmPlan} from '../hypervisor.js'
import type {VmSpec} from '../spec.js'
import {applySteps} from '../steps.js'
import {vmLocked} from '../vm-errors.js'
import {TITLE, type VboxClient} from './client.js'
import {discardVm} from './discard.js'
import {getInfo} from './plan-action.js'
import {describeCommand} from './plan.js'
import {startFailed} from './start-failure.js'
import {stateOf} from './words.js'
import {differences} from './verify.js'

export type ApplyParts = {
  readonly client: VboxClient
  readonly doors: HypervisorDoors
  readonly onProgress: (step: string) => void
}

export async function applyPlan(plan: VmPlan, parts: ApplyParts): Promise<void> {
  const {action} = plan
  if (action.kind !== 'create') return carryOut(plan, parts)
  try {
    await carryOut(plan, parts)
  } catch (error) {
    throw await takeBack(action.spec, error, parts)
  }
}

async function carryOut({action, steps}: VmPlan, parts: ApplyParts): Promise<void> {
  const name = action.kind === 'create' ? action.spec.name : action.vm.name
  await applySteps(steps, parts.doors, {run: (command) => runStep(command, name, parts)})
  await settle(action, parts)
}

async function runStep(command: CommandLine, name: string, {client, doors, onProgress}: ApplyParts): Promise<void> {
  const {args} = command
  onProgress(describeCommand(args, name))
  if (args[0] !== 'startvm') return void (await client.mustRun(args, name))
  const {problem} = await client.run(args)
  if (problem === undefined) return
  if (problem.code === 'VBOX_E_INVALID_OBJECT_STATE') throw vmLocked(name, problem.message)
  throw await startFailed(command, problem, doors)
}

/** Waits for what VBoxManage has only begun, and compares. */
async function settle(action: VmAction, parts: ApplyParts): Promise<void> {
  switch (action.kind) {
    case 'create':
      return verify(action.spec, await getInfo({...action.spec, path: undefined}, parts.client))
    case 'reconfigure':
      return verify({...action.spec, name: action.vm.name}, await getInfo(action.vm, parts.client))
    case 'start':
      return becomes(action.vm, ['running'], parts)
    case 'stop':
      return action.force ? becomes(action.vm, ['poweroff', 'crashed'], parts) : undefined
    default:
  }
}

function verify(spec: VmSpec, info: VmInfo): void {
  const found = differences(spec, info)
  if (found.length === 0) return
  throw new PxectlError(`${TITLE} took ${spec.name} in, but shows something else now: ${found.join('; ')}`, {
    code: 'HYPERVISOR_FAILED',
    kind: 'external',
    details: {name: spec.name, differences: found},
    suggestions: [`see it yourself: VBoxManage showvminfo ${spec.uuid} --machinereadable`],
  })
}

const WAIT_MS = 30_000
const PAUSE_MS = 200

async function becomes(vm: Parameters<typeof getInfo>[0], wanted: readonly string[], {client}: ApplyParts): Promise<void> {
  for (let waited = 0; ; waited += PAUSE_MS) {
    const info = await getInfo(vm, client)
    if (wanted.includes(stateOf(info.state))) return
    if (waited >= WAIT_MS) throw stillIs(info, wanted)
    await client.sleep(PAUSE_MS)
  }
}

function stillIs({name, uuid, state}: VmInfo, wanted: readonly string[]): PxectlError {
  return new PxectlError(`${name} is in the state "${state}", not "${wanted[0] ?? ''}"`, {
    code: 'HYPERVISOR_FAILED',
    kind: 'external',
    details: {name, state},
    suggestions: [`see what ${TITLE} wrote of its run: VBoxManage showvminfo ${uuid} --log 0`],
  })
}

/** The error to throw for a create that failed: it leaves nothing, or says what it could not take away. */
async function takeBack(spec: VmSpec, error: unknown, {client, doors, onProgress}: ApplyParts): Promise<unknown> {
  onProgress(`removing what was made of ${spec.name}`)
  try {
    await discardVm(spec, client, doors)
    return error
  } catch (second) {
    return new PxectlError(`${messageOf(error)}; and what was made could not be removed: ${messageOf(second)}`, {
      code: 'HYPERVISOR_FAILED',
      kind: 'external',
      details: {name: spec.name, uuid: spec.uuid},
      suggestions: [`remove it yourself: VBoxManage unregistervm ${spec.uuid} --delete`],
      cause: error,
    })
  }
}
