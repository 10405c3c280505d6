// Is a spec one that VMware takes? It reads a .vmx file only when the machine starts, so what can be known is looked at before.
import {PxectlError} from '../../errors.js'
import type {HypervisorDoors} from '../doors.js'
import {renderNetwork, type NetworkKind, type VmNetwork} from '../network.js'
import {joinOn} from '../paths.js'
import {networkUnfit, specInvalid, validateSpec, type VmNic, type VmSerial, type VmSpec} from '../spec.js'
import {VMWARE_MODELS, vmnetOf} from './machine-vmx.js'
import {TITLE} from './vmrun.js'

export const NETWORKS: readonly NetworkKind[] = ['nat', 'hostonly', 'bridged', 'vmnet']

/** VMware refuses other sizes. */
export const MEMORY_STEP_MIB = 4

/** Of virtual hardware 16 (VMware's "Configuration Maximums"): CPUs, MiB of memory, cards, disks of a SATA controller. */
const MOST = {cpus: 32, memoryMiB: 131_072, nics: 10, disks: 30, vramMiB: 128} as const

/** sun_path of unix(7), with its end. */
const MAX_SOCKET_PATH = 107

export async function checkVmwareSpec(spec: VmSpec, doors: HypervisorDoors): Promise<{spec: VmSpec; notes: string[]}> {
  validateSpec(spec)
  for (const [what, got, most] of [
    ['CPUs', spec.cpus, MOST.cpus],
    ['MiB of memory', spec.memoryMiB, MOST.memoryMiB],
    ['MiB of video memory', spec.vramMiB, MOST.vramMiB],
    ['network cards', spec.nics.length, MOST.nics],
    ['disks', spec.disks.length, MOST.disks],
  ] as const) {
    if (got > most) throw specInvalid(`${TITLE} gives a VM ${most} ${what} at most; ${spec.name} is to have ${got}`, {got, most})
  }
  if (!/^[\w-]+$/.test(spec.osType))
    throw specInvalid(`"${spec.osType}" is no name of a system for ${TITLE}'s guestOS`, {osType: spec.osType})
  for (const nic of spec.nics) await checkNic(nic, doors)
  const nics = spec.nics.map((nic): VmNic => ({...nic, model: nic.model ?? defaultModel(spec)}))
  const memoryMiB = spec.memoryMiB - (spec.memoryMiB % MEMORY_STEP_MIB)
  return {spec: {...spec, nics, memoryMiB, serial: fillSerial(spec, doors)}, notes: notesOn(spec)}
}

/** Every guest has a driver for e1000; 64-bit Windows and ESXi only for e1000e. */
function defaultModel({osType}: VmSpec): 'e1000' | 'e1000e' {
  return osType === 'esxi' || osType.startsWith('windows') ? 'e1000e' : 'e1000'
}

async function checkNic({model, network}: VmNic, {platform, files, where}: HypervisorDoors): Promise<void> {
  if (!NETWORKS.includes(network.kind)) throw networkUnfit(TITLE, network, NETWORKS)
  if (network.kind === 'hostonly' && network.interface !== undefined && !/^vmnet\d{1,3}$/.test(network.interface)) {
    throw networkUnfit(TITLE, network, ['hostonly', 'hostonly:vmnet1'])
  }
  if (model !== undefined && !VMWARE_MODELS.includes(model)) {
    throw specInvalid(`${TITLE} has no network card "${model}" that boots`, {model}, [`choose one of: ${VMWARE_MODELS.join(', ')}`])
  }
  // Elsewhere the switches are no files.
  if (platform === 'linux' && !(await files.exists(`/dev/${vmnetOf(network)}`))) throw vmnetMissing(network, where)
}

function vmnetMissing(network: VmNetwork, where: string): PxectlError {
  const vmnet = vmnetOf(network)
  return new PxectlError(`${TITLE} has no network ${vmnet} on ${where}: there is no /dev/${vmnet}`, {
    code: 'VM_NETWORK_MISSING',
    kind: 'environment',
    details: {network: renderNetwork(network), device: `/dev/${vmnet}`},
    suggestions: ['start its networks, as root: vmware-networks --start', 'or make it: vmware-netcfg'],
  })
}

/** The folder of a machine. macOS shows such a folder as one thing. */
export function machineFolder(vmFolder: string, name: string): string {
  return joinOn(vmFolder, `${name}.vmwarevm`)
}

export function vmxPath(vmFolder: string, name: string): string {
  return joinOn(machineFolder(vmFolder, name), `${name}.vmx`)
}

function fillSerial({name, serial}: VmSpec, {vmFolder, platform}: HypervisorDoors): VmSerial {
  if (serial.kind === 'none') return serial
  const isPipe = platform === 'win32' && serial.kind === 'socket'
  const own = isPipe
    ? `\\\\.\\pipe\\pxectl-${name}`
    : joinOn(machineFolder(vmFolder, name), serial.kind === 'file' ? 'serial.log' : 'serial.sock')
  const path = serial.path ?? own
  if (serial.kind === 'socket' && Buffer.byteLength(path) > MAX_SOCKET_PATH) {
    throw specInvalid(`the path of the serial line's socket is longer than ${MAX_SOCKET_PATH} bytes: ${path}`, {serial: path}, [
      'give a shorter one, for example /tmp/serial.sock',
    ])
  }
  return {...serial, path}
}

function notesOn({memoryMiB, nics, natBoot}: VmSpec): string[] {
  const rest = memoryMiB % MEMORY_STEP_MIB
  const bridged = nics.map(({network}) => network).find(({kind}) => kind === 'bridged')
  return [
    ...(rest === 0 ? [] : [`${TITLE} takes multiples of ${MEMORY_STEP_MIB} MiB: ${memoryMiB - rest} MiB in the place of ${memoryMiB}`]),
    ...(bridged === undefined
      ? []
      : [`which interface "${renderNetwork(bridged)}" leads to is set in VMware's network editor (vmnet0), not in the VM`]),
    ...(natBoot === undefined ? [] : ["on NAT it boots what VMware's own DHCP server tells it: pxectl config set dhcp.backend vmware"]),
  ]
}
