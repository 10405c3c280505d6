// Asks machines about themselves and keeps the answers.
import type {Lab} from '../lab/open-lab.js'
import type {MachineFacts} from '../machine/facts.js'
import {isLocal, probeLocal, probeRemote} from '../machine/probe.js'
import {PxectlError} from '../errors.js'
import {ownHostname} from '../system/network.js'
import {checkSshTarget, type SshTarget} from '../system/ssh-target.js'
import {machineJson, machineRecord, type MachineJson} from './machine-json.js'

export type ProbeMachinesOptions = {
  readonly user?: string
  readonly port?: number
  readonly timeoutMs: number
  readonly now: Date
  /** Ask, but keep nothing. */
  readonly dryRun: boolean
  readonly onProgress?: (step: string) => void
}

export type ProbeFailure = {readonly name: string; readonly error: PxectlError}

export type ProbedMachines = {
  readonly machines: readonly MachineJson[]
  readonly failures: readonly ProbeFailure[]
  readonly warnings: readonly string[]
}

/** An ssh is a process, and twenty of them on a laptop are a load. */
const AT_ONCE = 8

/** Probes machines, some at a time. One that fails does not keep the others from being kept; a single one throws its error. */
export async function probeMachines(lab: Lab, names: readonly string[], options: ProbeMachinesOptions): Promise<ProbedMachines> {
  const targets = [...new Set(names)].map((host) => targetOf(host, options))
  // All of them before the first is asked: a mistyped name should not cost the time of the others.
  for (const target of targets) checkSshTarget(target)
  const answers: (readonly [SshTarget, MachineFacts | PxectlError])[] = []
  const waiting = [...targets]
  const ask = async (): Promise<void> => {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      options.onProgress?.(`asking ${target.host}`)
      answers.push([target, await attempt(target, options)])
    }
  }
  await Promise.all(Array.from({length: AT_ONCE}, ask))
  answers.sort(([a], [b]) => targets.indexOf(a) - targets.indexOf(b))
  const failures = answers.flatMap(([{host}, answer]) => (answer instanceof PxectlError ? [{name: host, error: answer}] : []))
  if (targets.length === 1 && failures[0] !== undefined) throw failures[0].error
  const records = answers.flatMap(([target, answer]) => (answer instanceof PxectlError ? [] : [machineRecord(answer, target)]))
  if (!options.dryRun) await lab.machines.put(records)
  const machines = records.map((record) => machineJson(record, options.now))
  return {machines, failures, warnings: machines.flatMap(limitWarning)}
}

function targetOf(host: string, {user, port}: ProbeMachinesOptions): SshTarget {
  return {host, ...(user === undefined ? {} : {user}), ...(port === undefined ? {} : {port})}
}

async function attempt(target: SshTarget, options: ProbeMachinesOptions): Promise<MachineFacts | PxectlError> {
  try {
    return await probeMachine(target, options)
  } catch (error) {
    if (error instanceof PxectlError) return error
    throw error
  }
}

/** One machine: this one directly, another one by ssh. */
export function probeMachine(target: SshTarget, options: {readonly timeoutMs: number; readonly now: Date}): Promise<MachineFacts> {
  const probe = {timeoutMs: options.timeoutMs, probedAt: options.now.toISOString()}
  return isLocal(target, ownHostname()) ? probeLocal(target.host, probe) : probeRemote(target, probe)
}

function limitWarning({name, limits}: MachineJson): string[] {
  if (limits === null) return []
  const cpus = limits.cpus === undefined ? [] : [`${limits.cpus} CPUs`]
  const memory = limits.memoryBytes === undefined ? [] : [`${Math.floor(limits.memoryBytes / 1024 / 1024)} MiB`]
  return [`${name} is a container that may use ${[...cpus, ...memory].join(' and ')}; the facts are those of the whole machine`]
}
