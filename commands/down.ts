import {BaseCommand} from '../src/cli/base-command.js'
import {changeFlags} from '../src/cli/flags.js'
import {labFileArgs, labFileRequest} from '../src/cli/lab-file-flags.js'
import {renderPlan, renderUp} from '../src/cli/lab-file-text.js'
import {runLabFile} from '../src/cli/run-lab-file.js'
import {downLabFile} from '../src/operations/up-lab-file.js'

export default class Down extends BaseCommand {
  static override summary = 'remove what a lab file made'
  static override description =
    'Virtual machines, hosts, images, loaders and settings that `up` made are removed, settings set back. What was there before, or was\n' +
    'added by other commands, stays.'
  static override examples = ['<%= config.bin %> down', '<%= config.bin %> down lab.yaml --yes', '<%= config.bin %> down --dry-run']
  static override strict = false
  static override args = labFileArgs
  static override flags = {...changeFlags}

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(Down)
    const request = labFileRequest(argv, this.labOptions(flags))
    const result = await runLabFile({
      title: 'down',
      question: 'Remove all this?',
      dryRun: flags['dry-run'],
      assume: flags.yes || this.jsonEnabled(),
      quiet: this.jsonEnabled(),
      show: (plan) => this.note(renderPlan(plan)),
      work: (options) => downLabFile(request, options),
    })
    this.warnings(result.warnings)
    this.print(renderUp(result))
    return result
  }
}
