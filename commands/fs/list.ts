import {BaseCommand} from '../../src/cli/base-command.js'
import {renderRootTable} from '../../src/cli/fs-text.js'
import {listRoots} from '../../src/operations/list-roots.js'

export default class FsList extends BaseCommand {
  static override summary = 'list the PXE filesystems and their templates, and who boots them'
  static override examples = ['<%= config.bin %> fs list', '<%= config.bin %> fs list --json']

  async run(): Promise<unknown> {
    const {flags} = await this.parse(FsList)
    const answer = await listRoots(await this.openLab(flags))
    this.print(renderRootTable(answer))
    this.warnings(answer.warnings)
    return answer
  }
}
