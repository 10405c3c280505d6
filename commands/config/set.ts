import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeFlags} from '../../src/cli/flags.js'
import {setSetting} from '../../src/operations/edit-settings.js'

export default class ConfigSet extends BaseCommand {
  static override summary = 'set one setting in pxectl.ini; comments and the rest stay'
  static override examples = [
    '<%= config.bin %> config set dhcp.config /etc/dhcp/dhcpd.conf',
    '<%= config.bin %> config set boot.timeout 30',
  ]
  static override args = {
    name: Args.string({description: 'section.key', required: true}),
    value: Args.string({description: 'the new value; "" empties it', required: true}),
  }
  static override flags = {...changeFlags}

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(ConfigSet)
    const change = await setSetting(this.labOptions(flags), args.name, args.value, flags['dry-run'])
    this.warnings(change.warnings)
    this.print(
      `${flags['dry-run'] ? 'would set' : 'set'} ${change.name} = ${change.after} (was ${change.before === '' ? 'empty' : change.before})`,
    )
    return change
  }
}
