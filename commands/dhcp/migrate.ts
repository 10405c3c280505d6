import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {renderProof} from '../../src/cli/proof-text.js'
import {proveOnTerminal} from '../../src/cli/prove-run.js'
import {migrateDhcp, type Migrated} from '../../src/operations/migrate-dhcp.js'

export default class DhcpMigrate extends BaseCommand {
  static override summary = 'convert a dhcpd.conf, with all it includes, to a configuration of Kea'
  static override description =
    'Hosts, subnets, shared networks, pools, classes, conditions, options and lease times. What has no counterpart in Kea is\n' +
    'listed with file and line. Prints the configuration, or writes it to a new file; neither server is touched.\n\n' +
    '--prove starts the real dhcpd with the old and the real Kea with the new configuration, each on a private network of its\n' +
    'own, asks both for every known host and for an unknown machine (as BIOS, UEFI, HTTP boot, iPXE and operating system), and\n' +
    'tells what they answer differently. Exit status 5 where they differ.'
  static override examples = [
    '<%= config.bin %> dhcp migrate isc kea',
    '<%= config.bin %> dhcp migrate isc kea --from /etc/dhcp/dhcpd.conf --output kea-dhcp4.conf --prove',
    '<%= config.bin %> dhcp migrate isc kea --prove --client 00:80:77:12:34:56 --json',
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
    prove: Flags.boolean({description: 'ask both daemons whether they answer the same (needs root, Linux, dhcpd and Kea)', default: false}),
    client: Flags.string({
      description: 'with --prove: one more machine to ask for, by its MAC address; may be given several times',
      helpValue: 'MAC',
      multiple: true,
      dependsOn: ['prove'],
    }),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DhcpMigrate)
    const lab = flags.from !== undefined && flags.interface !== undefined ? undefined : await this.openLab(flags)
    const options = {
      from: flags.from ?? lab?.settings.dhcp.config ?? '/etc/dhcp/dhcpd.conf',
      output: flags.output,
      interface: flags.interface ?? lab?.settings.network.interface,
      dryRun: flags['dry-run'],
    }
    const answer = flags.prove
      ? await proveOnTerminal({quiet: this.jsonEnabled(), lab, clients: flags.client ?? []}, (prove) => migrateDhcp({...options, prove}))
      : await migrateDhcp(options)
    this.tell(answer, flags['dry-run'])
    if (answer.proof?.ok === false) this.setExitStatus('external')
    return answer
  }

  private tell({output, text, proof, unconverted, warnings, from}: Migrated, isDryRun: boolean): void {
    const left = unconverted.map(({file, line, statement, reason}) => `${file}:${line}: not converted: ${statement} (${reason})`)
    this.warnings([...warnings, ...left])
    this.print(output === null ? text.trimEnd() : `${isDryRun ? 'would write' : 'wrote'} ${output}`)
    if (this.jsonEnabled()) return
    // Without --output, stdout is the configuration and nothing else.
    if (proof !== null && output !== null) this.print(renderProof(proof))
    else
      this.note(
        proof === null
          ? `To ask both daemons whether they answer the same, as root: pxectl dhcp migrate isc kea --from ${from} --prove`
          : renderProof(proof),
      )
  }
}
