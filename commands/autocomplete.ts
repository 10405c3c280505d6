import {Args} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'
import {completionHints, completionScripts, completionShells} from '../src/cli/completion-scripts.js'

export default class Autocomplete extends BaseCommand {
  static override summary = 'print what makes bash, zsh or fish complete commands, flags and names'
  static override examples = [
    'eval "$(<%= config.bin %> autocomplete bash)"',
    '<%= config.bin %> autocomplete bash > ~/.local/share/bash-completion/completions/<%= config.bin %>',
    '<%= config.bin %> autocomplete fish | source',
  ]
  static override args = {shell: Args.string({description: 'the shell', required: true, options: [...completionShells]})}

  async run(): Promise<unknown> {
    const {args} = await this.parse(Autocomplete)
    const shell = completionShells.find((one) => one === args.shell) ?? 'bash'
    const script = completionScripts[shell]
    this.print(script.trimEnd())
    if (this.isAnswerRead()) for (const hint of completionHints[shell]) this.note(hint)
    return {shell, script}
  }
}
