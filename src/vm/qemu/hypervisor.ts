// QEMU as a hypervisor. It has no register of machines: a folder for each below the user's own (doors.vmFolder) is the register.
import {PxectlError} from '../../errors.js'
import type {HypervisorDoors} from '../doors.js'
import type {Hypervisor, HypervisorTraits, VmAction, VmConsole, VmPlan, VmRef, VmStatus} from '../hypervisor.js'
import type {VmSpec} from '../spec.js'
import {applySteps, commandFailed, type VmStep} from '../steps.js'
import {hypervisorMissing, vmExists, vmInaccessible, vmNotFound, vmNotRunning, vmRunning} from '../vm-errors.js'
import {checkQemuSpec, findOvmf, QEMU_MODELS, QEMU_NETWORKS} from './check-spec.js'
import {FILES, folderOf, parseRun, partFolderOf} from './files.js'
import {
  findLauncher,
  folderOfAction,
  killCommand,
  planQemuCreate,
  planQemuReconfigure,
  planQemuRemove,
  planQemuSay,
  planQemuStart,
  type QemuPlanParts,
} from './plan.js'
import {askQmp} from './qmp.js'
import {findQemuStatus, lastWords} from './status.js'

const TITLE = 'QEMU'

const TRAITS: HypervisorTraits = {
  kind: 'qemu',
  title: TITLE,
  memoryStepMiB: 1,
  serial: 'socket',
  nicModels: QEMU_MODELS,
  networks: QEMU_NETWORKS,
  identity: 'path',
}

/** RHEL keeps it where no PATH looks. */
const PROGRAMS = ['qemu-system-x86_64', '/usr/libexec/qemu-kvm']

/** A loaded machine takes some seconds until QEMU listens. */
const START_MS = 60_000
const END_MS = 20_000
const SCRIPT_END_MS = 2000
const POLL_MS = 50

export function openQemu(doors: HypervisorDoors): Hypervisor {
  let probed: ReturnType<Hypervisor['probe']> | undefined
  const probe: Hypervisor['probe'] = () => (probed ??= probeQemu(doors))
  const find = async ({path}: VmRef): Promise<VmStatus | undefined> => (path === undefined ? undefined : findQemuStatus(doors, path))
  const partsFor = async (spec: VmSpec): Promise<QemuPlanParts> => ({
    program: (await probe()).program,
    ovmf: spec.firmware === 'uefi' ? await findOvmf(doors) : undefined,
    isRoot: doors.isRoot,
  })
  const steps = async (action: VmAction): Promise<VmStep[]> => {
    const folder = folderOfAction(action, doors.vmFolder)
    if (action.kind === 'create') {
      const {name} = action.spec
      const other = await findQemuStatus(doors, folder)
      if (other !== undefined) throw vmExists(name, TITLE, {uuid: other.uuid, path: folder})
      return planQemuCreate(action.spec, doors.vmFolder, await partsFor(action.spec))
    }
    const {name} = action.vm
    const status = await find(action.vm)
    if (status === undefined) throw vmNotFound(name, TITLE)
    if (action.kind !== 'remove' && status.state === 'inaccessible') throw vmInaccessible(name, TITLE, status.problem ?? '')
    const isOff = ['poweroff', 'crashed', 'inaccessible'].includes(status.state)
    switch (action.kind) {
      case 'start':
        if (!isOff) throw vmRunning(name, 'started')
        await probe()
        return planQemuStart(name, folder, {launcher: await findLauncher(doors), display: action.display})
      case 'stop':
      case 'reset':
        if (isOff) throw vmNotRunning(name)
        return planQemuSay(folder, action.kind === 'reset' ? 'system_reset' : action.force ? 'quit' : 'system_powerdown')
      case 'reconfigure': {
        if (!isOff) throw vmRunning(name, 'changed')
        const hasVariables = await doors.files.exists(`${folder}/${FILES.variables}`)
        return planQemuReconfigure(action.spec, folder, {...(await partsFor(action.spec)), hasVariables})
      }
      case 'remove':
        if (!isOff) throw vmRunning(name, 'removed')
        return planQemuRemove(folder)
    }
  }
  return {
    traits: TRAITS,
    probe,
    checkSpec: (spec) => checkQemuSpec(doors, spec),
    list: async () => {
      const found: VmStatus[] = []
      for (const name of await doors.files.list(doors.vmFolder)) {
        const status = name.startsWith('.') ? undefined : await findQemuStatus(doors, folderOf(doors.vmFolder, name))
        if (status !== undefined) found.push(status)
      }
      return found
    },
    find,
    plan: async (action) => ({action, steps: await steps(action)}),
    apply: (plan) => applyQemu(doors, plan, find),
    discard: (spec) => discardQemu(doors, spec, find),
    console: async (vm) => consolesOf(doors, vm),
  }
}

