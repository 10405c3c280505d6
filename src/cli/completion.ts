// What can stand where the cursor is, from the commands of the program alone; names of hosts and the like are asked for by kind.
// Pure: words in, candidates out.

/** A command as oclif's manifest tells it, as far as completion needs it. */
export type CompletionCommand = {
  /** `vm:create` */
  readonly id: string
  readonly aliases: readonly string[]
  readonly hidden: boolean
  readonly flags: readonly CompletionFlag[]
}

export type CompletionFlag = {
  readonly name: string
  readonly char?: string | undefined
  readonly type: 'boolean' | 'option'
  readonly allowNo: boolean
  readonly options: readonly string[]
}

export const valueKinds = ['hosts', 'vms', 'images', 'filesystems', 'machines', 'settings', 'files'] as const
export type ValueKind = (typeof valueKinds)[number]

export type Completion = {
  /** Words of the program itself. */ readonly words: readonly string[]
  /** Also names of this kind. */ readonly values?: ValueKind
}

/** `words` are those behind `pxectl`; the last one is what is being typed, and may be empty. Candidates need not begin with it. */
export function complete(words: readonly string[], commands: readonly CompletionCommand[]): Completion {
  const typed = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const known = commands
    .filter(({hidden}) => !hidden)
    .flatMap((command) => [command.id, ...command.aliases].map((id) => ({command, parts: id.split(':')})))
  const spoken = before.filter((word) => !word.startsWith('-'))
  const matched = known
    .filter(({parts}) => parts.every((part, index) => spoken[index] === part))
    .toSorted((a, b) => b.parts.length - a.parts.length)[0]
  const deeper = known.filter(({parts}) => parts.length > spoken.length && spoken.every((word, index) => parts[index] === word))
  if (matched === undefined || (deeper.length > 0 && !typed.startsWith('-') && matched.parts.length === spoken.length)) {
    const next = deeper.map(({parts}) => parts[spoken.length] ?? '')
    const own = matched === undefined ? {} : argumentOf(matched.command.id)
    return {words: [...new Set(next)].toSorted(), ...own}
  }
  const flag = flagBefore(before, matched.command)
  if (flag !== undefined) return flagValues(flag)
  if (typed.startsWith('-')) return {words: matched.command.flags.flatMap(flagWords).toSorted()}
  if (matched.command.id === 'help') return complete([...spoken.slice(1), typed], commands)
  return {words: FIXED[matched.command.id] ?? [], ...argumentOf(matched.command.id)}
}

/** The flag whose value is being typed. */
function flagBefore(before: readonly string[], {flags}: CompletionCommand): CompletionFlag | undefined {
  const last = before.at(-1) ?? ''
  return flags.find(({name, char, type}) => type === 'option' && (last === `--${name}` || (char !== undefined && last === `-${char}`)))
}

const FLAG_VALUES: Readonly<Record<string, ValueKind>> = {
  image: 'images',
  root: 'filesystems',
  on: 'machines',
  'refer-physical-machine': 'machines',
}

function flagValues({name, options}: CompletionFlag): Completion {
  if (options.length > 0) return {words: options}
  return {words: [], values: FLAG_VALUES[name] ?? 'files'}
}

function flagWords({name, allowNo}: CompletionFlag): string[] {
  return allowNo ? [`--${name}`, `--no-${name}`] : [`--${name}`]
}

/** What the arguments of a command are, by its name. */
const ARGUMENTS: readonly (readonly [pattern: RegExp, values: ValueKind])[] = [
  [/^host:(?:show|set|remove|wake|ping|token)$|^(?:boot-test|why|menu:show|vm:create)$/, 'hosts'],
  [/^vm:/, 'vms'],
  [/^image:(?:show|remove|verify)$/, 'images'],
  [/^fs:(?:show|remove|update|shell|export)$/, 'filesystems'],
  [/^machine:(?:show|remove|probe)$/, 'machines'],
  [/^config:(?:get|set)$/, 'settings'],
  [/^(?:plan|up|down|status|init|image:add|host:import|fs:import)$/, 'files'],
]

/** Words that stand for no name of the lab. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  'menu:show': ['default'],
  'menu:template': ['grub', 'ipxe', 'menu.lst', 'pxelinux'],
  'machine:probe': ['localhost'],
  'dhcp:migrate': ['isc', 'kea'],
  autocomplete: ['bash', 'fish', 'zsh'],
}

function argumentOf(id: string): {values?: ValueKind} {
  const values = ARGUMENTS.find(([pattern]) => pattern.test(id))?.[1]
  return values === undefined ? {} : {values}
}
