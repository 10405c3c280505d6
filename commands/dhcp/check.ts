import {BaseCommand} from '../../src/cli/base-command.js'
import {renderFindings} from '../../src/cli/finding-text.js'
import {checkDhcp} from '../../src/operations/check-dhcp.js'

export default class DhcpCheck extends BaseCommand {
  static override summary = 'check the DHCP configuration for what `dhcpd -t` does not see'
  static override description =
    'Duplicate names, MAC and IP addresses (through includes), addresses off their subnet or inside a dynamic range, hosts of\n' +
    'the lab that are missing or different, and what dhcpd itself says. Exit status 7 where an error is found.'
  static override examples = ['<%= config.bin %> dhcp check', '<%= config.bin %> dhcp check --json']

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DhcpCheck)
    const answer = await checkDhcp(await this.openLab(flags))
    this.print(renderFindings(answer.findings))
    if (!answer.ok) this.setExitStatus('invalidData')
    return answer
  }
}
