import {Flags} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'
import {renderEvent} from '../src/cli/boot-text.js'
import {followEvents} from '../src/cli/follow-events.js'
import {readEvents} from '../src/operations/read-events.js'

export default class Events extends BaseCommand {
  static override summary = 'show what was seen of booting machines'
  static override description =
    'One line for each DHCP message, file and call-back, as `pxectl serve` keeps them, oldest first: time, machine, protocol, step\n' +
    '(asked, offered, loader, config, kernel, initrd, root, up), name, result. With --follow it goes on until Ctrl-C; then --json\n' +
    'prints one object per line.'
  static override examples = [
    '<%= config.bin %> events',
    '<%= config.bin %> events --host tk2 --follow',
    '<%= config.bin %> events --json --limit 1000',
  ]
  static override flags = {
    host: Flags.string({description: 'only those of this machine: host name, MAC or IP address'}),
    follow: Flags.boolean({char: 'f', description: 'go on with what comes', default: false}),
    limit: Flags.integer({char: 'n', description: 'the newest so many', default: 200, min: 1, max: 100_000}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Events)
    const lab = await this.openLab(flags)
    const options = {limit: flags.limit, ...(flags.host === undefined ? {} : {host: flags.host})}
    const answer = await readEvents(lab, options)
    if (flags.follow) {
      await followEvents(lab, {...options, first: answer, json: this.jsonEnabled()})
      return undefined
    }
    this.print(answer.events.length === 0 ? 'nothing was seen yet; serve the lab: pxectl serve' : answer.events.map(renderEvent).join('\n'))
    return answer
  }
}
