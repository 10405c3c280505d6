// What `pxectl up` made because a lab file says so, in the host database: `down` takes that away, and nothing else. A part is written
// down before it is made, so that one whose making was interrupted is not taken for somebody else's.
import type {Sql, Statement} from './sql.js'
import type {Row} from './sqlite.js'

export type PartRecord = {
  /** host, vm, image … */
  readonly kind: string
  readonly name: string
  /** The lab file that asked for it; absolute. */
  readonly file: string
  /** What it was made from, as text of its kind; empty until it is made. */
  readonly state: string
}

export interface PartStore {
  list(): Promise<PartRecord[]>
  /** A part that is there already is replaced. */
  put(records: readonly PartRecord[]): Promise<void>
  remove(parts: readonly Pick<PartRecord, 'kind' | 'name'>[]): Promise<void>
}

/** The store over the table `lab_file_parts` of migrations.ts and postgres-migrations.ts. */
export function partTable(sql: Sql): PartStore {
  const removal = ({kind, name}: Pick<PartRecord, 'kind' | 'name'>): Statement => [
    'delete from lab_file_parts where kind = $1 and name = $2',
    kind,
    name,
  ]
  return {
    list: async () => (await sql.all('select kind, name, file, state from lab_file_parts order by kind, name')).map(recordFromRow),
    put: (records) =>
      sql.batch(
        records.flatMap(({kind, name, file, state}): Statement[] => [
          removal({kind, name}),
          ['insert into lab_file_parts (kind, name, file, state) values ($1, $2, $3, $4)', kind, name, file, state],
        ]),
      ),
    remove: (parts) => sql.batch(parts.map(removal)),
  }
}

function recordFromRow(row: Row): PartRecord {
  return {kind: String(row['kind']), name: String(row['name']), file: String(row['file']), state: String(row['state'])}
}
