// VMs of a lab file: made, changed, started in their order and pace, and removed. A running VM that is to change is switched off for it
// and started again.
import {PxectlError} from '../errors.js'
import type {Host} from '../hosts/host.js'
import {labFileInvalid, didYouMean} from '../lab-file/problem.js'
import type {VmSpecEntry} from '../lab-file/spec.js'
import {definedOnly} from '../net/defined.js'
import type {NicModel} from '../vm/spec.js'
import {createVm} from './create-vm.js'
import {abandoned, differences, type LabPart, type PartChange, type PartContext, type PartMeans} from './lab-part.js'
import {listVms} from './list-vms.js'
import type {NewVm} from './new-vm.js'
import {reconfigureVm} from './reconfigure-vm.js'
import {runVms} from './run-vms.js'
import type {VmJson} from './vm-json.js'
import {nicModels, parseDisk, parseNetwork, parsePercent, parseSizeMiB} from './vm-values.js'

const PROBE_MS = 30_000
const ALL = {names: [], machine: {}, foreign: false} as const

export const vmsPart: LabPart = {
  kind: 'vm',

  async plan(context) {
    const {spec, lab, now} = context
    await checkHosts(context)
    const wishes = spec.vms.map((entry) => ({entry, wanted: newVm(entry)}))
    const known = lab === undefined ? {vms: [], warnings: []} : await listVms(lab, ALL, now())
    const found = new Map(known.vms.map((vm) => [vm.name.toLowerCase(), vm]))
    const changes = wishes.flatMap(({entry, wanted}): PartChange[] => {
      const vm = found.get(entry.name.toLowerCase())
      if (vm === undefined || vm.state === 'gone') {
        return [{kind: 'vm', name: entry.name, action: 'create', values: differences({}, describe(entry, wanted))}]
      }
      const values = [...differences(describeVm(vm), describe(entry, wanted)), ...macDrift(vm)]
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
    const removed = changes.filter(({action}) => action === 'remove').map(({name}) => name)
    const warnings = [...(await removeVms(means, removed))]
    // In the order of starting: those that others wait for come first.
    for (const entry of means.spec.vms) {
      const change = changes.find(({name}) => name === entry.name)
      if (change === undefined) continue
      if (change.action === 'create') warnings.push(...(await makeVm(means, entry)))
      else warnings.push(...(await changeVm(means, entry, change)))
    }
    return [...warnings, ...(await startVms(means, changes))]
  },
}

async function makeVm(means: PartMeans, entry: VmSpecEntry): Promise<readonly string[]> {
  const {lab, now, random, onProgress, claim} = means
  await forgetGone(means, entry.name)
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

/** Some at a time, each after those that it waits for. */
async function startVms({lab, spec, now, onProgress}: PartMeans, changes: readonly PartChange[]): Promise<readonly string[]> {
  const wanted = spec.vms.filter(({name, start}) => start && changes.some((change) => change.name === name && change.action !== 'remove'))
  const warnings: string[] = []
  const started = new Set<string>()
  while (started.size < wanted.length) {
    const isWaiting = (name: string): boolean => wanted.some((other) => other.name === name) && !started.has(name)
    const next = wanted.filter(({name, after}) => !started.has(name) && !after.some(isWaiting)).map(({name}) => name)
    const ran = await runVms(
      lab,
      {...ALL, names: next},
      {kind: 'start', display: 'headless'},
      {
        all: false,
        parallel: spec.start.parallel,
        delayMs: spec.start.delaySeconds * 1000,
        dryRun: false,
        now,
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        onProgress,
      },
    )
    for (const name of next) started.add(name)
    warnings.push(...ran.warnings)
    if (ran.failures.length > 0) throw startFailed(ran.failures)
  }
  return warnings
}

function startFailed(failures: readonly {readonly name: string; readonly error: PxectlError}[]): PxectlError {
  const [first] = failures
  return new PxectlError(failures.map(({name, error}) => `${name} did not start: ${error.message}`).join('; '), {
    code: first?.error.code ?? 'HYPERVISOR_FAILED',
    kind: first?.error.kind ?? 'external',
    details: {vms: failures.map(({name}) => name)},
    suggestions: first?.error.suggestions ?? [],
  })
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
  if (options.keepClaim !== true) for (const name of names) await disclaim('vm', name)
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

/** Throws VM_SIZE_INVALID and the like for texts that no flag of `vm create` would take either. */
function newVm(entry: VmSpecEntry): NewVm {
  const {name, referPhysicalMachine, remoteUser, memoryPercent, cpus, memory, vram, network, disks, firmware, nic, osType, hypervisor, on} =
    entry
  const model = nic === undefined ? undefined : parseNic(nic)
  return {
    name,
    ...definedOnly({
      refer: referPhysicalMachine,
      memoryPercent: memoryPercent === undefined ? undefined : parsePercent(memoryPercent),
      cpus,
      memoryMiB: memory === undefined ? undefined : parseSizeMiB(memory, 'memory'),
      vramMiB: vram === undefined ? undefined : parseSizeMiB(vram, 'vram'),
      network: network === undefined ? undefined : parseNetwork(network),
      firmware,
      nic: model,
      hypervisor,
    }),
    disks: disks.map(parseDisk),
    osType: osType ?? 'linux',
    serial: {kind: 'socket', path: undefined},
    machine: definedOnly({on, user: remoteUser}),
    addHost: false,
    // Started later, in the order of the lab file.
    start: 'no',
  }
}

function parseNic(text: string): NicModel {
  const model = nicModels.find((one) => one === text)
  if (model !== undefined) return model
  throw new PxectlError(`"${text}" is no model of a network card`, {
    code: 'VM_NIC_INVALID',
    kind: 'usage',
    details: {nic: text},
    suggestions: [`write one of ${nicModels.join(', ')}`],
  })
}

/** What a plan shows and compares. What the file leaves open is not in it. */
function describe(entry: VmSpecEntry, wanted: NewVm): Record<string, string | null> {
  return definedOnly({
    cpus: wanted.cpus?.toString(),
    memory: wanted.memoryMiB?.toString(),
    vram: wanted.vramMiB?.toString(),
    network: entry.network,
    firmware: entry.firmware,
    nic: entry.nic,
    hypervisor: entry.hypervisor,
    on: entry.on,
    disk: entry.disks.length === 0 ? undefined : wanted.disks.map(({sizeMiB}) => sizeMiB).join(' '),
    state: entry.start ? 'running' : undefined,
  }) as Record<string, string>
}

function describeVm(vm: VmJson): Record<string, string | null> {
  return {
    cpus: vm.cpus?.toString() ?? null,
    memory: vm.memoryMiB?.toString() ?? null,
    vram: vm.vramMiB?.toString() ?? null,
    network: vm.network,
    firmware: vm.firmware,
    nic: vm.nic,
    hypervisor: vm.hypervisor,
    on: vm.machine,
    disk: vm.disksMiB === null || vm.disksMiB.length === 0 ? null : vm.disksMiB.join(' '),
    // One that runs, pauses or was saved is not started anew.
    state: vm.state === 'poweroff' || vm.state === 'crashed' ? vm.state : 'running',
  }
}

/** Its host was given another MAC address. */
function macDrift({drift}: VmJson): PartChange['values'] {
  return drift.filter(({what}) => what === 'mac').map(({wanted, found}) => ({key: 'mac', before: found, after: wanted}))
}

function noteOf({state}: VmJson, values: PartChange['values']): {note?: string} {
  return state === 'running' && values.some(({key}) => key !== 'state') ? {note: 'it is switched off and started again'} : {}
}
