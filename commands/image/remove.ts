import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeFlags} from '../../src/cli/flags.js'
import {withProgress} from '../../src/cli/progress.js'
import {confirm} from '../../src/cli/prompts.js'
import {removeImage} from '../../src/operations/remove-image.js'

export default class ImageRemove extends BaseCommand {
  static override summary = 'remove an image and all its files'
  static override description =
    'Refused while hosts boot it, or while it is boot.default, or where it was filled by hand: --force removes it nonetheless.'
  static override examples = ['<%= config.bin %> image remove debian11', '<%= config.bin %> image remove debian11 --force --yes']
  static override args = {name: Args.string({description: 'the image, by name', required: true})}
  static override flags = {
    ...changeFlags,
    force: Flags.boolean({description: 'even if it is in use, or was filled by hand', default: false}),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(ImageRemove)
    const lab = await this.openLab(flags)
    const options = {force: flags.force, dryRun: flags['dry-run']}
    // Nobody should be asked about an image that is not there, or cannot go.
    const planned = await removeImage(lab, args.name, {...options, dryRun: true})
    await confirm(`Remove ${args.name} and all its files?`, {assume: flags.yes || options.dryRun || this.jsonEnabled()})
    const quiet = this.jsonEnabled() || options.dryRun
    const answer = options.dryRun
      ? planned
      : await withProgress(`remove ${args.name}`, {quiet}, (onProgress) => removeImage(lab, args.name, {...options, onProgress}))
    this.warnings(answer.warnings)
    this.print(`${options.dryRun ? 'would remove' : 'removed'} ${args.name}`)
    return answer
  }
}
