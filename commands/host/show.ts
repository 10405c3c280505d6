import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {renderHost} from '../../src/cli/host-text.js'
import {showHost} from '../../src/operations/list-hosts.js'

export default class HostShow extends BaseCommand {
  static override summary = 'show one host'
  static override examples = ['<%= config.bin %> host show tk2', '<%= config.bin %> host show 08:00:27:12:34:56 --json']
  static override args = {host: Args.string({description: 'name, MAC address or IP address', required: true})}

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(HostShow)
    const answer = await showHost(await this.openLab(flags), args.host)
    this.print(renderHost(answer.host))
    return answer
  }
}
