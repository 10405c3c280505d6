import {Args, Flags} from '@oclif/core'
import {changeFlags} from '../../src/cli/flags.js'
import {confirm} from '../../src/cli/prompts.js'
import {choiceFlags} from '../../src/cli/vm-flags.js'
import {VmRunCommand} from '../../src/cli/vm-run.js'
import type {RanVms} from '../../src/operations/run-vms.js'

export default class VmRemove extends VmRunCommand {
  static override summary = 'remove virtual machines with their disks; their hosts stay'
  static override description = 'A VM that pxectl did not make is only removed with --yes. One that runs is only removed with --force.'
  static override examples = ['<%= config.bin %> vm remove tk2vm', '<%= config.bin %> vm remove "node-*" --force --yes --json']
  static override strict = false
  static override args = {name: Args.string({description: 'names, or patterns with * and ?'})}
  static override flags = {
    ...changeFlags,
    ...choiceFlags,
    force: Flags.boolean({description: 'cut the power of a running one first', default: false}),
  }

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(VmRemove)
    const lab = await this.openLab(flags)
    const remove = (dryRun: boolean): Promise<RanVms> =>
      this.runVms(
        lab,
        argv as string[],
        {kind: 'remove', force: flags.force, foreign: flags.yes},
        {...flags, 'dry-run': dryRun, parallel: 1},
        this.jsonEnabled() || dryRun,
      )
    // Nobody should be asked about a VM that is not there, or cannot go.
    const planned = await remove(true)
    const names = planned.vms.map(({name}) => name)
    if (names.length > 0)
      await confirm(`Remove ${names.join(', ')} with all that is on its disks?`, {
        assume: flags.yes || flags['dry-run'] || this.jsonEnabled(),
      })
    const ran = flags['dry-run'] ? planned : await remove(false)
    return this.report('remove', ran, flags['dry-run'])
  }
}
