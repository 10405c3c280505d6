// The host database in a SQLite file.
import {hostTable} from './host-table.js'
import {openDatabase} from './open-database.js'
import type {HostStore} from './store.js'

/** Opens the database; `create` makes a missing one. An old pxe.db is backed up and taken over (old-database.ts). */
export async function openSqliteStore(path: string, options: {readonly create: boolean}): Promise<HostStore> {
  return hostTable(await openDatabase(path, options))
}
