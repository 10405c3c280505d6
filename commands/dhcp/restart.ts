import {BaseCommand} from '../../src/cli/base-command.js'
import {withProgress} from '../../src/cli/progress.js'
import {restartDhcp} from '../../src/operations/restart-dhcp.js'

export default class DhcpRestart extends BaseCommand {
  static override summary = 'restart the DHCP server, if its configuration is good, and look whether it lives'
  static override examples = ['<%= config.bin %> dhcp restart']

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DhcpRestart)
    const lab = await this.openLab(flags)
    const answer = await withProgress('restart DHCP', {quiet: this.jsonEnabled()}, (onProgress) => restartDhcp(lab, {onProgress}))
    this.warnings(answer.warnings)
    this.print(answer.restarted ? 'restarted' : 'not restarted')
    return answer
  }
}
