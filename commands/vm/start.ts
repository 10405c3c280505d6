import {Args, Flags} from '@oclif/core'
import {changeFlags} from '../../src/cli/flags.js'
import {choiceFlags, paceFlags} from '../../src/cli/vm-flags.js'
import {VmRunCommand} from '../../src/cli/vm-run.js'

export default class VmStart extends VmRunCommand {
  static override summary = 'start virtual machines; they go on when you log out'
  static override description =
    'Without a window, unless --gui says otherwise. --parallel and --delay decide how much of a storm it is when many start at once.'
  static override examples = [
    '<%= config.bin %> vm start tk2vm',
    '<%= config.bin %> vm start "node-*" --parallel 8 --delay 2',
    '<%= config.bin %> vm start --all --on rack1 --json',
  ]
  static override strict = false
  static override args = {name: Args.string({description: 'names, or patterns with * and ?'})}
  static override flags = {
    'dry-run': changeFlags['dry-run'],
    ...choiceFlags,
    ...paceFlags,
    headless: Flags.boolean({description: 'without a window (the default)', default: false, exclusive: ['gui']}),
    gui: Flags.boolean({description: 'in a window', default: false}),
  }

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(VmStart)
    const lab = await this.openLab(flags)
    const ran = await this.runVms(lab, argv as string[], {kind: 'start', display: flags.gui ? 'gui' : 'headless'}, flags)
    return this.report('start', ran, flags['dry-run'])
  }
}
