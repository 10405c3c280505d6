import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeFlags} from '../../src/cli/flags.js'
import {confirm} from '../../src/cli/prompts.js'
import {removeMachines} from '../../src/operations/list-machines.js'

export default class MachineRemove extends BaseCommand {
  static override summary = 'forget what is known of machines; they themselves are left alone'
  static override examples = ['<%= config.bin %> machine remove tk2', '<%= config.bin %> machine remove tk2 tk3 --yes --json']
  static override strict = false
  static override args = {name: Args.string({description: 'the machines, by name', required: true})}
  static override flags = {...changeFlags}

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(MachineRemove)
    const lab = await this.openLab(flags)
    const dryRun = flags['dry-run']
    // Nobody should be asked about a machine that is not there.
    const machines = await removeMachines(lab, argv as string[], {dryRun: true})
    await confirm(`Forget ${machines.join(', ')}?`, {assume: flags.yes || dryRun || this.jsonEnabled()})
    if (!dryRun) await removeMachines(lab, machines, {dryRun})
    this.print(`${dryRun ? 'would forget' : 'forgot'} ${machines.join(', ')}`)
    return {machines, dryRun}
  }
}
