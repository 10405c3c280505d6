// The host database in a SQLite file.
import {hostTable} from './host-table.js'
import {machineTable} from './machine-store.js'
import {openDatabase} from './open-database.js'
import {partTable} from './part-store.js'
import {sqliteSql} from './sql.js'
import type {HostDatabase} from './store.js'
import {vmTable} from './vm-store.js'

/** Opens the database; `create` makes a missing one. An old pxe.db is backed up and taken over (old-database.ts). */
export async function openSqliteStore(path: string, options: {readonly create: boolean}): Promise<HostDatabase> {
  const sqlite = await openDatabase(path, options)
  const sql = sqliteSql(sqlite)
  return {...hostTable(sqlite), machines: machineTable(sql), vms: vmTable(sql), parts: partTable(sql)}
}
