// What the commands have in common that do something to VMs.
import type {Lab} from '../lab/open-lab.js'
import {runVms, type RanVms, type VmWork} from '../operations/run-vms.js'
import {toErrorJson} from './error-report.js'
import {withProgress} from './progress.js'
import {parseFilter} from './vm-flags.js'

type RunFlags = Parameters<typeof parseFilter>[1] & {
  readonly all: boolean
  readonly 'dry-run': boolean
  readonly parallel?: number
  readonly delay?: number
}

/** Runs it with progress on stderr. */
export function runVmsCommand(lab: Lab, names: readonly string[], work: VmWork, flags: RunFlags, quiet: boolean): Promise<RanVms> {
  const {all, parallel = 4, delay = 0} = flags
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
  return withProgress(`${work.kind} ${all ? 'VMs' : names.join(', ')}`, {quiet}, (onProgress) =>
    runVms(lab, {...parseFilter(names, flags), foreign: !all}, work, {
      all,
      parallel,
      delayMs: delay * 1000,
      dryRun: flags['dry-run'],
      now: () => new Date(),
      sleep,
      onProgress,
    }),
  )
}

/** The whole answer for scripts. */
export function ranJson(ran: RanVms, dryRun: boolean): Record<string, unknown> {
  return {...ran, failures: ran.failures.map(({name, error}) => ({name, ...toErrorJson(error)})), dryRun}
}
