// The pxectl.ini of a new lab: every setting with its meaning, so that the file is its own manual.
import {settingNames, settingTable, type SettingName} from './setting-table.js'
import {setIniValue} from './ini-lines.js'

const HEAD = '; Settings of a pxectl lab. Relative paths are relative to this file. See: pxectl config list\n'

/** The text of a new pxectl.ini: the given values, the defaults of the rest. */
export function renderIni(values: Partial<Record<SettingName, string>>): string {
  const sections = new Map<string, SettingName[]>()
  for (const name of settingNames) {
    const section = name.slice(0, name.indexOf('.'))
    sections.set(section, [...(sections.get(section) ?? []), name])
  }
  let text = HEAD
  for (const [section, names] of sections) {
    text += `\n[${section}]\n`
    for (const name of names) {
      text += `; ${settingTable[name].summary}\n${name.slice(section.length + 1)} = ${settingTable[name].default}`.trimEnd() + '\n'
    }
  }
  return Object.entries(values).reduce((written, [name, value]) => setIniValue(written, name, value), text)
}
