import {Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeFlags} from '../../src/cli/flags.js'
import {renderLoaders} from '../../src/cli/loader-text.js'
import {installLoaders} from '../../src/operations/install-loaders.js'

export default class LoaderInstall extends BaseCommand {
  static override summary = 'put boot loaders in place: pxelinux, iPXE, GRUB and their modules'
  static override description =
    "They come from the system's packages (Debian: ipxe, pxelinux, syslinux-common; for Secure Boot grub-efi-amd64-signed and shim-signed), or from a folder. All files of Syslinux should be of one release."
  static override examples = ['<%= config.bin %> loader install', '<%= config.bin %> loader install --from ~/ipxe/src/bin']
  static override flags = {
    ...changeFlags,
    from: Flags.string({description: 'a folder to take them from', helpValue: 'DIR'}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(LoaderInstall)
    const lab = await this.openLab(flags)
    const dryRun = flags['dry-run']
    const answer = await installLoaders({
      tftpRoot: lab.settings.lab.tftpRoot,
      dryRun,
      ...(flags.from === undefined ? {} : {from: flags.from}),
    })
    this.warnings(answer.warnings)
    this.print(renderLoaders(answer.loaders))
    return {...answer, dryRun}
  }
}
