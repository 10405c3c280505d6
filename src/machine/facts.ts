// What is known about a physical machine: enough to make a virtual one of its size. Values only.
//
// The memory is what its operating system has to give: MemTotal of Linux, hw.memsize of macOS, hw.physmem of FreeBSD, "Memory size" of
// illumos, TotalPhysicalMemory of Windows. Each can be read by everybody, everywhere, and is what people see in `free` or `top`. What
// is plugged in is a little more (the firmware, the kernel and graphics keep a part), cannot be read everywhere, and is known on Linux
// only in blocks of 128 MiB to 2 GiB; it stands beside it as `installedBytes` where a system tells it.
import {PxectlError} from '../errors.js'

export const machineSystems = ['linux', 'macos', 'freebsd', 'illumos', 'windows'] as const
export type MachineSystem = (typeof machineSystems)[number]

export const machineHypervisors = ['virtualbox', 'vmware', 'qemu', 'kvm', 'bhyve'] as const

/** A program that runs virtual machines, or (kvm, bhyve) the kernel's part of one. */
export type MachineHypervisor = {readonly kind: (typeof machineHypervisors)[number]; readonly path: string}

/** What the control groups of a container leave of the machine: CPUs may be a fraction. */
export type MachineLimits = {readonly cpus?: number; readonly memoryBytes?: number}

/** What a system tells about the machine that it runs on. */
export type SystemFacts = {
  readonly os: MachineSystem
  /** Logical CPUs that are online: threads, where cores have several. */
  readonly cpus: number
  readonly memoryBytes: number
  readonly installedBytes?: number
  readonly cpuModel?: string
  /** Only where they are less than the machine has. */
  readonly limits?: MachineLimits
}

export type MachineFacts = SystemFacts & {
  /** As the user calls it. */
  readonly name: string
  readonly hypervisors: readonly MachineHypervisor[]
  /** ISO 8601, UTC. */
  readonly probedAt: string
}

/** The facts as text for the host database. */
export function encodeFacts({name: _, probedAt: __, ...facts}: MachineFacts): string {
  return JSON.stringify(facts)
}

/** The other way round; throws MACHINE_RECORD_INVALID where the text was never made by encodeFacts. */
export function decodeFacts(record: {readonly name: string; readonly probedAt: string; readonly facts: string}): MachineFacts {
  const {name, probedAt} = record
  const facts = parseRecord(record.facts)
  if (facts !== undefined) return {...facts, name, probedAt}
  throw new PxectlError(`the host database has no usable facts of ${name}`, {
    code: 'MACHINE_RECORD_INVALID',
    kind: 'invalidData',
    details: {name},
    suggestions: [`ask it again: pxectl machine probe ${name}`, `or forget it: pxectl machine remove ${name}`],
  })
}

function parseRecord(text: string): Omit<MachineFacts, 'name' | 'probedAt'> | undefined {
  try {
    const found = JSON.parse(text) as Partial<MachineFacts> | null
    const isSound =
      found !== null &&
      machineSystems.some((system) => system === found.os) &&
      isCount(found.cpus) &&
      isCount(found.memoryBytes) &&
      Array.isArray(found.hypervisors)
    return isSound ? (found as MachineFacts) : undefined
  } catch {
    return undefined
  }
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
