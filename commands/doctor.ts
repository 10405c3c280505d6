import {Flags} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'
import {renderExamination} from '../src/cli/doctor-text.js'
import {withProgress} from '../src/cli/progress.js'
import {examineLab} from '../src/operations/examine-lab.js'

export default class Doctor extends BaseCommand {
  static override summary = 'check everything that a host of this lab needs to boot'
  static override description =
    'The network, the TFTP root, boot loaders, images, hosts, the servers and the DHCP configuration; each finding has what\n' +
    'mends it, and nothing is changed. Exit status 0 only if the lab can boot a host, else 6.'
  static override examples = ['<%= config.bin %> doctor', 'sudo <%= config.bin %> doctor --wire', '<%= config.bin %> doctor --json']
  static override flags = {
    resolve: Flags.boolean({description: 'look up names that stand where addresses should', default: true, allowNo: true}),
    wire: Flags.boolean({description: "ask on the lab's interface whether another DHCP server answers (needs root)", default: false}),
    timeout: Flags.integer({description: 'seconds that a server may take to answer', default: 3, min: 1, max: 60}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Doctor)
    const lab = await this.openLab(flags)
    const answer = await withProgress('doctor', {quiet: this.jsonEnabled()}, (onProgress) =>
      examineLab(lab, {resolve: flags.resolve, wire: flags.wire, timeoutMs: flags.timeout * 1000, onProgress}),
    )
    this.print(renderExamination(answer))
    if (!answer.ok) this.setExitStatus('environment')
    return answer
  }
}
