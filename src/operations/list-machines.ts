// Looking at the machines that were probed, and forgetting them.
import type {Lab} from '../lab/open-lab.js'
import {messageOf} from '../errors.js'
import {machineJson, type MachineJson} from './machine-json.js'

export type {MachineJson} from './machine-json.js'

/** Every machine by name; a record that cannot be read is a warning. */
export async function listMachines(lab: Lab, now: Date): Promise<{machines: MachineJson[]; warnings: string[]}> {
  const machines: MachineJson[] = []
  const warnings: string[] = []
  for (const record of await lab.machines.list()) {
    try {
      machines.push(machineJson(record, now))
    } catch (error) {
      warnings.push(messageOf(error))
    }
  }
  return {machines, warnings}
}

/** What is known of one machine; throws MACHINE_NOT_FOUND. */
export async function showMachine(lab: Lab, name: string, now: Date): Promise<{machine: MachineJson}> {
  return {machine: machineJson(await lab.machines.get(name), now)}
}

/** Forgets machines, all of them or none; gives their names as they were kept. Throws MACHINE_NOT_FOUND. */
export async function removeMachines(lab: Lab, names: readonly string[], options: {readonly dryRun: boolean}): Promise<string[]> {
  const found = new Set<string>()
  for (const name of names) found.add((await lab.machines.get(name)).name)
  if (!options.dryRun) await lab.machines.remove([...found])
  return [...found]
}
