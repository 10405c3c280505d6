// Makes the tables of the lab's host database, or brings them to the schema of this program: for the role that may, before others use it.
import {openHostDatabase} from '../hosts/database.js'
import {isDatabaseUrl, renderDatabase} from '../hosts/database-place.js'
import {openSettings, type OpenLabOptions} from '../lab/open-lab.js'

/** `database`: without a password. Throws what opening throws; a missing file is not made. */
export async function migrateDatabase(options: OpenLabOptions): Promise<{readonly database: string; readonly hosts: number}> {
  const {settings} = await openSettings(options)
  const place = settings.lab.database
  const store = await openHostDatabase(place, {create: isDatabaseUrl(place)})
  try {
    return {database: renderDatabase(place), hosts: await store.count()}
  } finally {
    await store.close()
  }
}
