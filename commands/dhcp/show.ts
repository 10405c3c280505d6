import {Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {pasteForms, showDhcp} from '../../src/operations/show-dhcp.js'

export default class DhcpShow extends BaseCommand {
  static override summary = 'print what is to be declared in the DHCP server, in the words of that server'
  static override description =
    'From the host database and the settings alone; for what the file says now, see `dhcp check` and `dhcp diff`.\n' +
    'With --for: hosts and boot options as text to paste (isc, kea, dnsmasq), PowerShell lines (windows), VBoxManage lines (virtualbox),\n' +
    'the fields of a web page (pfsense, which is for OPNsense too), or a plain table (router).'
  static override examples = [
    '<%= config.bin %> dhcp show',
    '<%= config.bin %> dhcp show --for windows',
    '<%= config.bin %> dhcp show --json',
  ]
  static override flags = {
    for: Flags.option({options: pasteForms, description: "the server whose words are used (default: the lab's own, else isc)"})(),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DhcpShow)
    const answer = await showDhcp(await this.openLab(flags), flags.for)
    this.print(answer.text.trimEnd())
    return answer
  }
}
