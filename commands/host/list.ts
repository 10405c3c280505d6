import {BaseCommand} from '../../src/cli/base-command.js'
import {renderHostTable} from '../../src/cli/host-text.js'
import {listHosts} from '../../src/operations/list-hosts.js'

export default class HostList extends BaseCommand {
  static override summary = 'list the hosts of the lab'
  static override examples = ['<%= config.bin %> host list', '<%= config.bin %> host list --json']

  async run(): Promise<unknown> {
    const {flags} = await this.parse(HostList)
    const answer = await listHosts(await this.openLab(flags))
    this.print(renderHostTable(answer.hosts))
    this.warnings(answer.warnings)
    return answer
  }
}
