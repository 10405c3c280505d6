// The commands that make, change, run and remove a machine. By UUID after the first: a name may be another machine's, in another
// folder, and VBoxManage takes the first of that name.
import type {VmInfo} from '../../vboxmanage/vm-info.js'
import type {VmAction, VmRef} from '../hypervisor.js'
import {joinOn} from '../paths.js'
import type {VmSpec} from '../spec.js'
import {modifyArguments, type ModifyContext} from './modify.js'
import {MARK} from './status.js'
import {osTypeId, stateOf} from './words.js'

/** `folder`: where the machine's files will be. */
export function createCommands(spec: VmSpec, folder: string, context: ModifyContext): string[][] {
  const {name, uuid, disks} = spec
  return [
    ['createvm', '--name', name, '--ostype', osTypeId(spec.osType), '--uuid', uuid, '--register'],
    ['setextradata', uuid, MARK, name],
    modifyArguments(spec, context),
    ...(disks.length === 0 ? [] : [controllerArguments(spec)]),
    ...disks.flatMap(({sizeMiB}, port) => {
      const path = diskPath(folder, name, port)
      return [
        ['createmedium', 'disk', '--filename', path, '--size', String(sizeMiB), '--format', 'VDI'],
        ['storageattach', uuid, '--storagectl', CONTROLLER, '--port', String(port), '--device', '0', '--type', 'hdd', '--medium', path],
      ]
    }),
  ]
}

const CONTROLLER = 'SATA'

function controllerArguments({uuid, disks}: VmSpec): string[] {
  const ports = ['--portcount', String(disks.length), '--bootable', 'on']
  return ['storagectl', uuid, '--name', CONTROLLER, '--add', 'sata', '--controller', 'IntelAhci', ...ports]
}

/** The disk at a port of a machine that pxectl makes. */
export function diskPath(folder: string, name: string, port: number): string {
  return joinOn(folder, port === 0 ? `${name}.vdi` : `${name}-${port + 1}.vdi`)
}

export function reconfigureCommands(spec: VmSpec, info: VmInfo, context: ModifyContext): string[][] {
  const nicsBefore = Math.max(0, ...info.nics.map(({nic}) => nic))
  return [modifyArguments({...spec, uuid: info.uuid}, {...context, nicsBefore})]
}

export function startCommands(info: VmInfo, display: 'headless' | 'gui'): string[][] {
  if (stateOf(info.state) === 'paused') return [['controlvm', info.uuid, 'resume']]
  // A guest that crashed keeps its process, with its screen, until somebody has looked.
  const clear = info.state === 'gurumeditation' ? [['controlvm', info.uuid, 'poweroff']] : []
  return [...clear, ['startvm', info.uuid, '--type', display]]
}

export function stopCommands(info: VmInfo, force: boolean): string[][] {
  const resume = !force && stateOf(info.state) === 'paused' ? [['controlvm', info.uuid, 'resume']] : []
  return [...resume, ['controlvm', info.uuid, force ? 'poweroff' : 'acpipowerbutton']]
}

/** Of an inaccessible machine only the registration can be removed: VirtualBox refuses --delete then, after half of it (7.2.22). */
export function removeCommands({uuid}: VmRef, info: VmInfo | undefined): string[][] {
  if (info === undefined) return [['unregistervm', uuid]]
  return [...(stateOf(info.state) === 'saved' ? [['discardstate', uuid]] : []), ['unregistervm', uuid, '--delete']]
}

/** What the user is told while it runs. */
export function describeCommand([command, , what]: readonly string[], name: string): string {
  switch (command) {
    case 'createvm':
      return `registering ${name}`
    case 'setextradata':
      return `marking ${name}`
    case 'modifyvm':
      return `setting CPUs, memory, network and boot order of ${name}`
    case 'storagectl':
    case 'createmedium':
    case 'storageattach':
      return `making a disk for ${name}`
    case 'startvm':
      return `starting ${name}`
    case 'unregistervm':
      return `removing ${name}`
    default:
      return `${what ?? command ?? ''} ${name}`
  }
}

/** The words for a VM_RUNNING. */
export function verbOf({kind}: VmAction): string {
  return {create: 'made', reconfigure: 'changed', start: 'started', stop: 'stopped', reset: 'reset', remove: 'removed'}[kind]
}
