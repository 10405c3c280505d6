// Machines as people read them.
import type {MachineJson} from '../operations/list-machines.js'
import {ageText} from '../operations/machine-json.js'
import type {ProbeFailure} from '../operations/probe-machines.js'
import {escapeControl} from './escape.js'
import {renderPairs, renderTable} from './table.js'

export function renderMachineTable(machines: readonly MachineJson[]): string {
  if (machines.length === 0) return 'no machines yet; ask one about itself: pxectl machine probe tk2'
  return renderTable(
    ['NAME', 'OS', 'CPUS', 'MEMORY', 'AGE', 'MODEL'],
    machines.map((machine) => [
      machine.name,
      machine.os,
      String(machine.cpus),
      memoryText(machine.memoryBytes),
      ageText(machine.ageSeconds),
      escapeControl(machine.cpuModel ?? '-'),
    ]),
  )
}

export function renderMachine(machine: MachineJson): string {
  const {limits, installedBytes, hypervisors} = machine
  return renderPairs([
    ['name', machine.name],
    ['os', machine.os],
    ['cpus', String(machine.cpus)],
    ['memory', memoryText(machine.memoryBytes)],
    ...(installedBytes === null ? [] : [['installed', memoryText(installedBytes)] as const]),
    ['model', escapeControl(machine.cpuModel ?? '-')],
    ['hypervisors', hypervisors.length === 0 ? '-' : hypervisors.map(({kind, path}) => `${kind} (${escapeControl(path)})`).join(', ')],
    ...(limits?.cpus === undefined ? [] : [['limited to', `${limits.cpus} CPUs`] as const]),
    ...(limits?.memoryBytes === undefined ? [] : [['limited to', memoryText(limits.memoryBytes)] as const]),
    ...(machine.remoteUser === null ? [] : [['remote user', machine.remoteUser] as const]),
    ...(machine.port === null ? [] : [['port', String(machine.port)] as const]),
    ['probed', `${machine.probedAt}, ${ageText(machine.ageSeconds)} ago`],
  ])
}

/** What was found out: one machine at length, several as a table. */
export function renderProbed(machines: readonly MachineJson[]): string {
  const [first, ...others] = machines
  if (first === undefined) return ''
  return others.length === 0 ? renderMachine(first) : renderMachineTable(machines)
}

/** A line for each machine that did not tell, and what to do about it. */
export function renderProbeFailures(failures: readonly ProbeFailure[]): string {
  return failures.flatMap(({name, error}) => [`${name}: ${error.message}`, ...error.suggestions.map((text) => `  * ${text}`)]).join('\n')
}

/** Memory is counted in MiB where VMs are made. */
function memoryText(bytes: number): string {
  return `${Math.floor(bytes / 1024 / 1024)} MiB`
}
