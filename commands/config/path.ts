import {BaseCommand} from '../../src/cli/base-command.js'
import {openSettings} from '../../src/lab/open-lab.js'

export default class ConfigPath extends BaseCommand {
  static override summary = 'print which pxectl.ini is used'
  static override examples = ['<%= config.bin %> config path']

  async run(): Promise<unknown> {
    const {flags} = await this.parse(ConfigPath)
    const {configPath} = await openSettings(this.labOptions(flags))
    this.print(configPath)
    return {path: configPath}
  }
}
