import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {choiceFlags, parseFilter} from '../../src/cli/vm-flags.js'
import {renderVmTable} from '../../src/cli/vm-text.js'
import {listVms} from '../../src/operations/list-vms.js'

export default class VmList extends BaseCommand {
  static override summary = 'list the virtual machines of this lab: their states, addresses, and what differs from what was wanted'
  static override examples = [
    '<%= config.bin %> vm list',
    '<%= config.bin %> vm list "node-*" --state running --json',
    '<%= config.bin %> vm list --all --on rack1',
  ]
  static override strict = false
  static override args = {name: Args.string({description: 'names, or patterns with * and ?'})}
  static override flags = {
    ...choiceFlags,
    all: Flags.boolean({description: 'also those that pxectl did not make', default: false}),
  }

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(VmList)
    const answer = await listVms(await this.openLab(flags), {...parseFilter(argv as string[], flags), foreign: flags.all}, new Date())
    this.print(renderVmTable(answer.vms))
    this.warnings(answer.warnings)
    return answer
  }
}
