import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeFlags} from '../../src/cli/flags.js'
import {choiceFlags, paceFlags} from '../../src/cli/vm-flags.js'
import {ranJson, runVmsCommand} from '../../src/cli/vm-run.js'
import {renderRan, renderVmFailures} from '../../src/cli/vm-text.js'

export default class VmReset extends BaseCommand {
  static override summary = 'reset virtual machines, as their reset button does'
  static override description = 'They boot again from the network. With --all those that are off stay off.'
  static override examples = ['<%= config.bin %> vm reset tk2vm', '<%= config.bin %> vm reset --all --parallel 4 --delay 1']
  static override strict = false
  static override args = {name: Args.string({description: 'names, or patterns with * and ?'})}
  static override flags = {
    'dry-run': changeFlags['dry-run'],
    ...choiceFlags,
    ...paceFlags,
  }

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(VmReset)
    const lab = await this.openLab(flags)
    const ran = await runVmsCommand(lab, argv as string[], {kind: 'reset'}, flags, this.jsonEnabled())
    this.print(renderRan('reset', ran, flags['dry-run']))
    this.warnings(ran.warnings)
    if (ran.failures.length > 0 && !this.jsonEnabled()) this.note(renderVmFailures(ran.failures))
    for (const {error} of ran.failures.slice(0, 1)) this.setExitStatus(error.kind)
    return ranJson(ran, flags['dry-run'])
  }
}
