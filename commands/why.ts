import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'
import {renderExplanation, renderScreenFindings} from '../src/cli/boot-text.js'
import {PxectlError} from '../src/errors.js'
import {explainBoot} from '../src/operations/explain-boot.js'
import {explainScreen} from '../src/operations/explain-screen.js'

export default class Why extends BaseCommand {
  static override summary = 'explain why a machine does not boot'
  static override description =
    'Joins what DHCP, TFTP and HTTP saw of its last boot, as `pxectl serve` keeps it and as the log of another DHCP server tells,\n' +
    'and says where it stopped: what was seen, the likely cause, what mends it, and what its own screen shows then. Exit status 0\n' +
    'whatever is found. With --screen: what a text on the screen of any machine means.'
  static override examples = [
    '<%= config.bin %> why tk2',
    '<%= config.bin %> why 08:00:27:12:34:56 --json',
    '<%= config.bin %> why tk2 --ask',
    '<%= config.bin %> why --screen PXE-E32',
  ]
  static override args = {host: Args.string({description: 'host name, or the MAC or IP address of any machine that was seen'})}
  static override flags = {
    ask: Flags.boolean({description: 'ask the DHCP server as the machine would, and look at the answer; needs root', default: false}),
    screen: Flags.string({description: 'a text on the screen of the machine, or a code such as PXE-E32', helpValue: 'TEXT'}),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(Why)
    if (flags.screen !== undefined) {
      const answer = explainScreen(flags.screen)
      this.print(renderScreenFindings(answer.findings))
      return answer
    }
    if (args.host === undefined) throw hostMissing()
    const lab = await this.openLab(flags)
    const answer = await explainBoot(lab, args.host, {nowMs: Date.now(), ask: flags.ask})
    this.warnings(answer.warnings)
    this.print(renderExplanation(answer))
    return answer
  }
}

function hostMissing(): PxectlError {
  return new PxectlError('why needs a host, or a text of its screen', {
    code: 'HOST_MISSING',
    kind: 'usage',
    suggestions: ['pxectl why tk2', 'pxectl why --screen PXE-E32', 'pxectl host list'],
  })
}
