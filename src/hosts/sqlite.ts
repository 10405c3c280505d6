// A SQLite file as the rest of this room sees it: a few calls, errors with words, write transactions that wait their turn.
// The one file that knows libsql, and where it differs from what one expects (seen with 0.5.29):
//
// - `.get()` adds a `_metadata` key, so rows are always read with `.all()`;
// - `fileMustExist` and `readonly` are ignored: look for the file first, and set `query_only`;
// - an open that fails is an Error without a code (sqlite-error.ts knows its message);
// - text that is not UTF-8 aborts the whole process, and text ends at a NUL: foreign text is read as hex (old-database.ts);
// - each row costs 10 µs, so many rows travel as one JSON text (host-table.ts).
//
// The journal mode stays DELETE: the SQLite inside is 3.45.1, whose WAL can lose data (fixed in 3.51.3).
import Database from 'libsql'
import {sqliteError} from './sqlite-error.js'

export type Row = Readonly<Record<string, unknown>>

export type Sqlite = {
  all(sql: string, ...values: readonly unknown[]): Row[]
  run(sql: string, ...values: readonly unknown[]): void
  /** Several statements without values. */
  script(sql: string): void
  /**
   * Runs `work` in a write transaction; an error rolls it back. BEGIN IMMEDIATE takes the write lock at once: a
   * transaction that begins by reading and wants to write later fails as soon as another one had the same idea.
   * `work` must not yield: a second transaction of this process would wait for the first and keep it from going on.
   */
  transaction<T>(work: () => T): T
  /** Runs `work`, which only reads, and sees the database as it is at its first statement: what others commit meanwhile it does not. */
  snapshot<T>(work: () => T): T
  close(): void
}

/** With DELETE journals, sixty processes that each add fifty hosts wait 13 s at worst. */
const BUSY_TIMEOUT_MS = 30_000

/** Opens the file, whatever is in it; makes an empty one where there is none. Statements are prepared once and kept. */
export function openSqlite(path: string): Sqlite {
  const database = attempt(path, () => new Database(path, {timeout: BUSY_TIMEOUT_MS}))
  const prepared = new Map<string, Database.Statement>()
  const statement = (sql: string): Database.Statement => {
    const found = prepared.get(sql) ?? database.prepare(sql)
    prepared.set(sql, found)
    return found
  }
  const script = (sql: string): void => attempt(path, () => void database.exec(sql))
  return {
    all: (sql, ...values) => attempt(path, () => statement(sql).all(...values) as Row[]),
    run: (sql, ...values) => attempt(path, () => void statement(sql).run(...values)),
    script,
    transaction: (work) => {
      script('begin immediate')
      try {
        const result = work()
        script('commit')
        return result
      } catch (error) {
        // A full disk has ended the transaction already.
        if (database.inTransaction) database.exec('rollback')
        throw error
      }
    },
    snapshot: (work) => {
      script('begin')
      try {
        return work()
      } finally {
        if (database.inTransaction) database.exec('rollback')
      }
    },
    close: () => void database.close(),
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw sqliteError(path, error)
  }
}
