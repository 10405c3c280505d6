// Manual pages in the man(7) language: pxectl(1), one page for each topic or single command, and pxectl.ini(5).
import {exitCodes} from '../errors.js'
import {settingNames, settingTable} from '../lab/setting-table.js'
import {ownFlags, usageOf, type CommandFacts, type FlagFacts} from './command-facts.js'
import {flagText, withOptions} from './reference-page.js'

export type ManualFacts = {
  readonly version: string
  readonly summary: string
  readonly commands: readonly CommandFacts[]
  /** Topic → what it is about. */
  readonly topics: ReadonlyMap<string, string>
}

/** File name → text. */
export function manualPages(facts: ManualFacts): Map<string, string> {
  const pages = new Map([
    ['pxectl.1', mainPage(facts)],
    ['pxectl.ini.5', settingsPage(facts)],
  ])
  for (const [name, commands] of groupCommands(facts.commands)) {
    const summary = facts.topics.get(name) ?? commands[0]?.summary ?? ''
    pages.set(`pxectl-${name}.1`, commandPage(facts, {name, summary, commands}))
  }
  return pages
}

/** The commands of a topic share a page, which the first word names. */
function groupCommands(commands: readonly CommandFacts[]): Map<string, CommandFacts[]> {
  const groups = new Map<string, CommandFacts[]>()
  for (const command of commands) {
    const [first = ''] = command.words.split(' ')
    groups.set(first, [...(groups.get(first) ?? []), command])
  }
  return groups
}

function mainPage(facts: ManualFacts): string {
  const {summary, commands} = facts
  const globals = new Map(commands.flatMap(({flags}) => flags.filter(({isGlobal}) => isGlobal).map((flag) => [flag.spelling, flag])))
  return lines([
    head('pxectl', 1, facts),
    section('NAME', paragraph('pxectl - netbooted labs from one command line')),
    section('SYNOPSIS', ['.B pxectl', '.I command', '[\\fIarguments\\fR] [\\fIflags\\fR]']),
    section('DESCRIPTION', [
      ...paragraph(summary),
      '.PP',
      ...paragraph(
        'A new lab begins with pxectl init, which asks on a terminal; pxectl doctor tells what keeps a lab from booting a machine.',
      ),
    ]),
    section(
      'COMMANDS',
      commands.flatMap((command) => ['.TP', `.B ${roff(command.words)}`, ...paragraph(command.summary)]),
    ),
    section('GLOBAL FLAGS', [...globals.values()].flatMap(flagLines)),
    section(
      'EXIT STATUS',
      Object.entries(exitMeanings).flatMap(([kind, meaning]) => [
        '.TP',
        `.B ${exitCodes[kind as keyof typeof exitCodes]}`,
        ...paragraph(meaning),
      ]),
    ),
    section(
      'ENVIRONMENT',
      ENVIRONMENT.flatMap(([name, meaning]) => ['.TP', `.B ${roff(name)}`, ...paragraph(meaning)]),
    ),
    section('FILES', [
      '.TP',
      '.I pxectl.ini',
      ...paragraph(
        'the settings of a lab; found by --config, PXECTL_CONFIG, upward from the working folder, then $XDG_CONFIG_HOME/pxectl and /etc/pxectl',
      ),
    ]),
    section('SEE ALSO', seeAlso(['pxectl.ini(5)', ...[...groupCommands(commands).keys()].map((name) => `pxectl-${name}(1)`)])),
  ])
}

const exitMeanings: Record<keyof typeof exitCodes, string> = {
  ok: 'done, or nothing to do',
  bug: 'a bug of pxectl',
  usage: 'usage: an unknown flag, a bad value',
  notFound: 'not found: no such host, no lab here',
  conflict: 'conflict: a name or address is taken, a file changed meanwhile; with plan: something differs',
  external: 'another program refused',
  environment: 'environment: a missing program or privilege, a port in use, a full disk',
  invalidData: 'a file is broken',
}

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['PXECTL_CONFIG', 'the settings file, as --config'],
  ['PXECTL_SECTION_KEY', 'a setting of pxectl.ini, e.g. PXECTL_NETWORK_SERVER; it wins over the file'],
  ['NO_COLOR', 'no colours'],
]

