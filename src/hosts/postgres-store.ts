// The host database on a PostgreSQL server.
import {machineTable} from './machine-store.js'
import {partTable} from './part-store.js'
import {openPostgres} from './postgres.js'
import {postgresHosts} from './postgres-hosts.js'
import {migratePostgres} from './postgres-migrations.js'
import {postgresSql} from './sql.js'
import type {HostDatabase} from './store.js'
import {vmTable} from './vm-store.js'

/** Connects, and brings the tables to the present schema; `create` makes missing ones. `place`: as the setting lab.database has it. */
export async function openPostgresStore(place: string, options: {readonly create: boolean}): Promise<HostDatabase> {
  const postgres = openPostgres(place)
  try {
    await migratePostgres(postgres, place, options)
  } catch (error) {
    await postgres.close()
    throw error
  }
  const sql = postgresSql(postgres)
  return {...postgresHosts(postgres, place), machines: machineTable(sql), vms: vmTable(sql), parts: partTable(sql)}
}
