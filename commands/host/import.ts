import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {renderChange} from '../../src/cli/change-text.js'
import {changeFlags} from '../../src/cli/flags.js'
import {withProgress} from '../../src/cli/progress.js'
import {hostsAnswer} from '../../src/operations/host-answer.js'
import {importFormats, importHosts} from '../../src/operations/import-hosts.js'

export default class HostImport extends BaseCommand {
  static override summary = 'add many hosts from a file, all of them or none'
  static override description =
    'CSV needs a header line with the columns name, ip and mac, and may have root, image, boot-args, firmware and dhcp. JSON\n' +
    'and YAML hold {"hosts": [...]}. A pxe.db of pxe_manager.py is only read. All bad rows are listed, and then none is imported.'
  static override examples = ['<%= config.bin %> host import hosts.csv --dry-run', '<%= config.bin %> host import old/pxe.db --update']
  static override args = {file: Args.string({description: 'the file', required: true})}
  static override flags = {
    ...changeFlags,
    format: Flags.option({options: importFormats, description: 'format of the file (default: by its content and ending)'})(),
    update: Flags.boolean({description: 'change hosts that are there already, instead of refusing', default: false}),
    restart: Flags.boolean({description: 'restart the DHCP server', default: true, allowNo: true}),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(HostImport)
    const lab = await this.openLab(flags)
    const dryRun = flags['dry-run']
    const options = {dryRun, restart: flags.restart, update: flags.update, format: flags.format, now: () => new Date()}
    const changed = await withProgress(`import ${args.file}`, {quiet: this.jsonEnabled() || dryRun}, (onProgress) =>
      importHosts(lab, args.file, {...options, onProgress}),
    )
    const {added, updated, notes} = changed.answer
    const answer = {...hostsAnswer(changed, dryRun), added, updated}
    this.warnings([...notes, ...answer.warnings])
    const counts = `${added} hosts, changed ${updated}`
    this.print(renderChange({dryRun, done: `added ${counts}`, would: `would have added ${counts}`, files: answer.files}))
    return {...answer, warnings: [...notes, ...answer.warnings]}
  }
}
