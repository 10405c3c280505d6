// What the small tables of the host database are written with: statements that SQLite and PostgreSQL both understand, values as $1, $2 …
import type {Postgres} from './postgres.js'
import type {Row, Sqlite} from './sqlite.js'

export type Statement = readonly [sql: string, ...values: readonly unknown[]]

export type Sql = {
  all(...statement: Statement): Promise<Row[]>
  /** All of them or none. */
  batch(statements: readonly Statement[]): Promise<void>
}

export function sqliteSql(sqlite: Sqlite): Sql {
  const numbered = (sql: string): string => sql.replaceAll('$', '?')
  return {
    all: async (sql, ...values) => sqlite.all(numbered(sql), ...values),
    batch: async (statements) =>
      sqlite.transaction(() => {
        for (const [sql, ...values] of statements) sqlite.run(numbered(sql), ...values)
      }),
  }
}

export function postgresSql(postgres: Postgres): Sql {
  return {
    all: postgres.query,
    batch: (statements) =>
      postgres.transaction(async (query) => {
        for (const statement of statements) await query(...statement)
      }),
  }
}

/** `$1, $2 …`, so many. */
export function places(count: number): string {
  return Array.from({length: count}, (_, index) => `$${index + 1}`).join(', ')
}
