import {BaseCommand} from '../src/cli/base-command.js'
import {complete} from '../src/cli/completion.js'
import {FILES_MARK} from '../src/cli/completion-scripts.js'
import {completeValues} from '../src/operations/complete-values.js'

export default class Complete extends BaseCommand {
  static override summary = 'print what can stand where the cursor is; for the scripts of `autocomplete`'
  static override hidden = true
  static override examples = ['<%= config.bin %> complete -- host show tk']
  static override strict = false

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(Complete)
    const words = argv.map(String)
    const commands = this.config.commands.map(({id, aliases, hidden, flags: known}) => ({
      id,
      aliases,
      hidden,
      flags: Object.values(known).map((flag) => ({
        name: flag.name,
        char: flag.char,
        type: flag.type,
        allowNo: flag.type === 'boolean' && flag.allowNo === true,
        options: flag.type === 'option' ? (flag.options ?? []) : [],
      })),
    }))
    const {words: own, values} = complete(words, commands)
    const named = values === undefined || values === 'files' ? [] : await completeValues(values, this.labOptions(flags))
    const typed = words.at(-1) ?? ''
    const candidates = [...own, ...named].filter((candidate) => candidate.startsWith(typed))
    this.print(values === 'files' && own.length === 0 ? FILES_MARK : candidates.join('\n'))
    return {candidates}
  }
}
