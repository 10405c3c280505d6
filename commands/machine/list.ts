import {BaseCommand} from '../../src/cli/base-command.js'
import {renderMachineTable} from '../../src/cli/machine-text.js'
import {listMachines} from '../../src/operations/list-machines.js'

export default class MachineList extends BaseCommand {
  static override summary = 'list the machines that were probed, with the age of what is known'
  static override examples = ['<%= config.bin %> machine list', '<%= config.bin %> machine list --json']

  async run(): Promise<unknown> {
    const {flags} = await this.parse(MachineList)
    const answer = await listMachines(await this.openLab(flags), new Date())
    this.print(renderMachineTable(answer.machines))
    this.warnings(answer.warnings)
    return answer
  }
}
