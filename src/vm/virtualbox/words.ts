// VirtualBox's words for what a spec says, and back. Options in one word only: those work from 6.1 to 7.2, the dashed ones not in 6.1.
import type {Mac} from '../../net/mac.js'
import type {VmState} from '../hypervisor.js'
import {isOsType, osTypes, type NicModel} from '../spec.js'

/** Cards for which VirtualBox has a boot ROM, the best first. It has others, which do not boot. */
export const NIC_TYPES = {e1000: '82540EM', virtio: 'virtio', pcnet: 'Am79C973'} as const satisfies Partial<Record<NicModel, string>>

export const NIC_MODELS: readonly NicModel[] = ['e1000', 'virtio', 'pcnet']

export function isBootable(model: NicModel): model is keyof typeof NIC_TYPES {
  return Object.hasOwn(NIC_TYPES, model)
}

const OS_TYPES: Readonly<Record<(typeof osTypes)[number], string>> = {
  linux: 'Linux26_64',
  illumos: 'OpenSolaris_64',
  esxi: 'Other_64',
  freebsd: 'FreeBSD_64',
  windows: 'Windows10_64',
  other: 'Other_64',
}

/** The id that createvm takes; a word that is none of ours is passed on. */
export function osTypeId(osType: string): string {
  return isOsType(osType) ? OS_TYPES[osType] : osType
}

/** `080027AABB01`: modifyvm refuses colons. */
export function bareMac(mac: Mac): string {
  return mac.replaceAll(':', '').toUpperCase()
}

const STATES: Readonly<Record<string, VmState>> = {
  poweroff: 'poweroff',
  teleported: 'poweroff',
  saved: 'saved',
  'aborted-saved': 'saved',
  aborted: 'crashed',
  gurumeditation: 'crashed',
  running: 'running',
  paused: 'paused',
}

/** VMState of showvminfo; there are a dozen more for the ways between these. */
export function stateOf(text: string): VmState {
  return STATES[text.toLowerCase()] ?? 'changing'
}
