import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeFlags} from '../../src/cli/flags.js'
import {interruptible} from '../../src/cli/interruptible.js'
import {withProgress} from '../../src/cli/progress.js'
import {importRoot} from '../../src/operations/import-root.js'

export default class FsImport extends BaseCommand {
  static override summary = 'take a PXE filesystem from an archive that `fs export` wrote'
  static override examples = ['<%= config.bin %> fs import root_demo.tar', '<%= config.bin %> fs import root_lab.tar.zst --name root_lab2']
  static override args = {file: Args.string({description: 'the archive', required: true})}
  static override flags = {
    ...changeFlags,
    name: Flags.string({description: 'its name here; without it the one that it had', helpValue: 'NAME'}),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(FsImport)
    const lab = await this.openLab(flags)
    const dryRun = flags['dry-run']
    const imported = await interruptible((signal) =>
      withProgress(`import ${args.file}`, {quiet: this.jsonEnabled() || dryRun}, (onProgress) =>
        importRoot(lab, args.file, {dryRun, signal, onProgress, ...(flags.name === undefined ? {} : {name: flags.name})}),
      ),
    )
    this.warnings(imported.warnings)
    this.print(`${dryRun ? 'would import' : 'imported'} ${imported.name}; next: pxectl add-host HOST --root ${imported.name}`)
    return imported
  }
}
