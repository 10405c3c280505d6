import {Flags} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'
import {demoText} from '../src/cli/demo-text.js'
import {canPrompt} from '../src/cli/prompts.js'
import {untilSignal} from '../src/cli/until-signal.js'
import {runDemo} from '../src/operations/demo.js'
import {withDemoFolder} from '../src/operations/demo-folder.js'

export default class DemoCommand extends BaseCommand {
  static override summary = 'make a lab on loopback, serve it, and have a host netboot over real packets'
  static override description =
    'Needs no root, no DHCP server and no hypervisor; nothing leaves this machine. On a terminal the lab stays served until\n' +
    'Ctrl-C; otherwise, or with --once, it ends after the boot test. Exit status 0 only if the host booted.'
  static override examples = ['<%= config.bin %> demo', '<%= config.bin %> demo --dir demo-lab --once']
  static override flags = {
    dir: Flags.string({description: 'make the lab in this folder and keep it (default: a temporary folder, removed at the end)'}),
    once: Flags.boolean({description: 'end after the boot test', default: false}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DemoCommand)
    return withDemoFolder(flags.dir, async (folder) => {
      const demo = await runDemo(
        folder,
        demoText((line) => this.print(line)),
      )
      try {
        this.print(`\n${demo.bootTest.ok ? 'The host booted.' : 'The host did not boot.'}`)
        if (!demo.bootTest.ok) this.setExitStatus('external')
        if (!flags.once && !this.jsonEnabled() && canPrompt()) {
          this.print(`Still serving; try: pxectl host list --config ${demo.configPath}   (stop with Ctrl-C)`)
          await untilSignal()
        }
      } finally {
        await demo.close()
      }
      const {configPath, host, standIns, bootTest} = demo
      return {configPath, host, standIns, bootTest}
    })
  }
}
