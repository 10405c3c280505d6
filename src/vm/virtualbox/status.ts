// The machines of VirtualBox as every hypervisor's VMs are described.
import {INACCESSIBLE, parseVmInfo, parseVmList, type ListedVm, type VmInfo} from '../../vboxmanage/vm-info.js'
import {parseExtraData} from '../../vboxmanage/listings.js'
import type {VmRef, VmStatus} from '../hypervisor.js'
import {basenameOn, dirnameOn} from '../paths.js'
import {commandFailed} from '../steps.js'
import type {VboxClient} from './client.js'
import {stateOf} from './words.js'

/** The key of a machine's extra data that only those made by pxectl have; its value is the name it was made with. */
export const MARK = 'pxectl/vm'

/** What showvminfo says; the reason where the files of the machine cannot be read; undefined where there is none. */
export type FoundInfo = {readonly info: VmInfo} | {readonly problem: string} | undefined

export async function findInfo(client: VboxClient, uuid: string): Promise<FoundInfo> {
  const args = ['showvminfo', uuid, '--machinereadable']
  const {problem, stdout} = await client.run(args)
  if (problem === undefined) return {info: parseVmInfo(stdout)}
  if (problem.code === 'VBOX_E_OBJECT_NOT_FOUND') return undefined
  // "The object functionality is limited": registered, and that is all.
  if (problem.code === 'E_ACCESSDENIED') return {problem: problem.message}
  throw commandFailed(await client.command(args), problem.message)
}

export async function listVms(client: VboxClient): Promise<ListedVm[]> {
  return parseVmList(await client.mustRun(['list', 'vms']))
}

export async function listStatuses(client: VboxClient, now: number): Promise<VmStatus[]> {
  const statuses: VmStatus[] = []
  for (const {name, uuid} of await listVms(client)) {
    const status = await findStatus(client, {name, uuid, path: undefined}, now)
    // It may have gone meanwhile.
    if (status !== undefined) statuses.push(status)
  }
  return statuses
}

export async function findStatus(client: VboxClient, vm: VmRef, now: number): Promise<VmStatus | undefined> {
  const found = await findInfo(client, vm.uuid)
  if (found === undefined) return undefined
  if ('problem' in found) return inaccessible(vm, found.problem)
  const {problem, stdout} = await client.run(['getextradata', vm.uuid, 'enumerate'])
  const isMarked = problem === undefined && parseExtraData(stdout).has(MARK)
  return statusOf(found.info, isMarked, now)
}

export function statusOf(info: VmInfo, isMarked: boolean, now: number): VmStatus {
  const state = stateOf(info.state)
  const since = Date.parse(info.stateSince ?? '')
  const isRunning = state === 'running' && !Number.isNaN(since)
  return {
    name: info.name,
    uuid: info.uuid,
    path: folderOf(info),
    state,
    isMarked,
    cpus: info.cpus,
    memoryMiB: info.memoryMiB,
    macs: info.nics.flatMap(({mac}) => mac ?? []),
    firmware: info.firmware.startsWith('efi') ? 'uefi' : 'bios',
    uptimeSeconds: isRunning ? Math.max(0, Math.floor((now - since) / 1000)) : undefined,
    problem: state === 'crashed' ? `its last run ended as "${info.state}"` : undefined,
  }
}

function inaccessible({name, uuid, path}: VmRef, problem: string): VmStatus {
  return {
    name: name === INACCESSIBLE && path !== undefined ? basenameOn(path) : name,
    uuid,
    path,
    state: 'inaccessible',
    isMarked: false,
    cpus: undefined,
    memoryMiB: undefined,
    macs: [],
    firmware: undefined,
    uptimeSeconds: undefined,
    problem,
  }
}

/** The folder of its settings file. */
export function folderOf({values}: VmInfo): string | undefined {
  const file = values.get('CfgFile')
  return file === undefined || file === '' ? undefined : dirnameOn(file)
}
