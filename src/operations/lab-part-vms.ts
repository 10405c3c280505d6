// VMs of a lab file: made, changed, started in their order and pace, and removed. A running VM that is to change is switched off for it
// and started again.
import type {Host} from '../hosts/host.js'
import {didYouMean, labFileInvalid} from '../lab-file/problem.js'
import type {VmSpecEntry} from '../lab-file/spec.js'
import {checkVmSizes} from './check-vm-sizes.js'
import {createVm} from './create-vm.js'
import {abandoned, attempt, differences, namesOf, type LabPart, type PartChange, type PartContext, type PartMeans} from './lab-part.js'
import {startVms} from './lab-vm-start.js'
import {describe, describeVm, newVm, refuseLasting} from './lab-vm-wish.js'
import {listVms} from './list-vms.js'
import {reconfigureVm} from './reconfigure-vm.js'
import {runVms} from './run-vms.js'
import type {VmJson} from './vm-json.js'

const PROBE_MS = 30_000
const ALL = {names: [], machine: {}, foreign: false} as const

export const vmsPart: LabPart = {
  kind: 'vm',

  async plan(context) {
    const {spec, lab, now} = context
    await checkHosts(context)
    const wishes = spec.vms.map((entry) => ({entry, wanted: newVm(entry)}))
    await checkVmSizes(wishes, context)
    const known = lab === undefined ? {vms: [], warnings: []} : await listVms(lab, ALL, now())
    const found = new Map(known.vms.map((vm) => [vm.name.toLowerCase(), vm]))
    const changes = wishes.flatMap(({entry, wanted}): PartChange[] => {
      const vm = found.get(entry.name.toLowerCase())
      if (vm === undefined || vm.state === 'gone') {
        return [{kind: 'vm', name: entry.name, action: 'create', values: differences({}, describe(entry, wanted))}]
      }
      const values = [...differences(describeVm(vm), describe(entry, wanted)), ...macDrift(vm)]
      refuseLasting(entry, values)
      return values.length === 0 ? [] : [{kind: 'vm', name: entry.name, action: 'change', values, ...noteOf(vm, values)}]
    })
    const names = spec.vms.map(({name}) => name)
    const gone = abandoned(context, 'vm', names).filter(({name}) => found.has(name.toLowerCase()))
    return {
      changes: [...changes, ...gone.map(({name}): PartChange => ({kind: 'vm', name, action: 'remove', values: []}))],
      unchanged: names.length - changes.length,
      warnings: known.warnings,
    }
  },

  async apply(means, changes) {
    const removed = namesOf(changes, 'remove')
    const warnings = [...(await removeVms(means, removed))]
    // In the order of starting: those that others wait for come first.
    for (const entry of means.spec.vms) {
      const change = changes.find(({name, action}) => name === entry.name && action !== 'remove')
      if (change === undefined) continue
      const make = change.action === 'create' ? makeVm : changeVm
      warnings.push(...(await attempt(means, change, () => make(means, entry, change))))
    }
    return [...warnings, ...(await startVms(means, changes))]
  },
}

async function makeVm(means: PartMeans, entry: VmSpecEntry): Promise<readonly string[]> {
  const {lab, now, random, onProgress, claim} = means
  if ((await lab.vms.find(entry.name)) !== undefined) await forgetGone(means, entry.name)
  await claim('vm', entry.name, '')
  const {notes} = await createVm(lab, newVm(entry), {
    dryRun: false,
    random,
    now,
    timeoutMs: PROBE_MS,
    onProgress: (step) => onProgress(`${entry.name}: ${step}`),
  })
  return notes
}

/** A VM that its hypervisor no longer has is still in the database, and its name with it. */
async function forgetGone(means: PartMeans, name: string): Promise<void> {
  const {vms} = await listVms(means.lab, {...ALL, names: [name]}, means.now())
  if (vms.some(({state}) => state === 'gone')) await removeVms(means, [name], {keepClaim: true})
}

async function changeVm({lab, now, onProgress}: PartMeans, entry: VmSpecEntry, {values}: PartChange): Promise<readonly string[]> {
  if (values.every(({key}) => key === 'state')) return []
  const wanted = newVm(entry)
  return reconfigureVm(lab, entry.name, wanted, {now, onProgress: (step) => onProgress(`${entry.name}: ${step}`)})
}

async function removeVms(means: PartMeans, names: readonly string[], options: {keepClaim?: boolean} = {}): Promise<readonly string[]> {
  if (names.length === 0) return []
  const {lab, now, onProgress, disclaim} = means
  const {failures, warnings} = await runVms(
    lab,
    {...ALL, names},
    {kind: 'remove', force: true, foreign: false},
    {all: false, parallel: 1, delayMs: 0, dryRun: false, now, sleep: () => Promise.resolve(), onProgress},
  )
  const [failed] = failures
  if (failed !== undefined) throw failed.error
  if (options.keepClaim !== true) await disclaim('vm', names)
  return warnings
}

/** A VM takes its MAC address from the host of its name. */
async function checkHosts({spec, lab}: PartContext): Promise<void> {
  const present = ((await lab?.store.list()) ?? []).map((host: Host) => host.name as string)
  const names = [...spec.hosts.map(({name}) => name as string), ...present]
  const known = new Set(names.map((name) => name.toLowerCase()))
  const problems = spec.vms
    .filter(({name}) => !known.has(name.toLowerCase()))
    .map(({name, place}) => ({
      ...place,
      message: `the VM ${name} has no host of its name${didYouMean(name, names)}; add it: hosts: {${name}: {}}`,
    }))
  if (problems.length > 0) throw labFileInvalid(problems)
}

/** Its host was given another MAC address. */
function macDrift({drift}: VmJson): PartChange['values'] {
  return drift.filter(({what}) => what === 'mac').map(({wanted, found}) => ({key: 'mac', before: found, after: wanted}))
}

function noteOf({state}: VmJson, values: PartChange['values']): {note?: string} {
  return state === 'running' && values.some(({key}) => key !== 'state') ? {note: 'it is switched off and started again'} : {}
}