async function probeQemu(doors: HypervisorDoors): Promise<{program: string; version: string; notes: string[]}> {
  for (const program of PROGRAMS) {
    try {
      const {stdout} = await doors.exec({file: program, args: ['--version']})
      const version = /version (\d\S*)/.exec(stdout)?.[1]
      if (version !== undefined) return {program, version, notes: []}
    } catch (error) {
      if (!(error instanceof PxectlError) || error.code !== 'PROGRAM_MISSING') throw error
    }
  }
  throw hypervisorMissing({
    title: TITLE,
    where: doors.where,
    lookedFor: ['qemu-system-x86_64 in the PATH', '/usr/libexec/qemu-kvm'],
    suggestions: ['apt-get install qemu-system-x86 qemu-utils ovmf ipxe-qemu', 'or use another: --hypervisor virtualbox'],
  })
}

async function applyQemu(
  doors: HypervisorDoors,
  {action, steps}: VmPlan,
  find: (vm: VmRef) => Promise<VmStatus | undefined>,
): Promise<void> {
  const say = async (socket: string, text: string): Promise<void> => void (await askQmp(await doors.openSocket(socket), text))
  const folder = folderOfAction(action, doors.vmFolder)
  try {
    await applySteps(steps, doors, {say})
  } catch (error) {
    if (action.kind === 'create') await discardQemu(doors, action.spec, find)
    // QEMU may be gone before it has answered; one that hangs is ended the hard way.
    if (action.kind !== 'stop' || !action.force) throw error
  }
  if (action.kind === 'start') await untilRunning(doors, folder)
  if (action.kind === 'stop' && action.force) await untilOff(doors, action.vm, find)
}

/** Waits for the monitor, or for QEMU's reason to have ended. */
async function untilRunning(doors: HypervisorDoors, folder: string): Promise<void> {
  const command = {file: `${folder}/${FILES.run}`, args: []}
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const status = await findQemuStatus(doors, folder)
    if (status?.state !== 'poweroff' && status?.state !== 'crashed') return
    const ended = await doors.files.find(`${folder}/${FILES.ended}`)
    // It may have run and ended well before we looked.
    if (ended?.trim() === '0') return
    if (ended !== undefined) throw commandFailed(command, await lastWords(doors, folder))
    if (waitedMs >= START_MS) throw commandFailed(command, `QEMU did not start within ${START_MS / 1000} s`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** Waits until QEMU is gone, and until its script has said so in the folder; a script that was killed never does. */
async function untilOff(doors: HypervisorDoors, vm: VmRef, find: (vm: VmRef) => Promise<VmStatus | undefined>): Promise<void> {
  const folder = vm.path ?? ''
  let offMs = 0
  for (let waitedMs = 0; waitedMs < END_MS; waitedMs += POLL_MS) {
    const status = await find(vm)
    if (status === undefined) return
    if (status.state === 'poweroff' || status.state === 'crashed') {
      if (offMs >= SCRIPT_END_MS || (await doors.files.exists(`${folder}/${FILES.ended}`))) return
      offMs += POLL_MS
    }
    if (waitedMs === END_MS / 2) await applySteps([killCommand(folder, status.uuid)], doors).catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  throw commandFailed({file: 'qemu', args: []}, `${vm.name} did not end within ${END_MS / 1000} s`)
}

async function discardQemu(doors: HypervisorDoors, spec: VmSpec, find: (vm: VmRef) => Promise<VmStatus | undefined>): Promise<void> {
  await doors.files.remove(partFolderOf(doors.vmFolder, spec))
  const folder = folderOf(doors.vmFolder, spec.name)
  const text = await doors.files.find(`${folder}/${FILES.run}`)
  if (text === undefined || parseRun(text).uuid !== spec.uuid || !parseRun(text).isMarked) return
  const vm = {name: spec.name, uuid: spec.uuid, path: folder}
  const state = (await find(vm))?.state
  if (state === 'running' || state === 'paused' || state === 'changing') {
    await applyQemu(doors, {action: {kind: 'stop', vm, force: true}, steps: planQemuSay(folder, 'quit')}, find)
  }
  await doors.files.remove(folder)
}

async function consolesOf(doors: HypervisorDoors, {name, path}: VmRef): Promise<VmConsole[]> {
  const text = path === undefined ? undefined : await doors.files.find(`${path}/${FILES.run}`)
  if (path === undefined || text === undefined) throw vmNotFound(name, TITLE)
  const absolute = (file: string): string => (file.startsWith('/') ? file : `${path}/${file}`)
  const socket = /socket,id=serial,path=([^,'\s]+)/.exec(text)?.[1]
  const file = /file,id=serial,path=([^,'\s]+)/.exec(text)?.[1]
  const screen = /vnc=127\.0\.0\.1:(\d+)/.exec(text)?.[1]
  return [
    ...(socket === undefined
      ? []
      : [
          {
            kind: 'serial-socket' as const,
            path: absolute(socket),
            command: `socat -,raw,echo=0,escape=0x1d UNIX-CONNECT:${absolute(socket)}`,
          },
        ]),
    ...(file === undefined ? [] : [{kind: 'serial-file' as const, path: absolute(file), command: `tail -f ${absolute(file)}`}]),
    ...(screen === undefined
      ? []
      : [{kind: 'vnc' as const, host: '127.0.0.1', port: 5900 + Number(screen), command: `vncviewer 127.0.0.1:${screen}`}]),
  ]
}
