import {Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {exportFormats, exportHosts} from '../../src/operations/export-hosts.js'

export default class HostExport extends BaseCommand {
  static override summary = 'write the hosts as CSV, JSON or YAML'
  static override examples = [
    '<%= config.bin %> host export > hosts.csv',
    '<%= config.bin %> host export --format yaml --output hosts.yaml',
  ]
  static override flags = {
    format: Flags.option({options: exportFormats, description: 'format', default: 'csv' as const})(),
    output: Flags.string({char: 'o', description: 'file to write (default: stdout)', helpValue: 'FILE'}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(HostExport)
    const answer = await exportHosts(await this.openLab(flags), flags.format, flags.output)
    this.print(answer.path === null ? answer.text.trimEnd() : `wrote ${answer.hosts.length} hosts to ${answer.path}`)
    return answer
  }
}