function commandPage(facts: ManualFacts, page: {name: string; summary: string; commands: readonly CommandFacts[]}): string {
  const {name, summary, commands} = page
  const single = commands.length === 1 ? commands[0] : undefined
  const usage = commands.flatMap((command, index) => [
    ...(index === 0 ? [] : ['.br']),
    `.B pxectl ${roff(usageOf(command))}`,
    '[\\fIflags\\fR]',
  ])
  return lines([
    head(`pxectl-${name}`, 1, facts),
    section('NAME', paragraph(`pxectl-${name} - ${summary}`)),
    section('SYNOPSIS', usage),
    ...(single === undefined
      ? commands.map((command) =>
          section(`pxectl ${command.words}`.toUpperCase(), [...paragraph(command.summary), ...body(command, false)]),
        )
      : [section('DESCRIPTION', body(single, true))]),
    section('SEE ALSO', seeAlso(['pxectl(1)', 'pxectl.ini(5)'])),
  ])
}

function body(command: CommandFacts, isFirst: boolean): string[] {
  return [
    ...(command.description === undefined ? [] : [...(isFirst ? [] : ['.PP']), ...paragraph(command.description)]),
    ...(command.aliases.length === 0 ? [] : ['.PP', ...paragraph(`Also typed pxectl ${command.aliases.join(', pxectl ')}.`)]),
    ...command.args.flatMap(({name, summary, options}) => ['.TP', `.I ${roff(name)}`, ...paragraph(withOptions(summary || name, options))]),
    ...ownFlags(command).flatMap(flagLines),
    ...(command.examples.length === 0 ? [] : ['.PP', 'Examples:', '.PP', '.nf', '.RS', ...command.examples.map(roff), '.RE', '.fi']),
  ]
}

function flagLines(flag: FlagFacts): string[] {
  const {spelling, char, value} = flag
  const name = `\\fB${char === undefined ? '' : `\\-${char}\\fR, \\fB`}${roff(`--${spelling}`)}\\fR`
  return ['.TP', `${name}${value === undefined ? '' : ` \\fI${roff(value)}\\fR`}`, ...paragraph(flagText(flag))]
}

function settingsPage(facts: ManualFacts): string {
  const sections = [...new Set(settingNames.map((name) => name.split('.')[0] ?? ''))]
  return lines([
    head('pxectl.ini', 5, facts),
    section('NAME', paragraph('pxectl.ini - settings of a lab of pxectl')),
    section('DESCRIPTION', [
      ...paragraph(
        'An INI file that pxectl init writes. A flag wins over the environment (PXECTL_SECTION_KEY), that over the file, that over the default. Relative paths are relative to the file. An unknown key or a bad value is an error that names the line.',
      ),
    ]),
    ...sections.map((name) => section(`[${name}]`, settingLines(name))),
    section('SEE ALSO', seeAlso(['pxectl(1)', 'pxectl-config(1)', 'pxectl-init(1)'])),
  ])
}

function settingLines(sectionName: string): string[] {
  return settingNames
    .filter((name) => name.startsWith(`${sectionName}.`))
    .flatMap((name) => {
      const {summary, default: preset} = settingTable[name]
      return [
        '.TP',
        `.B ${roff(name.slice(sectionName.length + 1))}`,
        ...paragraph(preset === '' ? summary : `${summary} (default: ${preset})`),
      ]
    })
}

function head(name: string, chapter: 1 | 5, {version}: ManualFacts): string[] {
  return [`.TH "${roff(name).toUpperCase()}" "${chapter}" "" "pxectl ${version}" "pxectl"`]
}

function section(title: string, text: readonly string[]): string[] {
  return [`.SH "${roff(title)}"`, ...text]
}

/** `.BR a (1),` lines. */
function seeAlso(names: readonly string[]): string[] {
  return names.map((name, index) => {
    const [page = '', chapter = ''] = name.slice(0, -1).split('(')
    return `.BR ${roff(page)} (${chapter})${index === names.length - 1 ? '' : ','}`
  })
}

function lines(parts: readonly (readonly string[])[]): string {
  return `${parts.flat().join('\n')}\n`
}

const LINE_BYTES = 78

/** Running text, in lines that fit a screen of roff. */
function paragraph(text: string): string[] {
  const wrapped: string[] = []
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const escaped = roff(word)
    const last = wrapped.at(-1)
    if (last !== undefined && last.length + 1 + escaped.length <= LINE_BYTES) wrapped[wrapped.length - 1] = `${last} ${escaped}`
    else wrapped.push(escaped)
  }
  return wrapped
}

/** A line of text as roff takes it: a backslash and a dash are themselves, and no line begins a request (man(7), groff_char(7)). */
export function roff(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('`', '\\(ga')
    .replaceAll("'", '\\(aq')
  return (/^[.]/.test(escaped) ? `\\&${escaped}` : escaped).replaceAll('\n', ' ').replaceAll('…', '...')
}
