import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {askDhcpFromFile} from '../../src/operations/ask-dhcp.js'

/** Not for people: `dhcp migrate --prove` starts it on its private network. */
export default class DhcpAsk extends BaseCommand {
  static override hidden = true
  static override enableJsonFlag = false
  static override summary = 'ask a DHCP server the questions of a file (internal: a part of `dhcp migrate --prove`)'
  static override examples = ['<%= config.bin %> dhcp ask questions.json']
  static override args = {questions: Args.string({required: true, description: 'the file with the questions'})}

  async run(): Promise<void> {
    const {args} = await this.parse(DhcpAsk)
    await askDhcpFromFile(args.questions, (line) => this.print(JSON.stringify(line)))
  }
}
