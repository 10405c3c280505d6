import {Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {renderUnknownClients} from '../../src/cli/boot-text.js'
import {renderHostTable} from '../../src/cli/host-text.js'
import {listHosts} from '../../src/operations/list-hosts.js'
import {listUnknownClients} from '../../src/operations/list-unknown-clients.js'
import {pingHosts} from '../../src/operations/ping-hosts.js'

export default class HostList extends BaseCommand {
  static override summary = 'list the hosts of the lab'
  static override description =
    'With --unknown: machines that knocked and are no hosts, the last one first. With --alive: also which hosts answer a ping now.'
  static override examples = [
    '<%= config.bin %> host list',
    '<%= config.bin %> host list --json',
    '<%= config.bin %> host list --alive',
    '<%= config.bin %> host list --unknown',
  ]
  static override flags = {
    unknown: Flags.boolean({description: 'machines that were seen and are no hosts', default: false, exclusive: ['alive']}),
    alive: Flags.boolean({description: 'ping all hosts, and say who answers', default: false}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(HostList)
    const lab = await this.openLab(flags)
    if (flags.unknown) {
      const answer = await listUnknownClients(lab)
      this.print(renderUnknownClients(answer.clients))
      return answer
    }
    const {hosts, warnings} = await listHosts(lab)
    this.warnings(warnings)
    if (!flags.alive) {
      this.print(renderHostTable(hosts))
      return {hosts, warnings}
    }
    const alive = new Map((await pingHosts(lab, [])).hosts.map((pinged) => [pinged.name, pinged.alive]))
    const asked = hosts.map((host) => ({...host, alive: alive.get(host.name) ?? false}))
    this.print(renderHostTable(asked))
    return {hosts: asked, warnings}
  }
}
