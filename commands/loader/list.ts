import {BaseCommand} from '../../src/cli/base-command.js'
import {renderLoaders} from '../../src/cli/loader-text.js'
import {listLoaders} from '../../src/operations/list-loaders.js'

export default class LoaderList extends BaseCommand {
  static override summary = 'list the boot loaders that are in place, and those that could be'
  static override examples = ['<%= config.bin %> loader list']

  async run(): Promise<unknown> {
    const {flags} = await this.parse(LoaderList)
    const lab = await this.openLab(flags)
    const answer = await listLoaders({tftpRoot: lab.settings.lab.tftpRoot})
    this.warnings(answer.warnings)
    this.print(renderLoaders(answer.loaders))
    return answer
  }
}
