import {BaseCommand} from '../src/cli/base-command.js'
import {changeFlags} from '../src/cli/flags.js'
import {labFileArgs, labFileRequest} from '../src/cli/lab-file-flags.js'
import {renderPlan, renderUp} from '../src/cli/lab-file-text.js'
import {runLabFile} from '../src/cli/run-lab-file.js'
import {upLabFile} from '../src/operations/up-lab-file.js'

export default class Up extends BaseCommand {
  static override summary = 'make the lab what a lab file says'
  static override description =
    'Settings, loaders, images, hosts and virtual machines are made, changed and, where the file made them and names them no\n' +
    'longer, removed: each whole or not at all, hosts with one restart of the DHCP server. What is as the file says is left alone, so a second\n' +
    'run does nothing; an interrupted one is taken up where it ended.'
  static override examples = ['<%= config.bin %> up', '<%= config.bin %> up lab.yaml --yes', '<%= config.bin %> up --dry-run']
  static override strict = false
  static override args = labFileArgs
  static override flags = {...changeFlags}

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(Up)
    const request = labFileRequest(argv, this.labOptions(flags))
    const result = await runLabFile({
      title: 'up',
      question: 'Do this?',
      dryRun: flags['dry-run'],
      assume: flags.yes || this.jsonEnabled(),
      quiet: this.jsonEnabled(),
      show: (plan) => this.note(renderPlan(plan)),
      work: (options) => upLabFile(request, options),
    })
    this.warnings(result.warnings)
    this.print(renderUp(result))
    return result
  }
}
