import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {migrateDhcp} from '../../src/operations/migrate-dhcp.js'

export default class DhcpMigrate extends BaseCommand {
  static override summary = 'convert a dhcpd.conf, with all it includes, to a configuration of Kea'
  static override description =
    'Hosts, subnets, shared networks, pools, classes, conditions, options and lease times. What has no counterpart in Kea is\n' +
    'listed with file and line. Prints the configuration, or writes it to a new file; neither server is touched.'
  static override examples = [
    '<%= config.bin %> dhcp migrate isc kea',
    '<%= config.bin %> dhcp migrate isc kea --from /etc/dhcp/dhcpd.conf --output kea-dhcp4.conf && kea-dhcp4 -t kea-dhcp4.conf',
  ]
  static override args = {
    from: Args.string({required: true, options: ['isc'], description: 'the server that is left'}),
    to: Args.string({required: true, options: ['kea'], description: 'the server that is wanted'}),
  }
  static override flags = {
    from: Flags.string({description: 'the dhcpd.conf; without it the setting dhcp.config', helpValue: 'FILE'}),
    output: Flags.string({description: 'write to this file, which must not be there yet', helpValue: 'FILE'}),
    interface: Flags.string({description: 'where Kea is to listen; without it network.interface', helpValue: 'eth1'}),
    'dry-run': Flags.boolean({description: 'write nothing'}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DhcpMigrate)
    const settings = flags.from !== undefined && flags.interface !== undefined ? undefined : (await this.openLab(flags)).settings
    const answer = await migrateDhcp({
      from: flags.from ?? settings?.dhcp.config ?? '/etc/dhcp/dhcpd.conf',
      output: flags.output,
      interface: flags.interface ?? settings?.network.interface,
      dryRun: flags['dry-run'],
    })
    const left = answer.unconverted.map(({file, line, statement, reason}) => `${file}:${line}: not converted: ${statement} (${reason})`)
    this.warnings([...answer.warnings, ...left])
    this.print(answer.output === null ? answer.text.trimEnd() : `wrote ${answer.output}`)
    return answer
  }
}
