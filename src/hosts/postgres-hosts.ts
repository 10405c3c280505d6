// The host store over the tables of postgres-migrations.ts.
import {PxectlError} from '../errors.js'
import {renderDatabase} from './database-place.js'
import {type Host, type HostChange, UNIQUE_FIELDS, type UniqueField} from './host.js'
import {CommitLost, openPostgres, type Postgres, type Query, type Row} from './postgres.js'
import {isUniqueViolation, postgresError} from './postgres-error.js'
import {type HostConflict, hostConflict, hostNotFound, type HostStore} from './store.js'

const COLUMNS = 'name, ip, mac, root, image, boot_args, firmware, dhcp, created_at, updated_at'
const TYPES =
  'name text, ip text, mac text, root text, image text, boot_args text, firmware text, dhcp boolean, created_at text, updated_at text'

const WHERE: Readonly<Record<UniqueField, string>> = {name: 'lower(name) = lower($1)', mac: 'mac = $1', ip: 'ip = $1'}

export function postgresHosts(postgres: Postgres, place: string): HostStore {
  const {query} = postgres
  const find = async (field: UniqueField, value: string): Promise<Host | undefined> =>
    (await query(`select ${COLUMNS} from hosts where ${WHERE[field]}`, value)).map(hostFromRow)[0]
  const findConflicts = async (host: Host, except?: Host): Promise<HostConflict[]> => {
    const conflicts: HostConflict[] = []
    for (const field of UNIQUE_FIELDS) {
      const other = await find(field, host[field])
      if (other !== undefined && other.name !== except?.name) conflicts.push({field, other})
    }
    return conflicts
  }
  return {
    list: () => listPostgresHosts(query),
    count: async () => Number((await query('select count(*) as count from hosts'))[0]?.['count']),
    findByName: (name) => find('name', name),
    findByMac: (mac) => find('mac', mac),
    findByIp: (ip) => find('ip', ip),
    getByName: async (name) => {
      const host = await find('name', name)
      if (host === undefined) throw hostNotFound(name, await namesOf(query))
      return host
    },
    findConflicts,
    checkFree: async (host, except) => {
      const [conflict] = await findConflicts(host, except)
      if (conflict !== undefined) throw hostConflict(host, conflict)
    },
    write: async (changes, transactionId) => {
      try {
        await postgres.transaction((ask) => write(ask, changes, transactionId, postgres.schema))
      } catch (error) {
        if (!(error instanceof CommitLost)) throw error
        if (!(await wasCommitted(place, transactionId))) throw postgresError(place, error.cause)
      }
    },
    exclusively: (onWait, work) => exclusively(postgres, place, onWait, work),
    isCommitted: (transactionId) => isCommitted(postgres, transactionId),
    lastTransaction: async () => {
      const [row] = await query('select id from commits order by number desc limit 1')
      return row === undefined ? undefined : String(row['id'])
    },
    rejected: async () =>
      (await query('select row, reason from rejected_hosts order by number')).map((row) => ({
        row: JSON.parse(String(row['row'])) as Record<string, string | null>,
        reason: String(row['reason']),
      })),
    close: () => postgres.close(),
  }
}

/** Every host, by name. */
export async function listPostgresHosts(query: Query): Promise<Host[]> {
  return (await query(`select ${COLUMNS} from hosts order by lower(name) collate "C"`)).map(hostFromRow)
}

async function namesOf(query: Query): Promise<string[]> {
  return (await query('select name from hosts')).map((row) => String(row['name']))
}

/** The channel on which each commit is told; its name is that of the schema. */
export function commitChannel(schema: string): string {
  return `pxectl_${schema}`
}

async function write(query: Query, changes: readonly HostChange[], transactionId: string, schema: string): Promise<void> {
  // What goes, goes first, and so hosts can swap names and addresses.
  const leaving = changes.flatMap((change) => (change.kind === 'add' ? [] : [change.name.toLowerCase()]))
  if (leaving.length > 0) {
    const gone = await query('delete from hosts where lower(name) = any($1) returning lower(name) as name', leaving)
    const found = new Set(gone.map((row) => String(row['name'])))
    const missing = leaving.find((name) => !found.has(name))
    if (missing !== undefined) throw hostNotFound(missing, await namesOf(query))
  }
  const hosts = changes.flatMap((change) => (change.kind === 'remove' ? [] : [change.host]))
  if (hosts.length > 0) await insert(query, hosts)
  await query('insert into commits (id) values ($1)', transactionId)
  // Told to those who listen when, and if, this is committed.
  await query('select pg_notify($1, $2)', commitChannel(schema), transactionId)
}

/** The indexes keep hosts unique; that one was violated they tell, which and by whom is found out afterwards. */
async function insert(query: Query, hosts: readonly Host[]): Promise<void> {
  await query('savepoint before_insert')
  try {
    await query(
      `insert into hosts (${COLUMNS}) select ${COLUMNS} from json_to_recordset($1::json) as given (${TYPES})`,
      JSON.stringify(hosts.map(rowOfHost)),
    )
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    await query('rollback to savepoint before_insert')
    const conflict = firstConflict(await rivalsOf(query, hosts), hosts)
    throw conflict === undefined ? error : hostConflict(...conflict)
  }
}

