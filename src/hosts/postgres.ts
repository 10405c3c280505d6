// A database of a PostgreSQL server as the rest of this room sees it: a few calls, errors with words, one connection that is made anew
// when it was lost. The one file that knows the driver.
import type {Client, Notification} from 'pg'
import {parseDatabaseUrl} from './database-place.js'
import {isConnectionLost, postgresError} from './postgres-error.js'

export type Row = Readonly<Record<string, unknown>>

export type Query = (sql: string, ...values: readonly unknown[]) => Promise<Row[]>

export type Postgres = {
  /** The schema that unqualified names mean. */
  readonly schema: string
  /** One statement; what others ask meanwhile waits its turn. */
  readonly query: Query
  /** Runs `work` in a transaction, in which nobody else's statements get; an error rolls it back. Throws CommitLost. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>
  /**
   * Runs `work` on the connection of this moment: where it is lost, all statements fail until `work` has ended. So a lock of the session
   * holds for whatever `work` does.
   */
  pinned<T>(work: () => Promise<T>): Promise<T>
  /** Calls `tell` at each NOTIFY of the channel, until the connection is lost: then `lost`, once. */
  listen(channel: string, tell: () => void, lost: () => void): Promise<void>
  close(): Promise<void>
}

/** The connection broke at COMMIT. Not for users: whoever knows the transaction finds out what became of it. */
export class CommitLost extends Error {
  override readonly name = 'CommitLost'
}

const CONNECT_TIMEOUT_MS = 10_000
/** A network that was cut says nothing: a statement that takes longer has lost its server. */
const QUERY_TIMEOUT_MS = 60_000

/** The server ends the session of a machine that is gone, and frees its locks, after some 25 seconds; by default it is two hours. */
const SESSION = 'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3'

/** Opens no connection yet. `place`: a URL as the setting lab.database has it. Throws SETTING_INVALID. */
export function openPostgres(place: string): Postgres {
  const {url, schema} = parseDatabaseUrl(place)
  let client: Client | undefined
  let isPinned = false
  let turn: Promise<unknown> = Promise.resolve()
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (error instanceof CommitLost) throw error
      throw postgresError(place, error)
    }
  }
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }
  const drop = (lost: Client): void => {
    if (client === lost) client = undefined
    lost.end().catch(() => undefined)
  }
  const connected = async (): Promise<Client> => {
    if (client !== undefined) return client
    if (isPinned) throw Object.assign(new Error('the connection was lost in the middle of a change'), {code: '08006'})
    return (client = await connect(url, schema, drop))
  }
  const ask = async (sql: string, values: readonly unknown[]): Promise<Row[]> => {
    const asked = await connected()
    try {
      return (await asked.query<Record<string, unknown>>(sql, [...values])).rows
    } catch (error) {
      if (isConnectionLost(error)) drop(asked)
      throw error
    }
  }
  const query: Query = (sql, ...values) => ask(sql, values)
  const transact = async <T>(work: (query: Query) => Promise<T>): Promise<T> => {
    await query('begin')
    const mine = client
    try {
      const answer = await work(query)
      if (client !== mine) throw Object.assign(new Error('the connection was lost'), {code: '08006'})
      await query('commit').catch((error: unknown) => {
        throw isConnectionLost(error) ? new CommitLost('the connection broke at COMMIT', {cause: error}) : error
      })
      return answer
    } catch (error) {
      // With its connection the transaction has gone too.
      if (client === mine && mine !== undefined) await query('rollback').catch(() => undefined)
      throw error
    }
  }
  return {
    schema,
    query: (sql, ...values) => inTurn(() => attempt(() => ask(sql, values))),
    transaction: (work) => inTurn(() => attempt(() => transact(work))),
    pinned: async (work) => {
      await inTurn(() => attempt(connected))
      isPinned = true
      try {
        return await work()
      } finally {
        isPinned = false
      }
    },
    listen: (channel, tell, lost) =>
      inTurn(() =>
        attempt(async () => {
          const listening = await connected()
          listening.on('notification', ({channel: heard}: Notification) => {
            if (heard === channel) tell()
          })
          listening.once('end', lost)
          await query(`listen ${channel}`)
        }),
      ),
    close: async () => {
      await inTime(turn)
      const last = client
      if (last === undefined) return
      // Over a network that was cut the farewell would be waited for. Its types do not know the method.
      ;(last as Client & {unref(): void}).unref()
      await inTime(last.end())
    },
  }
}

const CLOSE_TIMEOUT_MS = 1000

async function inTime(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)))
  await Promise.race([work.catch(() => undefined), late])
  clearTimeout(timer)
}

async function connect(url: string, schema: string, lost: (client: Client) => void): Promise<Client> {
  // Loaded where somebody has such a database.
  const {default: pg} = await import('pg')
  const client = new pg.Client({
    connectionString: url,
    application_name: 'pxectl',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
  })
  // An idle connection breaks without a statement that could fail.
  client.on('error', () => lost(client))
  client.on('end', () => lost(client))
  try {
    await client.connect()
    // Nothing of other schemas is found by accident.
    await client.query(`${SESSION}; set search_path to "${schema}"`)
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
}
