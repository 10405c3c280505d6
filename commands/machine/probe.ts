import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {toErrorJson} from '../../src/cli/error-report.js'
import {renderProbed, renderProbeFailures} from '../../src/cli/machine-text.js'
import {withProgress} from '../../src/cli/progress.js'
import {probeMachines} from '../../src/operations/probe-machines.js'

export default class MachineProbe extends BaseCommand {
  static override summary = 'ask machines about their CPUs and memory, by ssh, and remember the answers'
  static override description =
    'ssh never asks for anything here: a key must let you in, and the machine must be in your known hosts. ~/.ssh/config counts.\n' +
    'localhost, and the name of this machine, need no ssh. With several machines the exit status is that of the first that failed.'
  static override examples = [
    '<%= config.bin %> machine probe tk2',
    '<%= config.bin %> machine probe tk2 tk3 --remote-user root --json',
    '<%= config.bin %> machine probe localhost',
  ]
  static override strict = false
  static override args = {host: Args.string({description: 'names, addresses, or aliases of ~/.ssh/config', required: true})}
  static override flags = {
    'remote-user': Flags.string({description: 'user there; without it, as ~/.ssh/config says, else your name here', helpValue: 'root'}),
    port: Flags.integer({description: 'port of its ssh server; without it, as ~/.ssh/config says, else 22', min: 1, max: 65_535}),
    timeout: Flags.integer({description: 'seconds that one machine may take', default: 20, min: 1, max: 3600}),
    'dry-run': Flags.boolean({description: 'ask, but remember nothing', default: false, helpGroup: 'GLOBAL'}),
  }

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(MachineProbe)
    const lab = await this.openLab(flags)
    const dryRun = flags['dry-run']
    const options = {
      ...(flags['remote-user'] === undefined ? {} : {user: flags['remote-user']}),
      ...(flags.port === undefined ? {} : {port: flags.port}),
      timeoutMs: flags.timeout * 1000,
      now: new Date(),
      dryRun,
    }
    const answer = await withProgress('probe', {quiet: this.jsonEnabled()}, (onProgress) =>
      probeMachines(lab, argv as string[], {...options, onProgress}),
    )
    this.print(renderProbed(answer.machines))
    this.warnings(answer.warnings)
    if (answer.failures.length > 0 && !this.jsonEnabled()) this.note(renderProbeFailures(answer.failures))
    for (const {error} of answer.failures.slice(0, 1)) this.setExitStatus(error.kind)
    return {...answer, failures: answer.failures.map(({name, error}) => ({name, ...toErrorJson(error)})), dryRun}
  }
}
