import {Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {renderFindings} from '../../src/cli/finding-text.js'
import {checkDhcp} from '../../src/operations/check-dhcp.js'

export default class DhcpCheck extends BaseCommand {
  static override summary = 'check the DHCP configuration for what `dhcpd -t` does not see'
  static override description =
    'Duplicate names, MAC and IP addresses (through includes), addresses off their subnet or inside a dynamic range, hosts of\n' +
    'the lab that are missing or different, boot files that are wrong or come in the wrong order, a second server, and what\n' +
    'dhcpd itself says; each with its place and what to do. Exit status 7 where an error is found.'
  static override examples = ['<%= config.bin %> dhcp check', '<%= config.bin %> dhcp check --wire', '<%= config.bin %> dhcp check --json']
  static override flags = {
    resolve: Flags.boolean({description: 'look up names that stand where addresses should', default: true, allowNo: true}),
    wire: Flags.boolean({description: "ask on the lab's interface whether another DHCP server answers (needs root)", default: false}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DhcpCheck)
    const answer = await checkDhcp(await this.openLab(flags), {resolve: flags.resolve, wire: flags.wire})
    this.print(renderFindings(answer.findings))
    if (!answer.ok) this.setExitStatus('invalidData')
    return answer
  }
}
