import {BaseCommand} from '../../src/cli/base-command.js'
import {renderTable} from '../../src/cli/table.js'
import {listSettings} from '../../src/operations/edit-settings.js'

export default class ConfigList extends BaseCommand {
  static override summary = 'list all settings with their values and where those come from'
  static override examples = ['<%= config.bin %> config list', '<%= config.bin %> config list --json']

  async run(): Promise<unknown> {
    const {flags} = await this.parse(ConfigList)
    const answer = await listSettings(this.labOptions(flags))
    this.print(
      renderTable(
        ['SETTING', 'VALUE', 'FROM', 'MEANING'],
        answer.settings.map(({name, text, origin, summary}) => [name, text, origin, summary]),
      ),
    )
    return answer
  }
}
