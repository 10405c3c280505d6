// The names under which files carry the fields of a host.
import {findNearest} from '../net/nearest.js'
import type {HostField} from './host-rows.js'

/** The spelling that we write. */
export const COLUMN_NAMES = ['name', 'ip', 'mac', 'root', 'image', 'boot-args', 'firmware', 'dhcp'] as const

/** Spellings without case, spaces and punctuation: "MAC Address", mac_address and macaddress are one. */
const FIELDS: ReadonlyMap<string, HostField> = new Map([
  ['name', 'name'],
  ['host', 'name'],
  ['hostname', 'name'],
  ['ip', 'ip'],
  ['ipv4', 'ip'],
  ['ipaddress', 'ip'],
  ['mac', 'mac'],
  ['macaddress', 'mac'],
  ['hwaddr', 'mac'],
  ['root', 'root'],
  ['image', 'image'],
  ['bootargs', 'bootArgs'],
  ['firmware', 'firmware'],
  ['dhcp', 'dhcp'],
])

/** The field that a column or key means, or undefined. */
export function findField(column: string): HostField | undefined {
  return FIELDS.get(column.toLowerCase().replace(/[^a-z0-9]/g, ''))
}

/** Unknown names are refused: a mistyped one would lose its values in silence. */
export function unknownColumn(column: string): string {
  const nearest = findNearest(column, COLUMN_NAMES)
  return `unknown column "${column}"${nearest === undefined ? '' : `; did you mean ${nearest}?`} (known: ${COLUMN_NAMES.join(', ')})`
}
