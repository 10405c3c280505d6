// The host database, whatever engine keeps it.
import {isDatabaseUrl} from './database-place.js'
import {openPostgresStore} from './postgres-store.js'
import {openSqliteStore} from './sqlite-store.js'
import type {HostDatabase} from './store.js'

/** Opens the database; `create` makes a missing one. `place`: a path or a URL, as the setting lab.database has it. */
export async function openHostDatabase(place: string, options: {readonly create: boolean}): Promise<HostDatabase> {
  return isDatabaseUrl(place) ? openPostgresStore(place, options) : openSqliteStore(place, options)
}
