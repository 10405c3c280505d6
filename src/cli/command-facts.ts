// What the program says about its commands, as plain values: for the manual pages, docs/reference.md and README's table, which so cannot differ.
import type {Command} from '@oclif/core'

export type ArgFacts = {readonly name: string; readonly summary: string; readonly isRequired: boolean; readonly options: readonly string[]}

export type FlagFacts = {
  /** Without the dashes; with `[no-]` before it where that may be. */
  readonly spelling: string
  readonly char: string | undefined
  /** What stands for its value, e.g. `FILE` or `bios|uefi`; none for a switch. */
  readonly value: string | undefined
  readonly summary: string
  /** As typed; none where the command decides, or for a switch. */
  readonly default: string | undefined
  readonly isMultiple: boolean
  /** One of those that most commands have: --config, --json … */
  readonly isGlobal: boolean
}

export type CommandFacts = {
  /** As typed after `pxectl`: `host list`. */
  readonly words: string
  readonly aliases: readonly string[]
  readonly args: readonly ArgFacts[]
  /** Takes more words than it has arguments. */
  readonly takesMore: boolean
  readonly summary: string
  readonly description: string | undefined
  /** Sorted by name; the global ones last. */
  readonly flags: readonly FlagFacts[]
  /** Whole command lines; a comment may follow after `#`. */
  readonly examples: readonly string[]
}

/** Of those that are meant for people, by name. */
export function commandFacts(commands: readonly Command.Cached[]): CommandFacts[] {
  return commands
    .filter(({hidden}) => hidden !== true)
    .map(factsOf)
    .sort((a, b) => (a.words < b.words ? -1 : 1))
}

/** `add-host [NAME]` */
export function usageOf({words, args}: Pick<CommandFacts, 'words' | 'args'>): string {
  return [words, ...args.map(({name, isRequired}) => (isRequired ? name : `[${name}]`))].join(' ')
}

/** Without those that most commands have. */
export function ownFlags({flags}: Pick<CommandFacts, 'flags'>): FlagFacts[] {
  return flags.filter(({isGlobal}) => !isGlobal)
}

function factsOf(command: Command.Cached): CommandFacts {
  const words = (id: string): string => id.replaceAll(':', ' ')
  return {
    words: words(command.id),
    aliases: command.aliases.map(words),
    args: Object.values(command.args).map((arg) => ({
      name: arg.name.toUpperCase(),
      summary: arg.description ?? '',
      isRequired: arg.required === true,
      options: arg.options ?? [],
    })),
    takesMore: command.strict === false,
    summary: command.summary ?? '',
    description: command.description,
    flags: Object.values(command.flags)
      .map(flagFacts)
      .sort((a, b) => Number(a.isGlobal) - Number(b.isGlobal) || (a.spelling < b.spelling ? -1 : 1)),
    examples: (command.examples ?? []).map((example) =>
      (typeof example === 'string' ? example : example.command).replaceAll('<%= config.bin %>', 'pxectl'),
    ),
  }
}

function flagFacts(flag: Command.Cached['flags'][string]): FlagFacts {
  const isSwitch = flag.type === 'boolean'
  const hasDefault = !isSwitch && ['string', 'number'].includes(typeof flag.default)
  return {
    spelling: `${isSwitch && flag.allowNo === true ? '[no-]' : ''}${flag.name}`,
    char: flag.char,
    value: isSwitch ? undefined : (flag.options?.join('|') ?? valueName(flag.helpValue) ?? 'VALUE'),
    summary: flag.name === 'json' ? 'the answer as one JSON object on stdout' : (flag.description ?? ''),
    default: hasDefault ? String(flag.default) : undefined,
    isMultiple: !isSwitch && flag.multiple === true,
    isGlobal: flag.helpGroup === 'GLOBAL',
  }
}

function valueName(helpValue: string | string[] | undefined): string | undefined {
  return Array.isArray(helpValue) ? helpValue[0] : helpValue
}
