// What `pxectl up` made because a lab file says so, in the host database: `down` takes that away, and nothing else. A part is written
// down before it is made, so that one whose making was interrupted is not taken for somebody else's.
import type {Row, Sqlite} from './sqlite.js'

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

/** The store over the table `lab_file_parts` of migrations.ts. */
export function partTable(sqlite: Sqlite): PartStore {
  return {
    list: async () => sqlite.all('select kind, name, file, state from lab_file_parts order by kind, name').map(recordFromRow),
    put: async (records) =>
      sqlite.transaction(() => {
        for (const {kind, name, file, state} of records) {
          sqlite.run('insert or replace into lab_file_parts (kind, name, file, state) values (?, ?, ?, ?)', kind, name, file, state)
        }
      }),
    remove: async (parts) =>
      sqlite.transaction(() => {
        for (const {kind, name} of parts) sqlite.run('delete from lab_file_parts where kind = ? and name = ?', kind, name)
      }),
  }
}

function recordFromRow(row: Row): PartRecord {
  return {kind: String(row['kind']), name: String(row['name']), file: String(row['file']), state: String(row['state'])}
}
