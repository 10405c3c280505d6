// The answer of a command that changed one host, as plain data.
import {hostJson, type Host, type HostJson} from '../hosts/host.js'
import type {Changed} from './change-lab.js'
import {renderFileDiff, type FileDiff} from './file-diff.js'

export type HostAnswer = {
  readonly host: HostJson
  readonly warnings: readonly string[]
  readonly dryRun: boolean
  /** What changed, or would change, on disk besides the database. */
  readonly files: readonly FileDiff[]
}

export function hostAnswer(changed: Changed<{host: Host; notes: readonly string[]}>, dryRun: boolean): HostAnswer {
  return {
    host: hostJson(changed.answer.host),
    warnings: [...changed.answer.notes, ...changed.warnings],
    dryRun,
    files: changedFiles(changed),
  }
}

/** Every file of the change as a diff. */
export function changedFiles(changed: Changed<unknown>): FileDiff[] {
  return [...(changed.plan.dhcp?.files ?? []), ...changed.plan.bootFiles].map(renderFileDiff)
}

export type HostsAnswer = Omit<HostAnswer, 'host'> & {readonly hosts: readonly HostJson[]}

/** The same for a command that changed several. */
export function hostsAnswer(changed: Changed<{hosts: readonly Host[]}>, dryRun: boolean): HostsAnswer {
  return {hosts: changed.answer.hosts.map(hostJson), warnings: changed.warnings, dryRun, files: changedFiles(changed)}
}
