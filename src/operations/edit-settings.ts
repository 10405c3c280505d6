// Reads and changes pxectl.ini. A change is checked as a whole before it is written, and touches one line.
import type {OpenLabOptions} from '../lab/open-lab.js'
import {getConfigPath} from '../lab/find-config.js'
import {openLab, openSettings} from '../lab/open-lab.js'
import {setIniValue} from '../lab/ini-lines.js'
import {readSettings, readSettingTexts, unknownSetting, type ReadSetting} from '../lab/read-settings.js'
import {isSettingName, settingTable, type SettingName} from '../lab/setting-table.js'
import {readBytes, writeAtomic} from '../system/files.js'
import {messageOf} from '../errors.js'
import {refreshBootFiles} from './refresh-boot-files.js'

export type SettingLine = ReadSetting & {readonly summary: string; readonly default: string}

/** Every setting of the lab with its value as text and where that came from. */
export async function listSettings(options: OpenLabOptions): Promise<{configPath: string; settings: SettingLine[]}> {
  const {configPath, text} = await openSettings(options)
  const settings = readSettingTexts({configPath, text, environment: options.environment}).map((read) => ({
    ...read,
    summary: settingTable[read.name].summary,
    default: settingTable[read.name].default,
  }))
  return {configPath, settings}
}

/** One setting; throws SETTING_UNKNOWN. */
export async function getSetting(options: OpenLabOptions, name: string): Promise<SettingLine> {
  const known = checkName(name)
  const {settings} = await listSettings(options)
  const found = settings.find((setting) => setting.name === known)
  if (found === undefined) throw unknownSetting(name, 'pxectl config get', 'notFound')
  return found
}

export type SettingChange = {
  readonly configPath: string
  readonly name: SettingName
  readonly before: string
  readonly after: string
  readonly changed: boolean
  readonly warnings: readonly string[]
}

/** Sets one value in the file, if the file is good with it. */
export async function setSetting(options: OpenLabOptions, name: string, value: string, dryRun: boolean): Promise<SettingChange> {
  const known = checkName(name)
  // Not openSettings: a bad value in the file must not keep one from mending it.
  const configPath = await getConfigPath({flag: options.configFlag, environment: options.environment, workingFolder: options.workingFolder})
  const text = (await readBytes(configPath)).toString('utf8')
  const before = readSettingTexts({configPath, text, environment: {}}).find((read) => read.name === known)?.text ?? ''
  // Checked first as a flag: a bad value was typed, it is not in the file.
  readSettings({configPath, text, environment: {}, flags: {[known]: value}})
  const written = setIniValue(text, known, value)
  readSettings({configPath, text: written, environment: {}})
  const answer = {configPath, name: known, before, after: value, changed: before !== value}
  if (dryRun || written === text) return {...answer, warnings: []}
  await writeAtomic(configPath, written)
  return {...answer, warnings: MENU_SETTINGS.test(known) ? await renewMenus(options) : []}
}

/** What boot files are made from. */
const MENU_SETTINGS = /^(?:boot\.|lab\.tftp-root$|network\.server$|serve\.http-port$)/

/** A lab that cannot be opened yet (no database, a setting still to come) is no reason to refuse a setting. */
async function renewMenus(options: OpenLabOptions): Promise<readonly string[]> {
  try {
    const lab = await openLab(options)
    try {
      return await refreshBootFiles(lab)
    } finally {
      await lab.close()
    }
  } catch (error) {
    return [`the boot files were not renewed: ${messageOf(error)}`]
  }
}

function checkName(name: string): SettingName {
  if (!isSettingName(name)) throw unknownSetting(name, 'as typed', 'usage')
  return name
}
