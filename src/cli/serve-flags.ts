// The flags of `pxectl serve` as others need them: the settings that they stand for, and the words of a unit's ExecStart.
import type {SettingName} from '../lab/setting-table.js'

export const unitKinds = ['service', 'socket'] as const
export type UnitKind = (typeof unitKinds)[number]

/** What was parsed, as far as it is needed here. */
export type ServeFlags = {
  readonly listen?: string | undefined
  readonly 'tftp-port'?: string | undefined
  readonly 'http-port'?: string | undefined
  readonly 'dhcp-port'?: string | undefined
  readonly dhcp?: string | undefined
  readonly 'allow-other-dhcp'?: boolean | undefined
  readonly 'web-port'?: string | undefined
  readonly 'web-listen'?: string | undefined
  readonly web: boolean
  readonly http: boolean
  readonly metrics: boolean
  readonly 'log-format': string
  readonly grace: number
  readonly json?: boolean | undefined
}

export const DEFAULT_GRACE_SECONDS = 10

const SETTING_FLAGS = ['listen', 'tftp-port', 'http-port', 'dhcp-port', 'web-port', 'web-listen'] as const

/** The flags that stand for a setting of the same name. */
export function settingsOf(flags: ServeFlags): Partial<Record<SettingName, string>> {
  const given = SETTING_FLAGS.flatMap((name) => (flags[name] === undefined ? [] : [[`serve.${name}`, flags[name]] as const]))
  return Object.fromEntries(given) as Partial<Record<SettingName, string>>
}

/** The command line that says the same again, without what is the default. `--user` is the unit's own affair. */
export function wordsOf(flags: ServeFlags): string[] {
  return [
    ...([...SETTING_FLAGS, 'dhcp'] as const).flatMap((name) => (flags[name] === undefined ? [] : [`--${name}`, flags[name]])),
    ...(flags['allow-other-dhcp'] === true ? ['--allow-other-dhcp'] : []),
    ...(flags.http ? [] : ['--no-http']),
    ...(flags.web ? [] : ['--no-web']),
    ...(flags.metrics ? [] : ['--no-metrics']),
    ...(flags['log-format'] === 'text' ? [] : ['--log-format', flags['log-format']]),
    ...(flags.grace === DEFAULT_GRACE_SECONDS ? [] : ['--grace', String(flags.grace)]),
  ]
}

/** `--print-unit` without a kind means the service: oclif knows no flag whose value may be missing. */
export function withUnitKind(argv: readonly string[]): string[] {
  return argv.flatMap((word, index) => {
    const next = argv[index + 1]
    return word === '--print-unit' && (next === undefined || next.startsWith('-')) ? [word, 'service'] : [word]
  })
}

/** The words that start this program again: node, its own options (a loader of TypeScript), the script. */
export function programWords(): string[] {
  return [process.execPath, ...process.execArgv, ...process.argv.slice(1, 2)]
}
