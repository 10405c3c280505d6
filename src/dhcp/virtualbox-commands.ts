// From one state of a DHCP server of VirtualBox to another: the words of VBoxManage. Pure. So a change, its undoing and a rollback
// are the same thing.
import {GLOBAL, type Section, type ServerState} from './virtualbox-state.js'

/** Characters of one command: below the longest command line of any system (32 KiB on Windows). */
const LONGEST_COMMAND = 20_000
/** Of one section in a command: a group may have a thousand members. */
const SETTINGS_PER_SECTION = 200

/** What `VBoxManage` is to be called with, in this order; none where the states are the same. */
export function commandsBetween(network: string, from: ServerState, to: ServerState): string[][] {
  const old = new Map(from.map((section) => [section.selector, section]))
  const wanted = new Set(to.map(({selector}) => selector))
  const steps = [
    ...from.filter(({selector}) => !wanted.has(selector)).map(({selector}) => [...selectorWords(selector), '--remove-config']),
    ...to.flatMap(({selector, settings}) => {
      const before = old.get(selector)
      const changes = settingWords(before?.settings ?? [], settings)
      const pieces = before === undefined && changes.length === 0 ? [[]] : inPieces(changes)
      return pieces.map((piece) => [...selectorWords(selector), ...piece.flat()])
    }),
  ]
  const commands: string[][] = []
  let room = 0
  for (const words of steps) {
    const length = words.join(' ').length + 1
    if (length > room) {
      commands.push(['dhcpserver', 'modify', `--network=${network}`])
      room = LONGEST_COMMAND
    }
    commands.at(-1)?.push(...words)
    room -= length
  }
  return commands
}

function inPieces<T>(all: readonly T[]): T[][] {
  const count = Math.ceil(all.length / SETTINGS_PER_SECTION)
  return Array.from({length: count}, (_, index) => all.slice(index * SETTINGS_PER_SECTION, (index + 1) * SETTINGS_PER_SECTION))
}

/** The network's own settings stand behind --network, which every command begins with. */
function selectorWords(selector: string): string[] {
  if (selector.startsWith('--network=')) return []
  // A group's name may hold blanks.
  return selector.startsWith('--vm=') ? selector.split(' ') : [selector]
}

/** The words for each setting that differs. */
function settingWords(before: readonly string[], after: readonly string[]): string[][] {
  const replaced = new Set(after.map(keyOf))
  const gone = before.filter((setting) => !after.includes(setting) && !replaced.has(keyOf(setting)))
  const come = after.filter((setting) => !before.includes(setting))
  return [...gone.map(inverse).filter((words) => words.length > 0), ...come.map(split)]
}

/** `--set-opt=67 pxelinux.0` is two words, whatever blanks are in the value. */
function split(setting: string): string[] {
  const [, option, value] = /^(--set-opt(?:-hex)?=\d+) (.*)$/.exec(setting) ?? []
  return option === undefined || value === undefined ? [setting] : [option, value]
}

/** Settings with the same key replace each other. */
function keyOf(setting: string): string {
  const option = /^--set-opt(?:-hex)?=(\d+)/.exec(setting)?.[1]
  if (option !== undefined) return `option ${option}`
  const single = /^(--(?:fixed-address|\w+-lease-time|server-ip|netmask|lower-ip|upper-ip))=/.exec(setting)?.[1]
  return single ?? setting
}

function inverse(setting: string): string[] {
  const [, name = '', value = ''] = /^--([\w-]+)=?(\S*)/.exec(setting) ?? []
  if (name.startsWith('set-opt')) return [`--del-opt=${value}`]
  if (name === 'force-opt' || name === 'suppress-opt') return [`--un${name}=${value}`]
  if (name === 'fixed-address') return ['--fixed-address=']
  // 0 stands for "default" (seen with 7.2.22).
  if (name.endsWith('-lease-time')) return [`--${name}=0`]
  if (/^(?:incl|excl)-/.test(name)) return [setting.replace(/^--(?:incl|excl)-/, '--del-')]
  // Of enable and disable, and of the addresses, the other state has its own.
  return []
}

/**
 * Is this a state on the way from one to the other? Nothing in it is of neither, and nothing is missing that both have.
 * A VBoxManage that was killed may leave such a one.
 */
export function isBetween(now: ServerState, before: ServerState, after: ServerState): boolean {
  const [mine, old, wanted] = [factsOf(now), factsOf(before), factsOf(after)]
  return [...mine].every((fact) => old.has(fact) || wanted.has(fact)) && [...old].every((fact) => !wanted.has(fact) || mine.has(fact))
}

function factsOf(state: ServerState): Set<string> {
  return new Set(state.flatMap(({selector, settings}: Section) => [selector, ...settings.map((setting) => `${selector}\n${setting}`)]))
}

/** The settings of the global section. */
export function globalSettings(state: ServerState): readonly string[] {
  return state.find(({selector}) => selector === GLOBAL)?.settings ?? []
}
