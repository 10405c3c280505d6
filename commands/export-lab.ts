import {Flags} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'
import {exportLab, writeExport} from '../src/operations/export-lab.js'

export default class ExportLab extends BaseCommand {
  static override summary = 'write a lab file from the lab as it is'
  static override description =
    'Settings that are no defaults, images, PXE filesystems, hosts, virtual machines. Secrets are not written: what needs one is told on stderr.'
  static override examples = ['<%= config.bin %> export-lab > lab.yaml', '<%= config.bin %> export-lab --output lab.yaml']
  static override flags = {output: Flags.string({char: 'o', description: 'file to write (default: stdout)', helpValue: 'FILE'})}

  async run(): Promise<unknown> {
    const {flags} = await this.parse(ExportLab)
    const exported = await exportLab(await this.openLab(flags), this.labOptions(flags), () => new Date())
    const path = flags.output === undefined ? null : await writeExport(exported, flags.output)
    this.warnings(exported.warnings)
    this.print(path === null ? exported.text.trimEnd() : `wrote ${path}`)
    return {...exported, path}
  }
}
