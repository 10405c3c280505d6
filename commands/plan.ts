import {BaseCommand} from '../src/cli/base-command.js'
import {labFileArgs, labFileRequest} from '../src/cli/lab-file-flags.js'
import {renderPlan} from '../src/cli/lab-file-text.js'
import {planLabFile} from '../src/operations/plan-lab-file.js'

export default class Plan extends BaseCommand {
  static override summary = 'show what `up` would make, change and remove for a lab file'
  static override description =
    'The lab is the one of the pxectl.ini beside the lab file, or of --config. Nothing is changed. The exit status is 0 where\n' +
    'there is nothing to do, and 4 where something differs.'
  static override examples = ['<%= config.bin %> plan', '<%= config.bin %> plan lab.yaml --json']
  static override strict = false
  static override args = labFileArgs

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(Plan)
    const plan = await planLabFile(labFileRequest(argv, this.labOptions(flags)), () => new Date())
    this.warnings(plan.warnings)
    this.print(renderPlan(plan))
    if (plan.changes.length > 0) this.setExitStatus('conflict')
    return plan
  }
}
