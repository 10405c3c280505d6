import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {renderMachine} from '../../src/cli/machine-text.js'
import {showMachine} from '../../src/operations/list-machines.js'

export default class MachineShow extends BaseCommand {
  static override summary = 'show what is known of a machine, and how old that is'
  static override examples = ['<%= config.bin %> machine show tk2', '<%= config.bin %> machine show tk2 --json']
  static override args = {name: Args.string({description: 'the machine, as it was probed', required: true})}

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(MachineShow)
    const answer = await showMachine(await this.openLab(flags), args.name, new Date())
    this.print(renderMachine(answer.machine))
    return answer
  }
}
