import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {parseFilter, placeFlags} from '../../src/cli/vm-flags.js'
import {renderVm} from '../../src/cli/vm-text.js'
import {showVm} from '../../src/operations/list-vms.js'

export default class VmShow extends BaseCommand {
  static override summary = 'show all that is known of a virtual machine'
  static override examples = ['<%= config.bin %> vm show tk2vm', '<%= config.bin %> vm show tk2vm --json']
  static override args = {name: Args.string({description: 'the VM, by name', required: true})}
  static override flags = {...placeFlags}

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(VmShow)
    const answer = await showVm(await this.openLab(flags), args.name, new Date(), parseFilter([], flags))
    this.print(renderVm(answer.vm))
    this.warnings(answer.warnings)
    return answer
  }
}
