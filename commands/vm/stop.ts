import {Args, Flags} from '@oclif/core'
import {changeFlags} from '../../src/cli/flags.js'
import {choiceFlags, paceFlags} from '../../src/cli/vm-flags.js'
import {VmRunCommand} from '../../src/cli/vm-run.js'

export default class VmStop extends VmRunCommand {
  static override summary = 'stop virtual machines: by their power button, or at once'
  static override description =
    'The power button asks the system on it to switch itself off; one that does not (a boot menu, an installer) needs --force.'
  static override examples = [
    '<%= config.bin %> vm stop tk2vm',
    '<%= config.bin %> vm stop tk2vm --force',
    '<%= config.bin %> vm stop --all --timeout 120',
  ]
  static override strict = false
  static override args = {name: Args.string({description: 'names, or patterns with * and ?'})}
  static override flags = {
    'dry-run': changeFlags['dry-run'],
    ...choiceFlags,
    ...paceFlags,
    force: Flags.boolean({description: 'cut the power', default: false}),
    timeout: Flags.integer({description: 'seconds that it may take to switch itself off', default: 60, min: 0, max: 3600}),
  }

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(VmStop)
    const lab = await this.openLab(flags)
    const ran = await this.runVms(lab, argv as string[], {kind: 'stop', force: flags.force, timeoutMs: flags.timeout * 1000}, flags)
    return this.report('stop', ran, flags['dry-run'])
  }
}
