import {randomBytes} from 'node:crypto'
import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changeFlags} from '../../src/cli/flags.js'
import {makeHostToken} from '../../src/operations/host-token.js'

export default class HostToken extends BaseCommand {
  static override summary = 'make a URL that gives a host its scripts with secrets, each once'
  static override description =
    'For a kickstart, a preseed or user-data with passwords in it. The files lie in secrets/NAME/ (or secrets/, for all hosts) beside\n' +
    'pxectl.ini, are served by pxectl serve under the URL alone, to the address of the host, and each of them once.'
  static override examples = [
    '<%= config.bin %> host token tk2',
    '<%= config.bin %> host set tk2 --boot-args "ds=nocloud;s=$(<%= config.bin %> host token tk2)"',
  ]
  static override args = {name: Args.string({description: 'the host', required: true})}
  static override flags = {
    'dry-run': changeFlags['dry-run'],
    hours: Flags.integer({description: 'how long it is valid', default: 24, min: 1, max: 8760}),
    'any-address': Flags.boolean({description: 'whoever knows it may use it, from any address', default: false}),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(HostToken)
    const answer = await makeHostToken(await this.openLab(flags), args.name, {
      hours: flags.hours,
      anyAddress: flags['any-address'],
      dryRun: flags['dry-run'],
      random: randomBytes,
      now: () => new Date(),
    })
    const {url, host, files, expiresAt} = answer.token
    this.print(url ?? `would make a token for ${host}, valid until ${expiresAt}, for ${files.join(', ')}`)
    return answer
  }
}
