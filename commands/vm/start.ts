import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeFlags} from '../../src/cli/flags.js'
import {choiceFlags, paceFlags} from '../../src/cli/vm-flags.js'
import {ranJson, runVmsCommand} from '../../src/cli/vm-run.js'
import {renderRan, renderVmFailures} from '../../src/cli/vm-text.js'

export default class VmStart extends BaseCommand {
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
    const ran = await runVmsCommand(
      lab,
      argv as string[],
      {kind: 'start', display: flags.gui ? 'gui' : 'headless'},
      flags,
      this.jsonEnabled(),
    )
    this.print(renderRan('start', ran, flags['dry-run']))
    this.warnings(ran.warnings)
    if (ran.failures.length > 0 && !this.jsonEnabled()) this.note(renderVmFailures(ran.failures))
    for (const {error} of ran.failures.slice(0, 1)) this.setExitStatus(error.kind)
    return ranJson(ran, flags['dry-run'])
  }
}
