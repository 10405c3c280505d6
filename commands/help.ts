import {Args, loadHelpClass} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'

export default class HelpCommand extends BaseCommand {
  static override summary = 'show help for pxectl or one of its commands'
  static override examples = ['<%= config.bin %> help', '<%= config.bin %> help add-host', '<%= config.bin %> help dhcp apply']
  static override strict = false
  static override enableJsonFlag = false
  static override args = {command: Args.string({description: 'the command'})}

  async run(): Promise<void> {
    const {argv} = await this.parse(HelpCommand)
    const words = argv as string[]
    const id = words.join(':')
    const isKnown = words.length === 0 || this.config.findCommand(id) !== undefined || this.config.findTopic(id) !== undefined
    if (!isKnown) return void (await this.config.runHook('command_not_found', {id, argv: []}))
    const Help = await loadHelpClass(this.config)
    await new Help(this.config, this.config.pjson.oclif['helpOptions']).showHelp(id === '' ? [] : [id])
  }
}
