// Starts, stops, resets and removes VMs: some at once, paced as it is wanted. One that fails does not keep the others from it; a single
// one throws its error.
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {quoteWord} from '../system/exec.js'
import type {Hypervisor, VmAction, VmRef, VmStatus} from '../vm/hypervisor.js'
import {renderStep} from '../vm/steps.js'
import {findVms, vmUnknown, type FoundVm, type VmFilter} from './list-vms.js'
import {changeVms} from './recover-vms.js'
import type {VmJson} from './vm-json.js'

export type VmWork =
  | {readonly kind: 'start'; readonly display: 'headless' | 'gui'}
  | {readonly kind: 'stop'; readonly force: boolean; readonly timeoutMs: number}
  | {readonly kind: 'reset'}
  /** `force`: a running one is switched off first. `foreign`: also one that pxectl did not make. */
  | {readonly kind: 'remove'; readonly force: boolean; readonly foreign: boolean}

export type RunVmsOptions = {
  /** Every VM that fits, instead of named ones. */
  readonly all: boolean
  /** How many at once. */
  readonly parallel: number
  /** From the beginning of one to that of the next. */
  readonly delayMs: number
  readonly dryRun: boolean
  readonly now: () => Date
  readonly sleep: (ms: number) => Promise<void>
  readonly onProgress: (step: string) => void
}

/** What became of one: `unchanged` where it was so already. */
export type VmOutcome = {readonly name: string; readonly outcome: 'changed' | 'unchanged'; readonly steps: readonly string[]}
export type VmFailure = {readonly name: string; readonly error: PxectlError}

export type RanVms = {
  /** As they are afterwards; after a remove, as they were. */
  readonly vms: readonly VmJson[]
  readonly outcomes: readonly VmOutcome[]
  readonly failures: readonly VmFailure[]
  readonly warnings: readonly string[]
}

export async function runVms(lab: Lab, filter: VmFilter, work: VmWork, options: RunVmsOptions): Promise<RanVms> {
  if (work.kind !== 'remove' || options.dryRun) return runChosen(lab, filter, work, options, [])
  return changeVms(lab, options.onProgress, (notes) => runChosen(lab, filter, work, options, notes))
}

async function runChosen(lab: Lab, filter: VmFilter, work: VmWork, options: RunVmsOptions, notes: readonly string[]): Promise<RanVms> {
  const {found, warnings} = await choose(lab, filter, work, options)
  const results = new Map<FoundVm, VmOutcome | VmFailure>()
  await paced(found, options, async (one) => {
    options.onProgress(`${one.vm.name}: ${work.kind}`)
    results.set(one, await attempt(lab, one, work, options))
  })
  const settled = found.flatMap((one) => results.get(one) ?? [])
  const failures = settled.filter((result): result is VmFailure => 'error' in result)
  const outcomes = settled.filter((result): result is VmOutcome => 'outcome' in result)
  if (found.length === 1 && failures[0] !== undefined) throw failures[0].error
  const after =
    work.kind === 'remove' || options.dryRun
      ? found.map(({vm}) => vm)
      : (await findVms(lab, {...filter, names: found.map(({vm}) => vm.name), foreign: true}, options.now())).found.map(({vm}) => vm)
  return {vms: after, outcomes, failures, warnings: [...notes, ...warnings]}
}

/** With --all nobody is foreign, and nothing to do is no failure; a name that is nowhere is. */
async function choose(
  lab: Lab,
  filter: VmFilter,
  work: VmWork,
  {all, now}: RunVmsOptions,
): Promise<{found: FoundVm[]; warnings: readonly string[]}> {
  if (!all && filter.names.length === 0) {
    throw new PxectlError(`which VM? name one or several, or say --all`, {
      code: 'VM_NAME_MISSING',
      kind: 'usage',
      suggestions: ['pxectl vm list', `pxectl vm ${work.kind} --all`],
    })
  }
  const answer = await findVms(lab, {...filter, foreign: !all}, now())
  for (const name of filter.names) {
    if (!/[*?]/.test(name) && !answer.found.some(({vm}) => vm.name.toLowerCase() === name.toLowerCase())) {
      throw vmUnknown(
        name,
        (await lab.vms.list()).map((record) => record.name),
      )
    }
  }
  const isOff = ({vm}: FoundVm): boolean => vm.state === 'poweroff' || vm.state === 'saved' || vm.state === 'crashed'
  const found = answer.found.filter((one) => !(work.kind === 'reset' && all && isOff(one)))
  const stranger = found.find(({vm, status}) => work.kind === 'remove' && !work.foreign && !(vm.isOurs && status?.isMarked !== false))
  if (stranger !== undefined) throw vmForeign(stranger)
  return {found, warnings: answer.warnings}
}

/** Some at a time, and each no sooner than the delay after the one before. */
export async function paced<T>(
  all: readonly T[],
  {parallel, delayMs, sleep}: Pick<RunVmsOptions, 'parallel' | 'delayMs' | 'sleep'>,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const waiting = [...all]
  let gate = Promise.resolve()
  let isFirst = true
  const next = async (): Promise<void> => {
    for (;;) {
      const turn = gate.then(() => (isFirst || delayMs === 0 || waiting.length === 0 ? undefined : sleep(delayMs)))
      gate = turn
      await turn
      const one = waiting.shift()
      if (one === undefined) return
      isFirst = false
      await work(one)
    }
  }
  await Promise.all(Array.from({length: Math.max(1, Math.min(parallel, all.length))}, next))
}

