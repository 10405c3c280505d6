// pxectl.ini line by line: where each key stands, and changing one value without touching any other byte.
// (Reading the values is the `ini` package's work; it forgets lines and comments.)

export type IniKey = {
  /** `section.key`. */
  readonly name: string
  /** Counted from 1. */
  readonly line: number
}

const SECTION = /^\s*\[([^\]]*)\]/
const KEY = /^\s*([^=;#\s[][^=]*?)\s*(?:=|$)/

/** Every key of the file with its line, in order. */
export function findIniKeys(text: string): IniKey[] {
  let section = ''
  const keys: IniKey[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const header = SECTION.exec(line)
    if (header) section = (header[1] ?? '').trim()
    else {
      const key = KEY.exec(line)?.[1]
      if (key !== undefined) keys.push({name: section === '' ? key : `${section}.${key}`, line: index + 1})
    }
  }
  return keys
}

/** The text with `section.key` set: its line changed where it stands, else added at the end of its section, else a new section. */
export function setIniValue(text: string, name: string, value: string): string {
  const [section = '', key = ''] = splitName(name)
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const written = `${key} = ${escapeValue(value)}`
  const lines = text.split(/\r?\n/)
  const standing = findIniKeys(text)
    .filter((found) => found.name === name)
    .at(-1)
  if (standing !== undefined) {
    const old = lines[standing.line - 1] ?? ''
    const comment = /\s+[;#].*$/.exec(old)?.[0] ?? ''
    lines[standing.line - 1] = `${/^\s*/.exec(old)?.[0] ?? ''}${written}${comment}`.trimEnd()
    return lines.join(eol)
  }
  const header = lines.findIndex((line) => SECTION.exec(line)?.[1]?.trim() === section)
  if (header === -1) return [...trimBlankEnd(lines), '', `[${section}]`, written, ''].join(eol).replace(/^(?:\r?\n)+/, '')
  const nextHeader = lines.findIndex((line, index) => index > header && SECTION.test(line))
  const sectionEnd = trimBlankEnd(lines.slice(0, nextHeader === -1 ? lines.length : nextHeader)).length
  lines.splice(sectionEnd, 0, written)
  return lines.at(-1) === '' ? lines.join(eol) : lines.join(eol) + eol
}

function splitName(name: string): [string, string] {
  const dot = name.indexOf('.')
  return [name.slice(0, dot), name.slice(dot + 1)]
}

/** The `ini` package ends a value at an unescaped `;` or `#`. */
function escapeValue(value: string): string {
  return value.replace(/[;#]/g, String.raw`\$&`)
}

function trimBlankEnd(lines: readonly string[]): string[] {
  const last = lines.findLastIndex((line) => line.trim() !== '')
  return lines.slice(0, last + 1)
}
