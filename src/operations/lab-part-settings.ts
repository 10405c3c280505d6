// The settings of a lab file: pxectl.ini is made where there is none, and changed key by key where there is one.
import {dirname, join, resolve} from 'node:path'
import type {Lab} from '../lab/open-lab.js'
import {isSettingName, settingTable, type SettingName} from '../lab/setting-table.js'
import type {LabSpec} from '../lab-file/spec.js'
import {listSettings, setSetting} from './edit-settings.js'
import {abandoned, type LabPart, type PartChange, type PartContext, type PlannedPart} from './lab-part.js'

/** Setting → text, as this pxectl.ini is to have it. */
export function wantedSettings(spec: LabSpec, configPath: string): Partial<Record<SettingName, string>> {
  const wanted: Partial<Record<SettingName, string>> = {}
  for (const {name, text, place} of spec.settings) {
    if (!isSettingName(name)) continue
    const folder = dirname(place.file)
    wanted[name] = folder !== dirname(configPath) && isRelativePath(name, text) ? resolve(folder, text) : text
  }
  return wanted
}

/** pxectl.ini has paths relative to itself, and a lab file to its own folder. */
function isRelativePath(name: SettingName, text: string): boolean {
  const mark = '/relative'
  try {
    return settingTable[name].parse(text, (path) => join(mark, path)) === join(mark, text)
  } catch {
    // Said where the settings are read.
    return false
  }
}

export const settingsPart: LabPart = {
  kind: 'setting',

  async plan(context: PartContext): Promise<PlannedPart> {
    const wanted = wantedSettings(context.spec, context.configPath)
    const current = await currentSettings(context.lab, context.configPath)
    const changes = Object.entries(wanted).flatMap(([name, after]): PartChange[] => {
      const before = current.get(name) ?? settingTable[name as SettingName].default
      return before === after ? [] : [{kind: 'setting', name, action: 'change', values: [{key: name, before, after}]}]
    })
    const gone = abandoned(context, 'setting', Object.keys(wanted)).flatMap(({name, state}): PartChange[] => {
      const before = current.get(name) ?? ''
      const record = readRecord(state)
      // Somebody has set it since: that is theirs.
      if (record === undefined || record.ours !== before) return []
      return [{kind: 'setting', name, action: 'remove', values: [{key: name, before, after: record.before}]}]
    })
    return {changes: [...changes, ...gone], unchanged: Object.keys(wanted).length - changes.length, warnings: []}
  },

  async apply({labOptions, made, claim, disclaim}, changes) {
    const warnings: string[] = []
    for (const {name, action, values} of changes) {
      const {before, after} = values[0] ?? {before: null, after: null}
      if (action !== 'remove') {
        const first = readRecord(made.find((record) => record.kind === 'setting' && record.name === name)?.state ?? '')
        await claim('setting', name, JSON.stringify({before: first?.before ?? before ?? '', ours: after ?? ''}))
      }
      warnings.push(...(await setSetting(labOptions, name, after ?? '', false)).warnings)
      if (action === 'remove') await disclaim('setting', name)
    }
    return warnings
  },
}

type SettingRecord = {/** What stood there before the lab file. */ readonly before: string; readonly ours: string}

function readRecord(state: string): SettingRecord | undefined {
  try {
    return JSON.parse(state) as SettingRecord
  } catch {
    return undefined
  }
}

async function currentSettings(lab: Lab | undefined, configPath: string): Promise<ReadonlyMap<string, string>> {
  if (lab === undefined) return new Map()
  const {settings} = await listSettings({configFlag: configPath, environment: {}, workingFolder: '/'})
  return new Map(settings.map(({name, text}) => [name, text]))
}
