import {Flags} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'
import {renderExamination, renderMended} from '../src/cli/doctor-text.js'
import {withProgress} from '../src/cli/progress.js'
import {examineLab} from '../src/operations/examine-lab.js'
import {mendLab} from '../src/operations/mend-lab.js'

export default class Doctor extends BaseCommand {
  static override summary = 'check everything that a host of this lab needs to boot'
  static override description =
    'The network, the TFTP root, boot loaders, images, hosts, the servers and the DHCP configuration; each finding has what\n' +
    'mends it. Nothing is changed without --fix, which does what is safe (a missing TFTP root or menu, missing loaders) and looks again;\n' +
    'with --dry-run it only says what it would do. Exit status 0 only if the lab can boot a host, else 6.'
  static override examples = [
    '<%= config.bin %> doctor',
    'sudo <%= config.bin %> doctor --wire',
    '<%= config.bin %> doctor --fix',
    '<%= config.bin %> doctor --json',
  ]
  static override flags = {
    'dry-run': Flags.boolean({
      description: 'with --fix: say what would be mended',
      // Neither has a default: oclif takes one for given.
      dependsOn: ['fix'],
      helpGroup: 'GLOBAL',
    }),
    fix: Flags.boolean({description: 'mend what is safe to mend'}),
    resolve: Flags.boolean({description: 'look up names that stand where addresses should', default: true, allowNo: true}),
    wire: Flags.boolean({description: "ask on the lab's interface whether another DHCP server answers (needs root)", default: false}),
    timeout: Flags.integer({description: 'seconds that a server may take to answer', default: 3, min: 1, max: 60}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Doctor)
    const lab = await this.openLab(flags)
    const examine = () =>
      withProgress('doctor', {quiet: this.jsonEnabled()}, (onProgress) =>
        examineLab(lab, {resolve: flags.resolve, wire: flags.wire, timeoutMs: flags.timeout * 1000, onProgress}),
      )
    const before = await examine()
    const mended = flags.fix ? await mendLab(lab, before, {dryRun: flags['dry-run'] ?? false}) : []
    const answer = mended.some(({outcome}) => outcome === 'done') ? await examine() : before
    this.print([...mended.map(renderMended), renderExamination(answer)].join('\n'))
    if (!answer.ok) this.setExitStatus('environment')
    return flags.fix ? {...answer, mended} : answer
  }
}
