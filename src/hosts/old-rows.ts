// Rows of pxe_manager.py's table into hosts. What cannot become one is rejected with the reason, never dropped.
import type {Host, RejectedRow} from './host.js'
import {checkRows, type HostRows, type SourceRow} from './host-rows.js'
import {OLD_COLUMNS} from './migrations.js'

/** The values in the order of OLD_COLUMNS, each as `type:hex`, e.g. `text:746B32`. */
export type EncodedRow = readonly string[]

/** The first row with a name, MAC or address keeps it; `now` becomes the time of creation. */
export function convertOldRows(encoded: readonly EncodedRow[], now: string): {hosts: Host[]; rejected: RejectedRow[]} {
  const {rows, problems} = checkOldRows(encoded)
  const reasons = new Map<number, string[]>()
  for (const {row = 0, message} of problems) reasons.set(row, [...(reasons.get(row) ?? []), message])
  return {
    hosts: rows.map((row) => ({...row, createdAt: now, updatedAt: now})),
    rejected: [...reasons].map(([row, messages]) => ({row: shownRow(encoded[row - 1] ?? []), reason: escapeControls(messages.join('; '))})),
  }
}

/** The rows as an import sees them: the good ones, and every problem of the others. */
export function checkOldRows(encoded: readonly EncodedRow[]): HostRows {
  return checkRows(encoded.map(sourceRow), {name: 'hostname', mac: 'macaddress'})
}

function sourceRow(cells: EncodedRow): SourceRow {
  const [name, ip, mac, root] = cells.map(decodeCell)
  return {fields: {name, ip, mac, root}}
}

/** SQLite's text would end at a NUL, and a terminal may obey the rest. */
function escapeControls(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1))
}

function shownRow(row: EncodedRow): Record<string, string | null> {
  const shown = (cell: string): string | null => {
    const value = decodeCell(cell)
    return value instanceof SqlLiteral ? value.text : value
  }
  return Object.fromEntries(OLD_COLUMNS.map((column, index) => [column, shown(row[index] ?? 'null:')]))
}

/** A value that is no text, written as SQL would. */
class SqlLiteral {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

function decodeCell(cell: string): string | null | SqlLiteral {
  const [type = '', hex = ''] = cell.split(':')
  if (type === 'null') return null
  if (type === 'blob') return new SqlLiteral(`x'${hex}'`)
  const bytes = Buffer.from(hex, 'hex')
  const text = bytes.toString('utf8')
  return Buffer.from(text).equals(bytes) ? text : new SqlLiteral(`cast(x'${hex}' as text)`)
}