async function rivalsOf(query: Query, hosts: readonly Host[]): Promise<Host[]> {
  const values = UNIQUE_FIELDS.map((field) => hosts.map((host) => keyOf(host, field)))
  const rows = await query(`select ${COLUMNS} from hosts where lower(name) = any($1) or mac = any($2) or ip = any($3)`, ...values)
  return rows.map(hostFromRow)
}

function firstConflict(rivals: readonly Host[], hosts: readonly Host[]): [Host, HostConflict] | undefined {
  const taken = new Map<string, Host>()
  const take = (host: Host): void => {
    for (const field of UNIQUE_FIELDS) taken.set(`${field} ${keyOf(host, field)}`, host)
  }
  rivals.forEach(take)
  for (const host of hosts) {
    for (const field of UNIQUE_FIELDS) {
      const other = taken.get(`${field} ${keyOf(host, field)}`)
      if (other !== undefined) return [host, {field, other}]
    }
    take(host)
  }
  return undefined
}

function keyOf(host: Host, field: UniqueField): string {
  return field === 'name' ? host.name.toLowerCase() : host[field]
}

/**
 * Waits for a transaction of that id that may still be at work on the server, and for good: who asks for its id must wait until it has ended,
 * since ids are unique.
 */
async function isCommitted(postgres: Postgres, transactionId: string): Promise<boolean> {
  const undone = new Error('only asked')
  try {
    await postgres.transaction(async (query) => {
      await query('insert into commits (id) values ($1)', transactionId)
      throw undone
    })
    return false
  } catch (error) {
    if (error instanceof PxectlError && isUniqueViolation(error.cause)) return true
    if (error instanceof PxectlError && error.cause === undone) return false
    throw error
  }
}

const COMMIT_TRIES = 15
const COMMIT_PAUSE_MS = 1000

/** On a connection of its own: that of the change is gone. Throws COMMIT_UNKNOWN where the server does not come back. */
async function wasCommitted(place: string, transactionId: string): Promise<boolean> {
  const postgres = openPostgres(place)
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await isCommitted(postgres, transactionId)
      } catch (error) {
        if (attempt === COMMIT_TRIES) throw commitUnknown(place, error)
        await new Promise((resolve) => setTimeout(resolve, COMMIT_PAUSE_MS))
      }
    }
  } finally {
    await postgres.close()
  }
}

function commitUnknown(place: string, cause: unknown): PxectlError {
  return new PxectlError(
    `the connection to ${renderDatabase(place)} broke while the change was being committed: whether it was, only the server knows`,
    {
      code: 'COMMIT_UNKNOWN',
      kind: 'environment',
      details: {database: renderDatabase(place)},
      suggestions: ['once the server can be reached, the next pxectl command in this lab finishes or undoes the change: pxectl host list'],
      cause,
    },
  )
}

const LOCK_PAUSE_MS = 150
const LOCK_WAIT_MS = 300_000

/** An advisory lock of the session: the server frees it when the connection ends, however it ends. */
async function exclusively<T>(postgres: Postgres, place: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const key = `pxectl change ${postgres.schema}`
  return postgres.pinned(async () => {
    const deadline = Date.now() + LOCK_WAIT_MS
    for (let attempt = 0; ; attempt++) {
      const [row] = await postgres.query('select pg_try_advisory_lock(hashtext($1)) as taken', key)
      if (row?.['taken'] === true) break
      if (attempt === 0) onWait()
      if (Date.now() > deadline) throw labBusy(place)
      await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS))
    }
    try {
      return await work()
    } finally {
      // Without its connection the lock is gone already.
      await postgres.query('select pg_advisory_unlock(hashtext($1))', key).catch(() => undefined)
    }
  })
}

function labBusy(place: string): PxectlError {
  return new PxectlError(`another pxectl has been changing the lab of ${renderDatabase(place)} for ${LOCK_WAIT_MS / 60_000} minutes`, {
    code: 'LAB_BUSY',
    kind: 'conflict',
    details: {database: renderDatabase(place)},
    suggestions: [
      'wait for it to end and try again',
      "see who it is, on the server: select * from pg_stat_activity where application_name = 'pxectl'",
    ],
  })
}

function rowOfHost({name, ip, mac, root, image, bootArgs, firmware, dhcp, createdAt, updatedAt}: Host): Row {
  return {name, ip, mac, root, image, boot_args: bootArgs, firmware, dhcp, created_at: createdAt, updated_at: updatedAt}
}

/** Values were checked before they were written; the casts say no more than that. */
function hostFromRow(row: Row): Host {
  return {
    name: row['name'] as Host['name'],
    ip: row['ip'] as Host['ip'],
    mac: row['mac'] as Host['mac'],
    root: (row['root'] as string | null) ?? undefined,
    image: (row['image'] as string | null) ?? undefined,
    bootArgs: (row['boot_args'] as string | null) ?? undefined,
    firmware: (row['firmware'] as Host['firmware'] | null) ?? undefined,
    dhcp: row['dhcp'] === true,
    createdAt: String(row['created_at']),
    updatedAt: String(row['updated_at']),
  }
}
