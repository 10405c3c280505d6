import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {canPrompt} from '../../src/cli/prompts.js'
import {parseFilter, placeFlags} from '../../src/cli/vm-flags.js'
import {joinTerminal} from '../../src/cli/vm-console.js'
import {renderConsoles} from '../../src/cli/vm-text.js'
import {findConsoles} from '../../src/operations/console-vm.js'

export default class VmConsole extends BaseCommand {
  static override summary = 'join the serial line of a virtual machine, or say how to see its screen'
  static override description =
    'On a terminal the serial line of a running VM is joined until Ctrl-] is typed, also that of one on another machine. Elsewhere,\n' +
    'and with --print, the commands are printed that show its serial line and its screen (rdesktop, vncviewer).'
  static override examples = ['<%= config.bin %> vm console tk2vm', '<%= config.bin %> vm console tk2vm --print']
  static override args = {name: Args.string({description: 'the VM, by name', required: true})}
  static override flags = {...placeFlags, print: Flags.boolean({description: 'print the commands only', default: false})}

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(VmConsole)
    const {socket, ...found} = await findConsoles(await this.openLab(flags), args.name, parseFilter([], flags), new Date())
    if (socket === undefined || flags.print || this.jsonEnabled() || !canPrompt()) this.print(renderConsoles({...found, socket}))
    else {
      this.note(`the serial line of ${found.name}; Ctrl-] leaves it`)
      await joinTerminal(socket)
    }
    return found
  }
}
