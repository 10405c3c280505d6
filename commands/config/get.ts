import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {getSetting} from '../../src/operations/edit-settings.js'

export default class ConfigGet extends BaseCommand {
  static override summary = 'print one setting'
  static override examples = ['<%= config.bin %> config get dhcp.config']
  static override args = {name: Args.string({description: 'section.key', required: true})}

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(ConfigGet)
    const setting = await getSetting(this.labOptions(flags), args.name)
    this.print(setting.text)
    return {setting}
  }
}
