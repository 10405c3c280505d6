// The size of a virtual machine that refers to a physical one: a share of its memory, and as many CPUs. Values only.
import {PxectlError} from '../errors.js'
import type {MachineFacts} from './facts.js'

/** As pxe_manager.py had it. */
export const DEFAULT_MEMORY_PERCENT = 80

const MIB = 1024 * 1024

/** VMware takes multiples of 4 MiB only, and others do not mind. */
const DEFAULT_STEP_MIB = 4

/** The share of the memory in percent, from 1 to 100, with two decimals at most: `80`, `12.5`, `80%`. Throws MEMORY_PERCENT_INVALID. */
export function parsePercent(text: string): number {
  const number = Number(/^(\d{1,3}(?:\.\d{1,2})?)%?$/.exec(text.trim())?.[1])
  if (number >= 1 && number <= 100) return number
  throw new PxectlError(`"${text}" is not a percentage from 1 to 100`, {
    code: 'MEMORY_PERCENT_INVALID',
    kind: 'usage',
    details: {value: text},
    suggestions: [`leave it out for ${DEFAULT_MEMORY_PERCENT}`],
  })
}

export type SizeOptions = {
  /** From parsePercent. */
  readonly memoryPercent?: number
  /** Logical CPUs of the machine that is to run the VM; it gets no more of them. */
  readonly hostCpus: number
  /** Memory of that machine; more than this only earns a note. */
  readonly hostMemoryBytes?: number
  /** What the hypervisor takes: the memory is a multiple of this. */
  readonly stepMiB?: number
}

export type VmSize = {
  readonly cpus: number
  readonly memoryMiB: number
  /** What the user should know about these numbers. */
  readonly notes: readonly string[]
}

/** Exactly the share of the machine's memory, rounded down to MiB and then to the step. Throws MACHINE_TOO_SMALL below one step. */
export function sizeFor(facts: MachineFacts, options: SizeOptions): VmSize {
  const {memoryPercent = DEFAULT_MEMORY_PERCENT, hostCpus, hostMemoryBytes = Infinity, stepMiB = DEFAULT_STEP_MIB} = options
  const wholeMiB = shareMiB(facts.memoryBytes, memoryPercent)
  const memoryMiB = wholeMiB - (wholeMiB % stepMiB)
  if (memoryMiB === 0) throw tooSmall(facts, memoryPercent, stepMiB)
  const cpus = Math.max(1, Math.min(facts.cpus, hostCpus))
  const notes = [
    ...(cpus < facts.cpus ? [`${facts.name} has ${facts.cpus} CPUs, the machine that runs the VM ${hostCpus}: it gets ${cpus}`] : []),
    ...(memoryMiB * MIB > hostMemoryBytes
      ? [`${memoryMiB} MiB are more than the machine that runs the VM has (${Math.floor(hostMemoryBytes / MIB)} MiB)`]
      : []),
  ]
  return {cpus, memoryMiB, notes}
}

/** In whole numbers: hundredths of a percent times the bytes of a large machine are beyond what a double holds. */
function shareMiB(bytes: number, percent: number): number {
  const hundredths = BigInt(Math.round(percent * 100))
  return Number((BigInt(bytes) * hundredths) / 10_000n / BigInt(MIB))
}

function tooSmall({name, memoryBytes}: MachineFacts, percent: number, stepMiB: number): PxectlError {
  return new PxectlError(`${percent} % of the memory of ${name} (${memoryBytes} bytes) is less than ${stepMiB} MiB`, {
    code: 'MACHINE_TOO_SMALL',
    kind: 'usage',
    details: {machine: name, memoryBytes, memoryPercent: percent},
    suggestions: ['take a larger share, or give the size yourself: --memory 512'],
  })
}
