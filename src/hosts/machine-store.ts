// Machines that were asked about themselves, in the host database: so that one can be referred to while it is off. What was found
// out is text here; the room `machine` knows what it means.
import {PxectlError} from '../errors.js'
import {quoteWord} from '../system/exec.js'
import {findNearest} from '../net/nearest.js'
import {places, type Sql, type Statement} from './sql.js'
import type {Row} from './sqlite.js'

export type MachineRecord = {
  readonly name: string
  /** How it was reached, so that it can be reached again. */
  readonly remoteUser: string | undefined
  readonly port: number | undefined
  /** ISO 8601, UTC. */
  readonly probedAt: string
  readonly facts: string
}

export interface MachineStore {
  /** Every machine, by name. */
  list(): Promise<MachineRecord[]>
  /** Names are compared without their case, as DNS does. */
  find(name: string): Promise<MachineRecord | undefined>
  /** Like find, but throws MACHINE_NOT_FOUND. */
  get(name: string): Promise<MachineRecord>
  /** All of them or none; a machine that is there already is replaced. */
  put(records: readonly MachineRecord[]): Promise<void>
  /** All of them or, with MACHINE_NOT_FOUND, none. */
  remove(names: readonly string[]): Promise<void>
}

const COLUMNS = 'name, remote_user, port, probed_at, facts'

/** The store over the table `machines` of migrations.ts and postgres-migrations.ts. */
export function machineTable(sql: Sql): MachineStore {
  const list = async (): Promise<MachineRecord[]> =>
    (await sql.all(`select ${COLUMNS} from machines order by lower(name)`)).map(recordFromRow)
  const find = async (name: string): Promise<MachineRecord | undefined> =>
    (await sql.all(`select ${COLUMNS} from machines where lower(name) = lower($1)`, name)).map(recordFromRow)[0]
  const get = async (name: string): Promise<MachineRecord> => {
    const found = await find(name)
    if (found !== undefined) return found
    throw machineNotFound(name, await list())
  }
  const removal = (name: string): Statement => ['delete from machines where lower(name) = lower($1)', name]
  return {
    list,
    find,
    get,
    put: (records) =>
      sql.batch(
        records.flatMap(({name, remoteUser, port, probedAt, facts}): Statement[] => {
          const values = [name, remoteUser ?? null, port ?? null, probedAt, facts]
          return [removal(name), [`insert into machines (${COLUMNS}) values (${places(values.length)})`, ...values]]
        }),
      ),
    remove: async (names) => {
      for (const name of names) await get(name)
      await sql.batch(names.map(removal))
    },
  }
}

function recordFromRow(row: Row): MachineRecord {
  return {
    name: String(row['name']),
    remoteUser: row['remote_user'] === null ? undefined : String(row['remote_user']),
    port: row['port'] === null ? undefined : Number(row['port']),
    probedAt: String(row['probed_at']),
    facts: String(row['facts']),
  }
}

function machineNotFound(name: string, known: readonly MachineRecord[]): PxectlError {
  const nearest = findNearest(
    name,
    known.map((one) => one.name),
  )
  return new PxectlError(`no facts of a machine named ${name} in the host database`, {
    code: 'MACHINE_NOT_FOUND',
    kind: 'notFound',
    details: {name},
    suggestions: [
      ...(nearest === undefined ? [] : [`did you mean ${nearest}?`]),
      `ask it: pxectl machine probe ${quoteWord(name)}`,
      'pxectl machine list',
    ],
  })
}
