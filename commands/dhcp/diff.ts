import {BaseCommand} from '../../src/cli/base-command.js'
import {renderDiffs} from '../../src/cli/change-text.js'
import {diffDhcp} from '../../src/operations/apply-dhcp.js'

export default class DhcpDiff extends BaseCommand {
  static override summary = 'show what `dhcp apply` would change in the DHCP configuration'
  static override description =
    'A unified diff, in colour on a terminal (NO_COLOR and --no-color are heeded). Prints nothing where the configuration says\n' +
    'what the host database and the settings say.'
  static override examples = ['<%= config.bin %> dhcp diff', '<%= config.bin %> dhcp diff --json']

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DhcpDiff)
    const difference = await diffDhcp(await this.openLab(flags))
    this.warnings(difference.warnings)
    this.print(renderDiffs(difference.files, {colour: this.usesColour()}))
    return difference
  }
}
