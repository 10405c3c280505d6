// docs/reference.md: every command with its arguments, flags and examples, in Markdown.
import {ownFlags, usageOf, type CommandFacts, type FlagFacts} from './command-facts.js'

/** README's row of a command. */
export function renderTableRow(command: CommandFacts): string {
  const flags = ownFlags(command).map(({spelling}) => `\`--${spelling}\``)
  return `| \`pxectl ${usageOf(command)}\` | ${command.summary} | ${flags.sort().join(' ')} |`
}

export function renderReference(commands: readonly CommandFacts[]): string {
  const links = commands.map(({words, summary}) => `- [pxectl ${words}](#pxectl-${words.replaceAll(' ', '-')}): ${summary}`)
  return [
    '# Every command',
    '',
    'Made from the program itself; `pxectl COMMAND --help` says the same, and so do the manual pages (`man pxectl`). Every command has `--config FILE`,',
    '`--json`, `--verbose` and `--no-color`; those that change something have `--dry-run` and `--yes`.',
    '',
    ...links,
    ...commands.flatMap((command) => ['', ...renderCommand(command)]),
    '',
  ].join('\n')
}

function renderCommand(command: CommandFacts): string[] {
  const own = ownFlags(command)
  return [
    `## pxectl ${command.words}`,
    '',
    `\`pxectl ${usageOf(command)}${own.length === 0 ? '' : ' [FLAGS]'}\`: ${command.summary}.`,
    ...(command.aliases.length === 0 ? [] : ['', `Also typed ${command.aliases.map((words) => `\`pxectl ${words}\``).join(', ')}.`]),
    ...(command.description === undefined ? [] : ['', command.description]),
    ...table(
      'argument',
      command.args.map(({name, summary, options}) => [`\`${name}\``, withOptions(summary, options)]),
    ),
    ...table(
      'flag',
      own.map((flag) => [`\`${flagWords(flag)}\``, flagText(flag)]),
    ),
    '',
    '```console',
    ...command.examples.map((example) => `$ ${example}`),
    '```',
  ]
}

function table(title: string, rows: readonly (readonly [string, string])[]): string[] {
  if (rows.length === 0) return []
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
  return ['', `| ${title} | |`, '|---|---|', ...rows.map(([name, text]) => `| ${cell(name)} | ${cell(text)} |`)]
}

/** What an argument is, with the words that it may be. */
export function withOptions(summary: string, options: readonly string[]): string {
  return options.length === 0 ? summary : `${summary}: ${options.join(', ')}`
}

/** `-y, --yes`, `--format FORMAT` */
export function flagWords({spelling, char, value}: FlagFacts): string {
  return `${char === undefined ? '' : `-${char}, `}--${spelling}${value === undefined ? '' : ` ${value}`}`
}

/** What it does, with its default and whether it may be given again. */
export function flagText(flag: FlagFacts): string {
  const notes = [flag.default === undefined ? '' : `default: ${flag.default}`, flag.isMultiple ? 'may be given more than once' : '']
  const said = notes.filter((note) => note !== '' && !flag.summary.includes(note)).join('; ')
  return said === '' ? flag.summary : `${flag.summary} (${said})`
}
