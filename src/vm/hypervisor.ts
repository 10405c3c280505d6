// What a hypervisor can do, for the three that there are. A back end is opened by one function of its folder,
//
//     src/vm/virtualbox/hypervisor.ts   openVirtualbox(doors: HypervisorDoors): Hypervisor
//     src/vm/vmware/hypervisor.ts       openVmware(doors: HypervisorDoors): Hypervisor
//     src/vm/qemu/hypervisor.ts         openQemu(doors: HypervisorDoors): Hypervisor
//
// which starts nothing: the program is looked for when it is first needed. Every change is planned as data, then applied. test/vm/
// hypervisor-suite.ts is what each must pass. They know no database: which VM is whose, and what is remembered, operations know.
import type {Mac} from '../net/mac.js'
import type {NetworkKind} from './network.js'
import type {VmStep} from './steps.js'
import type {HypervisorKind, NicModel, VmSpec} from './spec.js'

/** Which VM: by UUID where the hypervisor has them, else by path. The name is for messages. */
export type VmRef = {
  readonly name: string
  readonly uuid: string
  /** Its folder or file, as `VmStatus.path` had it. */
  readonly path: string | undefined
}

/**
 * `inaccessible`: registered, and its files cannot be read. `changing`: between two states (starting, saving, stopping), ask again.
 * `crashed` (VirtualBox: aborted, guru meditation) is off, and can be started.
 */
export const vmStates = ['poweroff', 'running', 'paused', 'saved', 'crashed', 'changing', 'inaccessible'] as const
export type VmState = (typeof vmStates)[number]

/** What the hypervisor says of a VM now. */
export type VmStatus = VmRef & {
  readonly state: VmState
  /** Made by pxectl: it left its mark. Only such VMs are removed without a question. */
  readonly isMarked: boolean
  /** undefined where the hypervisor does not tell, e.g. of an inaccessible one. */
  readonly cpus: number | undefined
  readonly memoryMiB: number | undefined
  /** Of all cards, in their order. */
  readonly macs: readonly Mac[]
  readonly firmware: 'bios' | 'uefi' | undefined
  /** Of a running one. */
  readonly uptimeSeconds: number | undefined
  /** Why it is inaccessible or crashed, in the hypervisor's words. */
  readonly problem: string | undefined
}

export type VmAction =
  | {readonly kind: 'create'; readonly spec: VmSpec}
  /** CPUs, memory, video memory, MAC, networks, boot order, screen and serial line as in the spec; the VM is off. Disks stay. */
  | {readonly kind: 'reconfigure'; readonly vm: VmRef; readonly spec: VmSpec}
  | {readonly kind: 'start'; readonly vm: VmRef; readonly display: 'headless' | 'gui'}
  /** Without force: as if the power button was pressed; the answer does not wait for the VM. With force: it is off afterwards. */
  | {readonly kind: 'stop'; readonly vm: VmRef; readonly force: boolean}
  | {readonly kind: 'reset'; readonly vm: VmRef}
  /** The VM, which is off, and all its files. */
  | {readonly kind: 'remove'; readonly vm: VmRef}

/** An action as data: `--dry-run` prints the steps, and nothing else happens when it is applied. */
export type VmPlan = {readonly action: VmAction; readonly steps: readonly VmStep[]}

export type VmConsole =
  /** `command`: what to paste to see it, on the machine that runs the VM (or, for a screen, on any that reaches `host`). */
  | {readonly kind: 'serial-socket' | 'serial-file'; readonly path: string; readonly command: string}
  | {readonly kind: 'vrde' | 'vnc'; readonly host: string; readonly port: number; readonly command: string}

/** What the hypervisor has, as far as it is the same everywhere. */
export type HypervisorTraits = {
  readonly kind: HypervisorKind
  /** As its users call it: VirtualBox. */
  readonly title: string
  /** The memory of a VM is a multiple of this. */
  readonly memoryStepMiB: number
  /** Models known to boot from the network there, the best first. */
  readonly nicModels: readonly NicModel[]
  readonly networks: readonly NetworkKind[]
  /** Where the serial line of a VM goes unless somebody says. */
  readonly serial: 'socket' | 'file'
  /** Is the path, or else the UUID, what identifies a VM? */
  readonly identity: 'uuid' | 'path'
}

export interface Hypervisor {
  readonly traits: HypervisorTraits
  /**
   * The program and its version. Throws HYPERVISOR_MISSING (environment) with details `{hypervisor, lookedFor: string[], where}`, and
   * HYPERVISOR_OLD; an installed one that cannot run VMs (VirtualBox without its kernel module) is found, and tells so in `notes`.
   */
  probe(): Promise<{readonly program: string; readonly version: string; readonly notes: readonly string[]}>
  /**
   * The spec with everything that was left open filled in (NIC model, path of the serial line …) and its memory rounded down to the
   * step, and what the user should know. Throws VM_SPEC_INVALID (usage) for what this hypervisor cannot do, and
   * VM_NETWORK_MISSING (environment) for an interface that is not there. Changes nothing.
   */
  checkSpec(spec: VmSpec): Promise<{readonly spec: VmSpec; readonly notes: readonly string[]}>
  /** Every VM of this user there, also those of others. */
  list(): Promise<VmStatus[]>
  /** One VM, or undefined where there is none. */
  find(vm: VmRef): Promise<VmStatus | undefined>
  /**
   * The steps of an action; changes nothing. Throws VM_EXISTS (conflict; create), VM_NOT_FOUND (notFound), VM_RUNNING (conflict:
   * start, remove or reconfigure of a running one), VM_NOT_RUNNING (conflict: stop, reset), VM_INACCESSIBLE (environment).
   * The spec of a create comes from checkSpec.
   */
  plan(action: VmAction): Promise<VmPlan>
  /**
   * Carries it out and looks whether it is so. Throws VM_LOCKED (conflict) when another program holds the VM for longer than a while,
   * HYPERVISOR_FAILED (external) with the hypervisor's own words. A create that fails leaves nothing.
   */
  apply(plan: VmPlan, options?: {readonly onProgress?: (step: string) => void}): Promise<void>
  /**
   * Removes what an interrupted create of this spec may have left, registered or not, running or not; nothing else, and nothing
   * where it left nothing. Never a VM of the same name with another UUID.
   */
  discard(spec: VmSpec): Promise<void>
  /** How to reach its screen and serial line. */
  console(vm: VmRef): Promise<VmConsole[]>
}
