// Do the VMs of a lab file fit the machine that is to run them? Asked before anything is made.
import {PxectlError} from '../errors.js'
import {labFileInvalid, type LabFileProblem} from '../lab-file/problem.js'
import type {VmSpecEntry} from '../lab-file/spec.js'
import {probeLocal} from '../machine/probe.js'
import type {PartContext} from './lab-part.js'
import type {NewVm} from './new-vm.js'

type Wish = {readonly entry: VmSpecEntry; readonly wanted: NewVm}

const PROBE_MS = 30_000
const MIB = 1024 * 1024

/**
 * VMs on other machines are asked for when they are made. Throws LAB_FILE_INVALID for a VM with more CPUs or memory than this machine
 * has, and LAB_TOO_LARGE where those that are started want more memory together. CPUs may be shared.
 */
export async function checkVmSizes(wishes: readonly Wish[], {settings, now}: Pick<PartContext, 'settings' | 'now'>): Promise<void> {
  const local = wishes.filter(({wanted}) => wanted.machine.on === undefined)
  if (local.length === 0) return
  const here = await probeLocal('this machine', {timeoutMs: PROBE_MS, probedAt: now().toISOString()})
  const hereMiB = Math.floor(here.memoryBytes / MIB)
  const problems = local.flatMap(({entry: {name, place}, wanted: {cpus = 0, memoryMiB = 0}}): LabFileProblem[] => [
    ...(cpus > here.cpus ? [{...place, message: `the VM ${name} wants ${cpus} CPUs, and this machine has ${here.cpus}`}] : []),
    ...(memoryMiB > hereMiB
      ? [{...place, message: `the VM ${name} wants ${memoryMiB} MiB of memory, and this machine has ${hereMiB} MiB`}]
      : []),
  ])
  if (problems.length > 0) throw labFileInvalid(problems)
  const running = local.filter(({entry, wanted}) => entry.start && wanted.refer === undefined)
  const sumMiB = running.reduce((sum, {wanted}) => sum + (wanted.memoryMiB ?? settings.vm.memoryMiB), 0)
  if (sumMiB <= hereMiB) return
  throw new PxectlError(
    `the lab does not fit: its ${running.length} VMs want ${sumMiB} MiB of memory together, and this machine has ${hereMiB} MiB; nothing was changed`,
    {
      code: 'LAB_TOO_LARGE',
      kind: 'conflict',
      details: {vms: running.length, memoryMiB: sumMiB, hereMiB},
      suggestions: [
        `give each ${Math.floor((hereMiB * 0.8) / running.length)} MiB or less: memory in the lab file`,
        'start some later: start: false, then pxectl vm start NAME',
        'or let another machine run them: on: MACHINE',
      ],
    },
  )
}
