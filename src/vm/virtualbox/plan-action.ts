// What an action comes to, for the machine as it is now: looks, refuses what cannot be, and changes nothing.
import {PxectlError} from '../../errors.js'
import {quoteWord} from '../../system/exec.js'
import {parseLimits} from '../../vboxmanage/listings.js'
import type {VmInfo} from '../../vboxmanage/vm-info.js'
import type {HypervisorDoors} from '../doors.js'
import type {VmAction, VmRef} from '../hypervisor.js'
import {joinOn} from '../paths.js'
import type {VmSpec} from '../spec.js'
import type {VmStep} from '../steps.js'
import {vmExists, vmInaccessible, vmLocked, vmNotFound, vmNotRunning, vmRunning} from '../vm-errors.js'
import {vmFolder} from './check.js'
import {TITLE, type VboxClient} from './client.js'
import {serialBeside} from './discard.js'
import {createCommands, reconfigureCommands, removeCommands, startCommands, stopCommands} from './plan.js'
import {findInfo, folderOf, listVms} from './status.js'
import {stateOf} from './words.js'

export async function planSteps(action: VmAction, client: VboxClient, doors: HypervisorDoors): Promise<VmStep[]> {
  const {before = [], commands} = await decide(action, client, doors)
  const runs = await Promise.all(commands.map(async (args): Promise<VmStep> => ({kind: 'run', command: await client.command(args)})))
  return [...before, ...runs]
}

type Decision = {readonly before?: readonly VmStep[]; readonly commands: readonly string[][]}

async function decide(action: VmAction, client: VboxClient, doors: HypervisorDoors): Promise<Decision> {
  if (action.kind === 'create') return decideCreate(action.spec, client, doors)
  if (action.kind === 'remove') return decideRemove(action.vm, client, doors)
  const info = await getInfo(action.vm, client)
  const [state, name] = [stateOf(info.state), info.name]
  if (state === 'changing') throw vmLocked(name, `it is in the state "${info.state}"`)
  const isOn = state === 'running' || state === 'paused'
  switch (action.kind) {
    case 'reconfigure':
      if (isOn) throw vmRunning(name, 'changed')
      if (state === 'saved') throw savedState(name, info.uuid)
      return {commands: reconfigureCommands(action.spec, info, await contextOf(client, doors))}
    case 'start':
      if (state === 'running') throw vmRunning(name, 'started')
      return {commands: startCommands(info, action.display)}
    case 'stop':
      if (!isOn && info.state !== 'gurumeditation') throw vmNotRunning(name)
      return {commands: stopCommands(info, action.force)}
    case 'reset':
      if (!isOn) throw vmNotRunning(name)
      return {commands: [['controlvm', info.uuid, 'reset']]}
  }
}

async function decideCreate(spec: VmSpec, client: VboxClient, doors: HypervisorDoors): Promise<Decision> {
  const {name, uuid} = spec
  const vms = await listVms(client)
  const taken = vms.find((vm) => vm.uuid === uuid || vm.name.toLowerCase() === name.toLowerCase())
  if (taken !== undefined) throw vmExists(taken.name, TITLE, {uuid: taken.uuid})
  const {machineFolder} = parseLimits(await client.mustRun(['list', 'systemproperties']))
  const folder = vmFolder(machineFolder, name)
  const settings = joinOn(folder, `${name}.vbox`)
  if (await doors.files.exists(settings))
    throw vmExists(name, `the folder of ${TITLE}'s machines`, {uuid: 'not registered', path: settings})
  return {commands: createCommands(spec, folder, await contextOf(client, doors))}
}

async function decideRemove(vm: VmRef, client: VboxClient, {files}: HypervisorDoors): Promise<Decision> {
  const found = await findInfo(client, vm.uuid)
  if (found === undefined) throw vmNotFound(vm.name, TITLE)
  if ('problem' in found) return {commands: removeCommands(vm, undefined)}
  const {info} = found
  if (['running', 'paused', 'changing'].includes(stateOf(info.state)) || info.state === 'gurumeditation')
    throw vmRunning(info.name, 'removed')
  const folder = folderOf(info)
  const serial = serialBeside(info.values.get('uartmode1'), folder ?? '')
  const backups = folder === undefined ? [] : (await files.list(folder)).filter((file) => isSettingsBackup(file, info.name))
  const left = [...(serial === undefined ? [] : [serial]), ...backups.map((file) => joinOn(folder ?? '', file))]
  return {before: left.map((path) => ({kind: 'remove', path})), commands: removeCommands(vm, info)}
}

/** `tk2-1.19-linux.vbox`: kept by VirtualBox when it raised the version of the settings, and not removed with the machine. */
function isSettingsBackup(file: string, name: string): boolean {
  return file.startsWith(`${name}-`) && /^\d+\.\d+-[a-z]+\.vbox$/.test(file.slice(name.length + 1))
}

/** Throws VM_NOT_FOUND, VM_INACCESSIBLE. */
export async function getInfo(vm: VmRef, client: VboxClient): Promise<VmInfo> {
  const found = await findInfo(client, vm.uuid)
  if (found === undefined) throw vmNotFound(vm.name, TITLE)
  if ('problem' in found) throw vmInaccessible(vm.name, TITLE, found.problem)
  return found.info
}

async function contextOf(client: VboxClient, {platform}: HypervisorDoors) {
  return {version: await client.version(), platform}
}

function savedState(name: string, uuid: string): PxectlError {
  return new PxectlError(`${name} was saved in the middle of its run and cannot be changed; nothing was changed`, {
    code: 'VM_RUNNING',
    kind: 'conflict',
    details: {name},
    suggestions: [`let it run to its end: pxectl vm start ${quoteWord(name)}`, `or drop what was saved: VBoxManage discardstate ${uuid}`],
  })
}
