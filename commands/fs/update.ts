import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeFlags} from '../../src/cli/flags.js'
import {renderUpdated} from '../../src/cli/fs-text.js'
import {interruptible} from '../../src/cli/interruptible.js'
import {withSteps} from '../../src/cli/step-list.js'
import {updateRoot} from '../../src/operations/update-root.js'

export default class FsUpdate extends BaseCommand {
  static override summary = 'upgrade the packages of a PXE filesystem'
  static override description =
    'apt upgrades a copy, which takes the place of the root when it is complete; hosts get it when they boot next.\n' +
    'Whatever fails before that leaves the root as it was. With the style nfs, what a host writes meanwhile is not in the copy.'
  static override examples = ['<%= config.bin %> fs update root_demo', '<%= config.bin %> fs update root_demo --dry-run']
  static override args = {name: Args.string({description: 'the PXE filesystem, by name', required: true})}
  static override flags = {...changeFlags}

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(FsUpdate)
    const lab = await this.openLab(flags)
    const dryRun = flags['dry-run']
    const updated = await interruptible((signal) =>
      withSteps(`update ${args.name}`, {quiet: this.jsonEnabled() || dryRun}, (report) =>
        updateRoot(lab, args.name, {dryRun, signal, ...report, now: () => new Date()}),
      ),
    )
    this.warnings(updated.warnings)
    this.print(renderUpdated(updated, flags.verbose))
    return updated
  }
}
