import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeFlags} from '../../src/cli/flags.js'
import {renderExported} from '../../src/cli/fs-text.js'
import {interruptible} from '../../src/cli/interruptible.js'
import {withProgress} from '../../src/cli/progress.js'
import {exportRoot} from '../../src/operations/export-root.js'

export default class FsExport extends BaseCommand {
  static override summary = 'write a PXE filesystem into one tar archive'
  static override description = 'For another server, where `pxectl fs import` takes it, or to keep.'
  static override examples = [
    '<%= config.bin %> fs export root_demo root_demo.tar',
    '<%= config.bin %> fs export root_lab root_lab.tar.zst',
  ]
  static override args = {
    name: Args.string({description: 'the PXE filesystem, by name', required: true}),
    file: Args.string({description: 'the archive: .tar, .tar.gz, .tar.xz or .tar.zst', required: true}),
  }
  static override flags = {...changeFlags, force: Flags.boolean({description: 'replace the file', default: false})}

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(FsExport)
    const lab = await this.openLab(flags)
    const dryRun = flags['dry-run']
    const exported = await interruptible((signal) =>
      withProgress(`export ${args.name}`, {quiet: this.jsonEnabled() || dryRun}, (onProgress) =>
        exportRoot(lab, args.name, args.file, {force: flags.force, dryRun, signal, onProgress}),
      ),
    )
    this.print(renderExported(exported))
    return exported
  }
}
