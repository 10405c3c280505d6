import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {toErrorJson} from '../../src/cli/error-report.js'
import {changeFlags} from '../../src/cli/flags.js'
import {withProgress} from '../../src/cli/progress.js'
import {parseFilter, placeFlags} from '../../src/cli/vm-flags.js'
import {renderMended, renderVmFailures} from '../../src/cli/vm-text.js'
import {syncVms} from '../../src/operations/sync-vms.js'

export default class VmSync extends BaseCommand {
  static override summary = 'mend what differs between this lab and its hypervisors'
  static override description =
    'A VM that was changed by hand gets its own values again, or keeps the new ones with --adopt; one whose host has another MAC address\n' +
    'by now gets that; one that its hypervisor no longer has is forgotten. vm list shows what differs.'
  static override examples = ['<%= config.bin %> vm sync', '<%= config.bin %> vm sync tk2vm --adopt --dry-run']
  static override strict = false
  static override args = {name: Args.string({description: 'names, or patterns with * and ? (default: every VM)'})}
  static override flags = {
    'dry-run': changeFlags['dry-run'],
    ...placeFlags,
    adopt: Flags.boolean({description: 'take what the hypervisors have for what is wanted', default: false}),
  }

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(VmSync)
    const lab = await this.openLab(flags)
    const dryRun = flags['dry-run']
    const answer = await withProgress('sync', {quiet: this.jsonEnabled()}, (onProgress) =>
      syncVms(
        lab,
        {...parseFilter(argv as string[], flags), foreign: false},
        {adopt: flags.adopt, dryRun, now: () => new Date(), onProgress},
      ),
    )
    this.print(renderMended(answer.mended, dryRun))
    this.warnings(answer.warnings)
    if (answer.failures.length > 0 && !this.jsonEnabled()) this.note(renderVmFailures(answer.failures))
    for (const {error} of answer.failures.slice(0, 1)) this.setExitStatus(error.kind)
    return {...answer, failures: answer.failures.map(({name, error}) => ({name, ...toErrorJson(error)})), dryRun}
  }
}
