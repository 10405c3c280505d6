import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {withProgress} from '../../src/cli/progress.js'
import {renderWoken} from '../../src/cli/wake-text.js'
import {wakeHosts} from '../../src/operations/wake-hosts.js'

export default class HostWake extends BaseCommand {
  static override summary = 'wake hosts by Wake-on-LAN'
  static override description =
    'Sends the magic packet three times to everybody on the wire of the lab, and to the broadcast address of its subnet. The\n' +
    'machine must have Wake-on-LAN switched on in its firmware. With --wait: until each host was seen, by our servers or by ping;\n' +
    'exit status 5 where one was not.'
  static override examples = [
    '<%= config.bin %> host wake tk2',
    '<%= config.bin %> host wake tk2 tk3 --wait --timeout 120',
    '<%= config.bin %> host wake tk2 --broadcast 10.1.2.255 --secure-on 00:11:22:33:44:55',
  ]
  static override strict = false
  static override args = {name: Args.string({description: 'the hosts, by name', required: true})}
  static override flags = {
    wait: Flags.boolean({description: 'wait until the hosts are seen', default: false}),
    timeout: Flags.integer({
      description: 'seconds to wait at most',
      default: 180,
      min: 1,
      max: 3600,
      dependsOn: ['wait'],
      helpValue: 'SECONDS',
    }),
    'secure-on': Flags.string({
      description: 'SecureOn password of the cards: six bytes, or four as an address',
      helpValue: 'PASSWORD',
      env: 'PXECTL_SECURE_ON',
    }),
    broadcast: Flags.string({
      description: 'send there instead, for example to the broadcast address of another subnet',
      helpValue: 'ADDRESS',
    }),
    port: Flags.integer({description: 'UDP port', default: 9, min: 1, max: 65_535}),
  }

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(HostWake)
    const names = argv as string[]
    const lab = await this.openLab(flags)
    const answer = await withProgress('wake', {quiet: this.jsonEnabled() || !flags.wait}, (onProgress) =>
      wakeHosts(lab, names, {
        port: flags.port,
        waitMs: flags.wait ? flags.timeout * 1000 : 0,
        onSeen: ({name, seen}) => onProgress(`${name} was seen (${seen})`),
        ...(flags.broadcast === undefined ? {} : {broadcast: flags.broadcast}),
        ...(flags['secure-on'] === undefined ? {} : {password: flags['secure-on']}),
      }),
    )
    this.warnings(answer.warnings)
    this.print(answer.hosts.map((host) => renderWoken(host, flags.wait)).join('\n'))
    if (flags.wait && answer.hosts.some(({seen}) => seen === null)) this.setExitStatus('external')
    return answer
  }
}
