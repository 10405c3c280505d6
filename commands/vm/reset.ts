import {Args} from '@oclif/core'
import {changeFlags} from '../../src/cli/flags.js'
import {choiceFlags, paceFlags} from '../../src/cli/vm-flags.js'
import {VmRunCommand} from '../../src/cli/vm-run.js'

export default class VmReset extends VmRunCommand {
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
    const ran = await this.runVms(lab, argv as string[], {kind: 'reset'}, flags)
    return this.report('reset', ran, flags['dry-run'])
  }
}
