// What the commands have in common that do something to VMs.
import type {Lab} from '../lab/open-lab.js'
import {runVms, type RanVms, type VmWork} from '../operations/run-vms.js'
import {BaseCommand} from './base-command.js'
import {toErrorJson} from './error-report.js'
import {withProgress} from './progress.js'
import {parseFilter} from './vm-flags.js'
import {renderRan, renderVmFailures} from './vm-text.js'

type RunFlags = Parameters<typeof parseFilter>[1] & {
  readonly all: boolean
  readonly 'dry-run': boolean
  readonly parallel?: number
  readonly delay?: number
}

export abstract class VmRunCommand extends BaseCommand {
  /** Does the work to the VMs that are named, with progress on stderr. */
  protected runVms(lab: Lab, names: readonly string[], work: VmWork, flags: RunFlags, isQuiet = this.jsonEnabled()): Promise<RanVms> {
    const {all, parallel = 4, delay = 0} = flags
    const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
    return withProgress(`${work.kind} ${all ? 'VMs' : names.join(', ')}`, {quiet: isQuiet}, (onProgress) =>
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

  /** Prints what became of them; the exit status is that of the first failure. Gives the whole answer for scripts. */
  protected report(kind: VmWork['kind'], ran: RanVms, dryRun: boolean): Record<string, unknown> {
    this.print(renderRan(kind, ran, dryRun))
    this.warnings(ran.warnings)
    const [first] = ran.failures
    if (first !== undefined) {
      if (!this.jsonEnabled()) this.note(renderVmFailures(ran.failures))
      this.setExitStatus(first.error.kind)
    }
    return {...ran, failures: ran.failures.map(({name, error}) => ({name, ...toErrorJson(error)})), dryRun}
  }
}
