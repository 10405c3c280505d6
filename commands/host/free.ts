import {BaseCommand} from '../../src/cli/base-command.js'
import {freeHost} from '../../src/operations/free-host.js'

export default class HostFree extends BaseCommand {
  static override summary = 'show the next free name and address'
  static override examples = ['<%= config.bin %> host free', '<%= config.bin %> host free --json']

  async run(): Promise<unknown> {
    const {flags} = await this.parse(HostFree)
    const answer = await freeHost(await this.openLab(flags), new Date())
    this.warnings(answer.warnings)
    this.print(`${answer.name} ${answer.ip}`)
    return answer
  }
}