async function attempt(lab: Lab, one: FoundVm, work: VmWork, options: RunVmsOptions): Promise<VmOutcome | VmFailure> {
  const {name} = one.vm
  try {
    const steps = await carryOut(lab, one, work, options)
    return {name, outcome: steps === undefined ? 'unchanged' : 'changed', steps: steps ?? []}
  } catch (error) {
    if (error instanceof PxectlError) return {name, error}
    throw error
  }
}

/** undefined: it is so already. */
async function carryOut(lab: Lab, one: FoundVm, work: VmWork, options: RunVmsOptions): Promise<string[] | undefined> {
  const {vm, record, status, hypervisor} = one
  if (vm.state === 'unknown' || hypervisor === undefined) throw vmUnreachable(vm)
  if (status === undefined) {
    if (work.kind !== 'remove' || record === undefined) throw vmGone(vm)
    if (!options.dryRun) await lab.vms.remove(record.uuid)
    return []
  }
  const isOn = ['running', 'paused', 'changing'].includes(status.state)
  if (work.kind === 'start' && status.state === 'running') return undefined
  if (work.kind === 'stop' && !isOn && status.state !== 'inaccessible') return undefined
  const steps: string[] = []
  const run = async (action: VmAction): Promise<void> => {
    const plan = await hypervisor.plan(action)
    steps.push(...plan.steps.map(renderStep))
    if (!options.dryRun) await hypervisor.apply(plan, {onProgress: (step) => options.onProgress(`${vm.name}: ${step}`)})
  }
  switch (work.kind) {
    case 'start':
      await run({kind: 'start', vm: status, display: work.display})
      break
    case 'stop':
      await run({kind: 'stop', vm: status, force: work.force})
      if (!work.force && !options.dryRun) await untilOff(hypervisor, status, {...options, timeoutMs: work.timeoutMs})
      break
    case 'reset':
      await run({kind: 'reset', vm: status})
      break
    case 'remove':
      if (isOn && work.force) await run({kind: 'stop', vm: status, force: true})
      // A running one has no plan for its removal yet: the steps of a dry run end with its stop.
      if (!(isOn && work.force && options.dryRun)) await run({kind: 'remove', vm: status})
      if (record !== undefined && !options.dryRun) await lab.vms.remove(record.uuid)
  }
  return steps
}

const POLL_MS = 250

async function untilOff(hypervisor: Hypervisor, vm: VmStatus, options: RunVmsOptions & {readonly timeoutMs: number}): Promise<void> {
  options.onProgress(`${vm.name}: waiting for it to switch itself off`)
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const state = (await hypervisor.find(vm))?.state
    if (state === undefined || state === 'poweroff' || state === 'crashed') return
    if (waitedMs >= options.timeoutMs) throw stillRunning(vm, options.timeoutMs)
    await options.sleep(POLL_MS)
  }
}

function stillRunning({name}: VmRef, timeoutMs: number): PxectlError {
  return new PxectlError(`the power button of ${name} was pressed, and it still runs after ${timeoutMs / 1000} s`, {
    code: 'VM_STILL_RUNNING',
    kind: 'external',
    details: {name, timeoutMs},
    suggestions: [`cut its power: pxectl vm stop ${quoteWord(name)} --force`, 'or give it more time: --timeout 300'],
  })
}

function vmForeign({vm}: FoundVm): PxectlError {
  return new PxectlError(`pxectl did not make the VM ${vm.name} of ${vm.hypervisor}; it was not removed`, {
    code: 'VM_FOREIGN',
    kind: 'conflict',
    details: {name: vm.name, hypervisor: vm.hypervisor, uuid: vm.uuid},
    suggestions: [
      `see it: pxectl vm show ${quoteWord(vm.name)}`,
      `if it is to go all the same: pxectl vm remove ${quoteWord(vm.name)} --yes`,
    ],
  })
}

function vmUnreachable({name, machine, hypervisor}: VmJson): PxectlError {
  return new PxectlError(`the hypervisor of ${name} (${hypervisor}${machine === null ? '' : ` on ${machine}`}) cannot be asked`, {
    code: 'VM_UNREACHABLE',
    kind: 'environment',
    details: {name, machine, hypervisor},
    suggestions: machine === null ? ['pxectl vm list'] : [`is it on? pxectl machine probe ${quoteWord(machine)}`],
  })
}

function vmGone({name, hypervisor}: VmJson): PxectlError {
  return new PxectlError(`${hypervisor} no longer has the VM ${name}`, {
    code: 'VM_GONE',
    kind: 'notFound',
    details: {name, hypervisor},
    suggestions: [
      'forget those that are gone: pxectl vm sync',
      `or make it again: pxectl vm remove ${quoteWord(name)}, then pxectl vm create`,
    ],
  })
}
