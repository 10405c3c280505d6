import {BaseCommand} from '../../src/cli/base-command.js'
import {renderChange} from '../../src/cli/change-text.js'
import {changeFlags} from '../../src/cli/flags.js'
import {withProgress} from '../../src/cli/progress.js'
import {rollbackDhcp} from '../../src/operations/rollback-dhcp.js'

export default class DhcpRollback extends BaseCommand {
  static override summary = 'put the last backup of the DHCP configuration back, tested and restarted like any change'
  static override examples = ['<%= config.bin %> dhcp rollback --dry-run', '<%= config.bin %> dhcp rollback']
  static override flags = {...changeFlags}

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DhcpRollback)
    const lab = await this.openLab(flags)
    const dryRun = flags['dry-run']
    const answer = await withProgress('roll back DHCP', {quiet: this.jsonEnabled() || dryRun}, (onProgress) =>
      rollbackDhcp(lab, {dryRun, onProgress}),
    )
    this.warnings(answer.warnings)
    this.print(renderChange({dryRun, done: `put back ${answer.backup}`, would: `would put back ${answer.backup}`, files: answer.files}))
    return answer
  }
}
