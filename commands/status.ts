import {BaseCommand} from '../src/cli/base-command.js'
import {labFileArgs, labFileRequest} from '../src/cli/lab-file-flags.js'
import {renderStatus} from '../src/cli/lab-file-text.js'
import {labFileStatus} from '../src/operations/lab-file-status.js'

export default class Status extends BaseCommand {
  static override summary = 'show how every part of a lab file stands in the lab'
  static override examples = ['<%= config.bin %> status', '<%= config.bin %> status lab.yaml --json']
  static override strict = false
  static override args = labFileArgs

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(Status)
    const status = await labFileStatus(labFileRequest(argv, this.labOptions(flags)), () => new Date())
    this.warnings(status.warnings)
    this.print(renderStatus(status))
    return status
  }
}
