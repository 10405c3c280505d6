// What is asked of `vm create`.
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {VmNetwork} from '../vm/network.js'
import type {HypervisorKind, NicModel, VmDisk, VmSerial} from '../vm/spec.js'
import type {MachineChoice} from './vm-place.js'

/** What is left out is taken from the machine that is referred to, the host, or the settings. */
export type NewVm = {
  readonly name: string
  readonly refer?: string
  readonly memoryPercent?: number
  readonly cpus?: number
  readonly memoryMiB?: number
  readonly vramMiB?: number
  readonly mac?: Mac
  readonly network?: VmNetwork
  readonly disks: readonly VmDisk[]
  readonly firmware?: 'bios' | 'uefi'
  readonly nic?: NicModel
  readonly osType: string
  readonly serial?: VmSerial
  readonly screenPort?: number
  readonly hypervisor?: HypervisorKind
  readonly machine: MachineChoice
  /** Make the host too, where there is none of this name. */
  readonly addHost: boolean
  readonly ip?: Ipv4
  readonly image?: string
  readonly start: 'no' | 'headless' | 'gui'
}
