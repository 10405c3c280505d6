// One iPXE command line into words, as src/core/exec.c of iPXE does it: split at spaces, then `${…}` expanded in each word.

/** Commands of one line with the operator after each. */
export type IpxeCommand = {readonly words: readonly string[]; readonly then: '&&' | '||' | ';' | undefined}

/** Splits a line; a word that begins with `#` ends it. Nothing is expanded yet: iPXE does that just before a command runs. */
export function splitIpxeLine(line: string): IpxeCommand[] {
  const commands: IpxeCommand[] = []
  let words: string[] = []
  for (const word of line.split(/\s+/).filter((part) => part !== '')) {
    if (word.startsWith('#')) break
    if (word === '&&' || word === '||' || word === ';') {
      commands.push({words, then: word})
      words = []
    } else words.push(word)
  }
  return [...commands, {words, then: undefined}]
}

/** Replaces `${name}` and `${name:type}` until there is none left; what is not known is empty. */
export function expandIpxe(word: string, settings: ReadonlyMap<string, string>): string {
  let text = word
  // The innermost first, and what came out of an expansion is expanded again. The bound ends a setting that names itself.
  for (let round = 0; round < 100; round++) {
    const match = /\$\{([^{}]*)\}/.exec(text)
    if (match === null) return text
    const [name = '', type] = (match[1] ?? '').split(':')
    text = text.slice(0, match.index) + formatSetting(settings.get(name) ?? '', type) + text.slice(match.index + match[0].length)
  }
  return text
}

/** Only addresses are kept here, as text with colons or dots. */
function formatSetting(value: string, type: string | undefined): string {
  switch (type) {
    case 'hexhyp':
      return value.replaceAll(':', '-')
    case 'hexraw':
      return value.replaceAll(':', '')
    case 'uristring':
      return encodeURIComponent(value)
    default:
      return value
  }
}

/** The options and the rest of a command's words: `--name initrd`, `--name=initrd`, `-n initrd`; flags have the value ''. */
export function parseIpxeOptions(words: readonly string[]): {options: Map<string, string>; rest: string[]} {
  const options = new Map<string, string>()
  let at = 0
  for (; at < words.length && /^-./.test(words[at] ?? ''); at++) {
    const [name = '', value] = (words[at] ?? '').replace(/^--?/, '').split(/=(.*)/s)
    const long = SHORT_OPTIONS[name] ?? name
    options.set(long, value ?? (VALUED_OPTIONS.has(long) ? (words[++at] ?? '') : ''))
  }
  return {options, rest: words.slice(at)}
}

const SHORT_OPTIONS: Readonly<Record<string, string>> = {n: 'name', t: 'timeout', d: 'default', k: 'key', m: 'menu'}
const VALUED_OPTIONS = new Set(['name', 'timeout', 'default', 'key', 'menu', 'drive', 'retimeout'])
