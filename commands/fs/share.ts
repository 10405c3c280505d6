import {BaseCommand} from '../../src/cli/base-command.js'
import {renderChange} from '../../src/cli/change-text.js'
import {changeFlags} from '../../src/cli/flags.js'
import {renderShared} from '../../src/cli/share-text.js'
import {shareRoots} from '../../src/operations/share-roots.js'

export default class FsShare extends BaseCommand {
  static override summary = 'have the NFS server of this machine export the roots that hosts mount'
  static override description =
    'A shared root (style nfs-overlay) is exported read-only to the subnet of the lab, the root of one host (style nfs) read-write to its\n' +
    'address alone. It is done by itself when hosts change; use this after an error was mended. The file is fs.exports.'
  static override examples = ['<%= config.bin %> fs share --dry-run', '<%= config.bin %> fs share']
  static override flags = {...changeFlags}

  async run(): Promise<unknown> {
    const {flags} = await this.parse(FsShare)
    const dryRun = flags['dry-run']
    const shared = await shareRoots(await this.openLab(flags), {dryRun})
    this.warnings(shared.warnings)
    const text = renderShared(shared)
    this.print(renderChange({dryRun, done: text, would: text, files: shared.files}))
    return shared
  }
}
