import {randomInt} from 'node:crypto'
import {Flags} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'
import {hypervisors} from '../src/lab/settings.js'
import {chooseMacs} from '../src/operations/choose-host-values.js'

export default class MacCommand extends BaseCommand {
  static override summary = 'generate unused MAC addresses'
  static override description = 'The prefix is the one of the hypervisor: 08:00:27 VirtualBox, 00:50:56 VMware, 52:54:00 QEMU.'
  static override examples = ['<%= config.bin %> mac', '<%= config.bin %> mac --hypervisor vmware --count 3']
  static override flags = {
    hypervisor: Flags.option({options: hypervisors, description: 'whose prefix to use (default: the setting vm.hypervisor)'})(),
    count: Flags.integer({char: 'n', description: 'how many', default: 1, min: 1, max: 10_000}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(MacCommand)
    const lab = await this.openLab(flags)
    const macs = await chooseMacs(lab, flags.hypervisor ?? lab.settings.vm.hypervisor, flags.count, randomInt)
    this.print(macs.join('\n'))
    return {macs}
  }
}
