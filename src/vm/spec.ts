// What a virtual machine is to be, whatever runs it. Values only; what one hypervisor takes and another does not is checked by each.
import {PxectlError} from '../errors.js'
import type {Mac} from '../net/mac.js'
import {renderNetwork, type VmNetwork} from './network.js'

export const hypervisorKinds = ['virtualbox', 'vmware', 'qemu'] as const
export type HypervisorKind = (typeof hypervisorKinds)[number]

/** Network cards by one name for all hypervisors; which of them a hypervisor has, and boots from, each says itself. */
export const nicModels = ['e1000', 'e1000e', 'virtio', 'pcnet', 'rtl8139', 'vmxnet3'] as const
export type NicModel = (typeof nicModels)[number]

export type VmNic = {
  readonly mac: Mac
  /** undefined: the one that the hypervisor boots best from; checkSpec fills it in. */
  readonly model: NicModel | undefined
  readonly network: VmNetwork
}

export type VmDisk = {readonly sizeMiB: number}

/** `path`: on the machine that runs the VM; undefined: beside the VM's other files, where checkSpec puts it. */
export type VmSerial = {readonly kind: 'none'} | {readonly kind: 'socket' | 'file'; readonly path: string | undefined}

/** What a VM on plain NAT boots, which no DHCP server of the lab reaches. */
export type NatBoot = {
  /** The address of the lab's servers, as the machine that runs the VM reaches it. */
  readonly server: string
  /** The loader's name below the TFTP root. */
  readonly file: string
  /** The folder itself, for hypervisors with a TFTP server of their own; undefined where the VM runs on another machine. */
  readonly tftpRoot: string | undefined
  readonly httpPort: number
}

/** All of a virtual machine. Its name and UUID are chosen before it is made, so that a half-made one can be found. */
export type VmSpec = {
  readonly name: string
  /** Lower case, with hyphens. */
  readonly uuid: string
  readonly cpus: number
  readonly memoryMiB: number
  readonly vramMiB: number
  /** At least one; the network comes first in the boot order, and the first card in the network. */
  readonly nics: readonly VmNic[]
  readonly disks: readonly VmDisk[]
  readonly firmware: 'bios' | 'uefi'
  /** One of `osTypes`, or a name that the hypervisor itself knows. */
  readonly osType: string
  readonly serial: VmSerial
  /** TCP port of its screen: VRDE with VirtualBox, VNC with the others. undefined: none. */
  readonly screenPort: number | undefined
  readonly natBoot: NatBoot | undefined
}

/** Words for systems that every back end translates into its hypervisor's; others are passed on as they are. */
export const osTypes = ['linux', 'illumos', 'esxi', 'freebsd', 'windows', 'other'] as const

/** Is it one of our own words? */
export function isOsType(text: string): text is (typeof osTypes)[number] {
  return osTypes.some((type) => type === text)
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

/**
 * Throws VM_NAME_INVALID. A VM's name is also a folder, a unit of systemd and a word of other programs: VirtualBox turns what is not
 * in its own list into underscores, so that two VMs would share a folder, and programs in the C locale refuse what is not ASCII.
 */
export function checkVmName(name: string): void {
  const reason =
    name === ''
      ? 'it is empty'
      : /[^\x20-\x7e]/.test(name)
        ? `it has ${JSON.stringify(/[^\x20-\x7e]/u.exec(name)?.[0])}, and hypervisors do not agree on what that is in a file name`
        : name.length > 63
          ? `it has ${name.length} characters, 63 are allowed`
          : NAME.test(name)
            ? undefined
            : 'letters, digits, hyphens, dots and underscores are allowed, the first a letter or a digit'
  if (reason === undefined && !name.endsWith('.')) return
  throw invalid('VM_NAME_INVALID', `"${name}" cannot be the name of a VM: ${reason ?? 'it ends with a dot'}`, {name}, [
    'name it as a host, for example tk2 or node-07',
  ])
}

const LIMITS = {
  cpus: [1, 1024, 'CPUs'],
  memoryMiB: [4, 16_777_216, 'MiB of memory'],
  vramMiB: [0, 1024, 'MiB of video memory'],
} as const

/** What holds for every hypervisor. Throws VM_NAME_INVALID or VM_SPEC_INVALID, naming the value. */
export function validateSpec(spec: VmSpec): void {
  checkVmName(spec.name)
  for (const key of ['cpus', 'memoryMiB', 'vramMiB'] as const) {
    const [least, most, what] = LIMITS[key]
    if (!Number.isInteger(spec[key]) || spec[key] < least || spec[key] > most) {
      throw specInvalid(`a VM cannot have ${spec[key]} ${what}: ${least} to ${most} are possible`, {[key]: spec[key]})
    }
  }
  if (spec.nics.length === 0) throw specInvalid('a VM that boots from the network needs a network card', {})
  const macs = spec.nics.map(({mac}) => mac)
  const twice = macs.find((mac, at) => macs.indexOf(mac) !== at)
  if (twice !== undefined) throw specInvalid(`two network cards of ${spec.name} have the MAC address ${twice}`, {mac: twice})
  for (const {sizeMiB} of spec.disks) {
    if (!Number.isInteger(sizeMiB) || sizeMiB < 1 || sizeMiB > 1 << 26) {
      throw specInvalid(`a disk of ${sizeMiB} MiB cannot be made: 1 MiB to 64 TiB are possible`, {sizeMiB})
    }
  }
  const {screenPort, osType, serial} = spec
  if (screenPort !== undefined && (!Number.isInteger(screenPort) || screenPort < 1 || screenPort > 65_535)) {
    throw specInvalid(`${screenPort} is not a port from 1 to 65535`, {screenPort})
  }
  if (!/^[\x21-\x7e]+$/.test(osType)) throw specInvalid(`"${osType}" is not the name of an operating system`, {osType})
  if (serial.kind !== 'none' && serial.path !== undefined && (!serial.path.startsWith('/') || /[\p{Cc}]/u.test(serial.path))) {
    throw specInvalid(`"${serial.path}" is not the absolute path of a file on one line`, {serial: serial.path})
  }
}

/** A wish that cannot be met, whoever says so: `hypervisor` names the one that cannot. */
export function specInvalid(message: string, details: Readonly<Record<string, unknown>>, suggestions: readonly string[] = []): PxectlError {
  return invalid('VM_SPEC_INVALID', message, details, suggestions)
}

/** The error of a back end for a network that its hypervisor does not have. */
export function networkUnfit(hypervisor: string, network: VmNetwork, possible: readonly string[]): PxectlError {
  const text = renderNetwork(network)
  return specInvalid(`${hypervisor} has no network "${text}"`, {network: text}, [`choose one of: ${possible.join(', ')}`])
}

function invalid(code: string, message: string, details: Readonly<Record<string, unknown>>, suggestions: readonly string[]): PxectlError {
  return new PxectlError(message, {code, kind: 'usage', details, suggestions})
}
