import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {renderPinged} from '../../src/cli/wake-text.js'
import {pingHosts} from '../../src/operations/ping-hosts.js'

export default class HostPing extends BaseCommand {
  static override summary = 'ask which hosts answer'
  static override description =
    'Sends one ICMP echo request to each host; to all hosts where none is named. Exit status 5 where one does not answer.'
  static override examples = ['<%= config.bin %> host ping', '<%= config.bin %> host ping tk2 tk3 --json']
  static override strict = false
  static override args = {name: Args.string({description: 'the hosts, by name; all where none is named'})}
  static override flags = {
    timeout: Flags.integer({
      description: 'how long a host may take, in milliseconds',
      default: 1000,
      min: 100,
      max: 60_000,
      helpValue: 'MILLISECONDS',
    }),
  }

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(HostPing)
    const answer = await pingHosts(await this.openLab(flags), argv as string[], {timeoutMs: flags.timeout})
    this.print(renderPinged(answer.hosts))
    if (answer.hosts.some(({alive}) => !alive)) this.setExitStatus('external')
    return answer
  }
}
