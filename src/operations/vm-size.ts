// CPUs and memory of a new VM: as they were given, as a real machine has them, or as the settings say; and what its machine can give.
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import type {MachineFacts} from '../machine/facts.js'
import {sizeFor} from '../machine/size.js'
import type {SshTarget} from '../system/ssh-target.js'
import type {NewVm} from './new-vm.js'
import {referMachine} from './refer-machine.js'
import {hostFacts} from './vm-place.js'

export type ChosenSize = {readonly cpus: number; readonly memoryMiB: number; readonly notes: readonly string[]}

type SizeOptions = {
  readonly dryRun: boolean
  readonly now: () => Date
  readonly timeoutMs: number
  readonly onProgress: (step: string) => void
  readonly target: SshTarget | undefined
  readonly stepMiB: number
}

const MIB = 1024 * 1024

/** What was given counts before what is referred to. Throws VM_TOO_LARGE for what was given and is more than the machine has. */
export async function chooseSize(lab: Lab, wanted: NewVm, options: SizeOptions): Promise<ChosenSize> {
  options.onProgress('looking what the machine can give')
  const here = await hostFacts(lab, options.target, options.now())
  const referred = wanted.refer === undefined ? undefined : await referTo(lab, wanted, wanted.refer, {...options, here})
  const usual = lab.settings.vm
  const cpus = wanted.cpus ?? referred?.cpus ?? Math.min(usual.cpus, here.cpus)
  const memoryMiB = wanted.memoryMiB ?? referred?.memoryMiB ?? usual.memoryMiB
  if (wanted.cpus !== undefined && wanted.cpus > here.cpus)
    throw tooLarge(here, `${wanted.cpus} CPUs`, `${here.cpus}`, `--cpus ${here.cpus}`)
  const hereMiB = Math.floor(here.memoryBytes / MIB)
  if (wanted.memoryMiB !== undefined && wanted.memoryMiB > hereMiB) {
    throw tooLarge(here, `${wanted.memoryMiB} MiB of memory`, `${hereMiB} MiB`, `--memory ${Math.floor(hereMiB * 0.8)}`)
  }
  const notes = [
    ...(referred?.notes ?? []),
    ...(wanted.cpus === undefined && referred === undefined && usual.cpus > here.cpus
      ? [`vm.cpus is ${usual.cpus}, and ${here.name} has ${here.cpus}: it gets ${cpus}`]
      : []),
  ]
  return {cpus, memoryMiB, notes}
}

async function referTo(lab: Lab, wanted: NewVm, name: string, options: SizeOptions & {readonly here: MachineFacts}): Promise<ChosenSize> {
  const {here, stepMiB, now, timeoutMs, dryRun, onProgress} = options
  const {user, port} = wanted.machine
  onProgress(`asking ${name} for its size`)
  const {facts, warnings} = await referMachine(lab, name, {
    ...(user === undefined ? {} : {user}),
    ...(port === undefined ? {} : {port}),
    timeoutMs,
    now: now(),
    dryRun,
  })
  const {memoryPercent} = wanted
  const size = sizeFor(facts, {
    ...(memoryPercent === undefined ? {} : {memoryPercent}),
    hostCpus: here.cpus,
    hostMemoryBytes: here.memoryBytes,
    stepMiB,
  })
  return {...size, notes: [...warnings, ...size.notes]}
}

function tooLarge(here: MachineFacts, wanted: string, has: string, instead: string): PxectlError {
  return new PxectlError(`a VM with ${wanted} is more than ${here.name} has (${has}); nothing was changed`, {
    code: 'VM_TOO_LARGE',
    kind: 'usage',
    details: {machine: here.name, wanted, has},
    suggestions: [`give it less: ${instead}`, 'or let another machine run it: --on MACHINE'],
  })
}
