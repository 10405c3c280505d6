import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {renderBackups, renderChange} from '../../src/cli/change-text.js'
import {changeFlags} from '../../src/cli/flags.js'
import {withProgress} from '../../src/cli/progress.js'
import {listDhcpBackups, rollbackDhcp} from '../../src/operations/rollback-dhcp.js'

export default class DhcpRollback extends BaseCommand {
  static override summary = 'put a backup of the DHCP configuration back, tested and restarted like any change'
  static override description =
    'Every change keeps what was there before it, the last ten of each file. Without TIME the last change is taken back; with it\n' +
    'all changes from that one on. A rollback is a change, and can itself be rolled back.'
  static override examples = [
    '<%= config.bin %> dhcp rollback --list',
    '<%= config.bin %> dhcp rollback --dry-run',
    '<%= config.bin %> dhcp rollback 20261121T133502.123Z',
  ]
  static override args = {time: Args.string({description: 'the time of a backup, or the beginning of one (default: the newest)'})}
  static override flags = {
    ...changeFlags,
    list: Flags.boolean({description: 'list the backups, newest first, and change nothing', default: false}),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(DhcpRollback)
    const lab = await this.openLab(flags)
    if (flags.list) {
      const answer = await listDhcpBackups(lab)
      this.print(renderBackups(answer.backups))
      return answer
    }
    const dryRun = flags['dry-run']
    const answer = await withProgress('roll back DHCP', {quiet: this.jsonEnabled() || dryRun}, (onProgress) =>
      rollbackDhcp(lab, {time: args.time, dryRun, onProgress}),
    )
    this.warnings(answer.warnings)
    const {backup, files} = answer
    this.print(renderChange({dryRun, done: `put back ${backup}`, would: `would put back ${backup}`, files, colour: this.usesColour()}))
    return answer
  }
}
