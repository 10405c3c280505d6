// VMs as people read them.
import type {VmConsoles} from '../operations/console-vm.js'
import {ageText} from '../operations/machine-json.js'
import type {RanVms, VmFailure} from '../operations/run-vms.js'
import type {MendedVm} from '../operations/sync-vms.js'
import type {VmDrift, VmJson} from '../operations/vm-json.js'
import {escapeControl} from './escape.js'
import {renderPairs, renderTable} from './table.js'

export function renderVmTable(vms: readonly VmJson[]): string {
  if (vms.length === 0) return 'no VMs yet; make one like a machine that is there: pxectl vm create tk2vm --refer-physical-machine tk2'
  return renderTable(
    ['NAME', 'STATE', 'HYPERVISOR', 'ON', 'CPUS', 'MEMORY', 'MAC', 'ADDRESS', 'UPTIME', 'NOTES'],
    vms.map((vm) => [
      escapeControl(vm.name),
      vm.state,
      vm.hypervisor,
      vm.machine ?? '-',
      vm.cpus === null ? '-' : String(vm.cpus),
      vm.memoryMiB === null ? '-' : `${vm.memoryMiB} MiB`,
      vm.mac ?? '-',
      vm.address ?? '-',
      vm.uptimeSeconds === null ? '-' : ageText(vm.uptimeSeconds),
      notesOf(vm),
    ]),
  )
}

function notesOf(vm: VmJson): string {
  const notes = [
    ...(vm.isOurs ? [] : ['not made by pxectl']),
    ...vm.drift.map(driftText),
    ...(vm.problem === null ? [] : [escapeControl(vm.problem)]),
  ]
  return notes.join('; ') || '-'
}

function driftText({what, wanted, found}: VmDrift): string {
  if (what === 'gone') return 'its hypervisor no longer has it'
  if (what === 'mark') return 'the mark of pxectl is gone from it'
  return `${what} is ${escapeControl(found ?? '-')}, not ${wanted ?? '-'}`
}

export function renderVm(vm: VmJson): string {
  const optional = (name: string, value: string | number | null): [string, string][] =>
    value === null ? [] : [[name, escapeControl(String(value))]]
  return renderPairs([
    ['name', escapeControl(vm.name)],
    ['state', vm.state],
    ...optional('problem', vm.problem),
    ['hypervisor', vm.machine === null ? vm.hypervisor : `${vm.hypervisor} on ${vm.machine}`],
    ['uuid', vm.uuid],
    ['host', vm.host ?? '-'],
    ['mac', vm.mac ?? '-'],
    ['address', vm.address ?? '-'],
    ['cpus', vm.cpus === null ? '-' : String(vm.cpus)],
    ['memory', vm.memoryMiB === null ? '-' : `${vm.memoryMiB} MiB`],
    ...optional('firmware', vm.firmware),
    ...optional('network', vm.network),
    ...optional('card', vm.nic),
    ...optional('os type', vm.osType),
    ...optional('disks', vm.disksMiB === null || vm.disksMiB.length === 0 ? null : vm.disksMiB.map((size) => `${size} MiB`).join(', ')),
    ...optional('serial', vm.serial === null ? null : `${vm.serial.kind} ${vm.serial.path ?? ''}`.trim()),
    ...optional('screen', vm.screenPort === null ? null : `port ${vm.screenPort}`),
    ...optional('path', vm.path),
    ...optional('uptime', vm.uptimeSeconds === null ? null : ageText(vm.uptimeSeconds)),
    ...vm.drift.map((drift): [string, string] => ['drift', driftText(drift)]),
    ...(vm.isOurs ? [] : [['made by', 'somebody else'] as const]),
  ])
}

const DONE = {
  start: ['started', 'runs already', 'would start'],
  stop: ['stopped', 'is off already', 'would stop'],
  reset: ['reset', 'is as it was', 'would reset'],
  remove: ['removed', 'is gone already', 'would remove'],
} as const

/** A line for each; a dry run shows what would be run. */
export function renderRan(kind: keyof typeof DONE, {outcomes, failures}: RanVms, dryRun: boolean): string {
  if (outcomes.length + failures.length === 0) return 'no VM fits'
  const [did, already, would] = DONE[kind]
  return outcomes
    .flatMap(({name, outcome, steps}) =>
      outcome === 'unchanged'
        ? [`${escapeControl(name)} ${already}`]
        : dryRun
          ? [`${would} ${escapeControl(name)}`, ...steps.map((step) => `  ${escapeControl(step, {keepNewlines: true})}`)]
          : [`${did} ${escapeControl(name)}`],
    )
    .join('\n')
}

/** A line for each that failed, and what to do about it. */
export function renderVmFailures(failures: readonly VmFailure[]): string {
  return failures.flatMap(({name, error}) => [`${name}: ${error.message}`, ...error.suggestions.map((text) => `  * ${text}`)]).join('\n')
}

const MENDED = {forgotten: 'forgot', adopted: 'took over', reconfigured: 'changed back'} as const

export function renderMended(mended: readonly MendedVm[], dryRun: boolean): string {
  if (mended.length === 0) return 'nothing to mend'
  return mended
    .flatMap(({name, mended: how, drift, steps}) => [
      `${dryRun ? 'would have ' : ''}${MENDED[how]} ${name}: ${drift.map(driftText).join('; ')}`,
      ...(dryRun ? steps.map((step) => `  ${escapeControl(step, {keepNewlines: true})}`) : []),
    ])
    .join('\n')
}

/** Lines to paste; on another machine's VM, where to paste them. */
export function renderConsoles({name, machine, state, consoles}: VmConsoles): string {
  const where = machine === null ? '' : ` (on ${machine})`
  const off = state === 'running' || state === 'paused' ? [] : [`${name} is off: pxectl vm start ${name}`]
  return [...off, ...consoles.map(({kind, command}) => `${kind}${where}: ${command}`)].join('\n')
}
