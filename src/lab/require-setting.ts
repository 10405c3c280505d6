// Settings may be left empty until something needs them.
import {PxectlError} from '../errors.js'
import {settingTable, type SettingName} from './setting-table.js'

/** The value, or an error that says which setting is missing and how to set it. */
export function requireSetting<T>(value: T | undefined, name: SettingName): T {
  if (value !== undefined) return value
  throw new PxectlError(`the setting ${name} is empty, and this needs it (${settingTable[name].summary})`, {
    code: 'SETTING_MISSING',
    kind: 'usage',
    details: {name},
    suggestions: [`pxectl config set ${name} VALUE`],
  })
}
