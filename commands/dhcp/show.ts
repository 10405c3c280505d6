import {BaseCommand} from '../../src/cli/base-command.js'
import {showDhcp} from '../../src/operations/show-dhcp.js'

export default class DhcpShow extends BaseCommand {
  static override summary = 'print what is to be declared in the DHCP server, as dhcpd.conf text'
  static override description =
    'From the host database and the settings alone; for what the file says now, see `dhcp check` and `dhcp diff`.'
  static override examples = ['<%= config.bin %> dhcp show', '<%= config.bin %> dhcp show --json']

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DhcpShow)
    const answer = await showDhcp(await this.openLab(flags))
    this.print(answer.text.trimEnd())
    return answer
  }
}
