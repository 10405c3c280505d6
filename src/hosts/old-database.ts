// The database of pxe_manager.py:
//
//     create table hosts (hostname text, ip text, macaddress text UNIQUE, root text)
//
// Taken over in place: good rows become hosts, the others go to rejected_hosts with the reason. The old table stays in the
// file as pxe_manager_hosts, so that nothing is lost even where the backup is; the old script no longer finds its table
// and says so, instead of adding hosts that nobody would see.
import {publishSync} from '../system/files.js'
import {insertAtOnce, readCells} from './host-table.js'
import {OLD_COLUMNS} from './migrations.js'
import {convertOldRows, type EncodedRow} from './old-rows.js'
import {openSqlite, type Sqlite} from './sqlite.js'

const KEPT_TABLE = 'pxe_manager_hosts'

/** Where the database stays as it was before pxectl first opened it. */
export function backupPathOf(path: string): string {
  return `${path}.before-pxectl`
}

/** The backup while it is being written; each process has its own. */
export function backupCandidateOf(path: string): string {
  return `${backupPathOf(path)}.${process.pid}`
}

/** Is there a table `hosts` with the columns of pxe_manager.py, and none called as the old one will be? */
export function isOldDatabase(sqlite: Sqlite): boolean {
  const columns = sqlite.all('select lower(name) as name from pragma_table_info(?)', 'hosts').map((row) => String(row['name']))
  const kept = sqlite.all('select name from pragma_table_info(?)', KEPT_TABLE)
  return kept.length === 0 && columns.length === OLD_COLUMNS.length && OLD_COLUMNS.every((column) => columns.includes(column))
}

/** The rows in their order, every value with its type and in hex: old text may be anything (sqlite.ts). */
export function readOldRows(sqlite: Sqlite): EncodedRow[] {
  const cells = OLD_COLUMNS.map((column) => `typeof(${column}) || ':' || hex(${column})`)
  return readCells(sqlite, cells.join(', '), 'hosts order by rowid') as string[][]
}

/**
 * Keeps the file as it is now. The caller holds the write lock, so
 * this must be a second connection: copying the file here would end the lock, as POSIX frees all locks of a process on
 * a file when it closes that file once.
 */
export function backUp(path: string): void {
  const reader = openSqlite(path)
  try {
    reader.run('vacuum into ?', backupCandidateOf(path))
  } finally {
    reader.close()
  }
  publishSync(backupCandidateOf(path), {path: backupPathOf(path), like: path})
}

/** Turns the old table into ours. Belongs in a transaction. */
export function takeOver(sqlite: Sqlite, makeTables: () => void): void {
  const {hosts, rejected} = convertOldRows(readOldRows(sqlite), new Date().toISOString())
  sqlite.script(`alter table hosts rename to ${KEPT_TABLE}`)
  makeTables()
  insertAtOnce(sqlite, hosts)
  for (const {row, reason} of rejected) sqlite.run('insert into rejected_hosts (row, reason) values (?, ?)', JSON.stringify(row), reason)
}
