// A machine as scripts see it: these keys are promises, and null stands for "not known".
import type {MachineRecord} from '../hosts/machine-store.js'
import {decodeFacts, encodeFacts, type MachineFacts, type MachineHypervisor, type MachineLimits} from '../machine/facts.js'
import type {SshTarget} from '../system/ssh-target.js'

export type MachineJson = {
  readonly name: string
  readonly os: string
  readonly cpus: number
  readonly memoryBytes: number
  readonly installedBytes: number | null
  readonly cpuModel: string | null
  readonly limits: MachineLimits | null
  readonly hypervisors: readonly MachineHypervisor[]
  readonly remoteUser: string | null
  readonly port: number | null
  /** ISO 8601, UTC. */
  readonly probedAt: string
  readonly ageSeconds: number
}

export function machineJson(record: MachineRecord, now: Date): MachineJson {
  const {name, os, cpus, memoryBytes, installedBytes = null, cpuModel = null, limits = null, hypervisors, probedAt} = decodeFacts(record)
  const {remoteUser = null, port = null} = record
  const ageSeconds = secondsSince(probedAt, now)
  return {name, os, cpus, memoryBytes, installedBytes, cpuModel, limits, hypervisors, remoteUser, port, probedAt, ageSeconds}
}

/** A clock that was set back makes nothing younger than now. */
export function secondsSince(time: string, now: Date): number {
  return Math.max(0, Math.round((now.getTime() - Date.parse(time)) / 1000))
}

/** What the database keeps of a machine that was just probed. */
export function machineRecord(facts: MachineFacts, target: SshTarget): MachineRecord {
  const {name, probedAt} = facts
  return {name, remoteUser: target.user, port: target.port, probedAt, facts: encodeFacts(facts)}
}

/** An age as people say it: `3 days`, `2 h`, `5 min`, `12 s`. */
export function ageText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  const hours = Math.floor(seconds / 3600)
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`
}
