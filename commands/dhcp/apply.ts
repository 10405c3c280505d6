import {Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {renderChange} from '../../src/cli/change-text.js'
import {changeFlags} from '../../src/cli/flags.js'
import {withProgress} from '../../src/cli/progress.js'
import {bootOptionsScopes} from '../../src/lab/settings.js'
import {applyDhcp} from '../../src/operations/apply-dhcp.js'

export default class DhcpApply extends BaseCommand {
  static override summary = 'make the DHCP configuration say what the host database and the settings say'
  static override description =
    'Only what differs is changed, where it stands. The new file is tested, swapped in, and the server restarted and looked\n' +
    'after; if it does not come up, the old file is put back and the server restarted with it.'
  static override examples = ['<%= config.bin %> dhcp apply', '<%= config.bin %> dhcp apply --boot-options subnet --dry-run']
  static override flags = {
    ...changeFlags,
    'boot-options': Flags.option({
      options: bootOptionsScopes,
      description: 'where next-server and filename are declared, this time (default: the setting dhcp.boot-options)',
    })(),
    restart: Flags.boolean({description: 'restart the DHCP server', default: true, allowNo: true}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DhcpApply)
    const scope = flags['boot-options']
    const lab = await this.openLab(flags, scope === undefined ? {} : {'dhcp.boot-options': scope})
    const dryRun = flags['dry-run']
    const difference = await withProgress('apply DHCP', {quiet: this.jsonEnabled() || dryRun}, (onProgress) =>
      applyDhcp(lab, {dryRun, restart: flags.restart, onProgress}),
    )
    this.warnings(difference.warnings)
    const paths = difference.files.map((file) => file.path).join(', ')
    this.print(
      difference.changed
        ? renderChange({
            dryRun,
            done: `changed ${paths}`,
            would: `would change ${paths}`,
            files: difference.files,
            colour: this.usesColour(),
          })
        : 'nothing to change',
    )
    return {...difference, dryRun}
  }
}
