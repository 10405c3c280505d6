// Opens the host database and brings it to the present schema. It refuses what is damaged, empty, newer than this
// program or somebody else's, and then leaves the file as it was.
import {PxectlError} from '../errors.js'
import {fileExists, removeFile} from '../system/files.js'
import {isCurrent, migrate, OUR_TABLES, readSchema, SCHEMA_VERSION} from './migrations.js'
import {backUp, backupCandidateOf, backupPathOf, isOldDatabase, takeOver} from './old-database.js'
import {openSqlite, type Sqlite} from './sqlite.js'

type Options = {readonly create: boolean}

export async function openDatabase(path: string, options: Options): Promise<Sqlite> {
  if (!options.create && !(await fileExists(path))) throw databaseMissing(path)
  const sqlite = openSqlite(path)
  try {
    if (!isCurrent(sqlite)) await prepare(sqlite, path, options)
    return sqlite
  } catch (error) {
    sqlite.close()
    throw error
  }
}

async function prepare(sqlite: Sqlite, path: string, options: Options): Promise<void> {
  // Looked at before the write lock is asked for, so that a foreign file meets a reader and nothing more; at one moment, because another
  // process may migrate it between two statements, and a half of each state looks foreign.
  const found = sqlite.snapshot(() => identify(sqlite, path, options))
  if (found === 'old') await removeFile(backupCandidateOf(path))
  // The first backup stays: it is the one of the untouched file.
  const hasBackup = await fileExists(backupPathOf(path))
  sqlite.transaction(() => {
    // Several processes may have come here at once; one migrates, the others find it done.
    const state = identify(sqlite, path, options)
    if (state === SCHEMA_VERSION) return
    if (state === 'old') {
      if (!hasBackup) backUp(path)
      takeOver(sqlite, () => migrate(sqlite, 0))
    } else migrate(sqlite, state)
  })
}

/** The schema version of a database of ours (0: a new, empty one), or `old` for one of pxe_manager.py; throws for others. */
function identify(sqlite: Sqlite, path: string, options: Options): number | 'old' {
  const {version, ours} = readSchema(sqlite)
  if (ours && version <= SCHEMA_VERSION) return version
  const names = sqlite.all("select name from sqlite_master where name not like 'sqlite\\_%' escape '\\'").map((row) => String(row['name']))
  if (names.length === 0) {
    // Python and libsql leave an empty file behind, and so does a truncated copy: only `init` may take it for a new lab's.
    if (!options.create) throw databaseEmpty(path)
    return 0
  }
  // A newer pxectl may have given up the application_id, but hardly the table.
  if (ours || (version > SCHEMA_VERSION && names.includes('hosts'))) throw databaseTooNew(path, version)
  const inOurWay = OUR_TABLES.some((table) => table !== 'hosts' && names.includes(table))
  if (isOldDatabase(sqlite) && !inOurWay) return 'old'
  throw databaseForeign(path, names)
}

function databaseMissing(path: string): PxectlError {
  return new PxectlError(`there is no host database ${path}`, {
    code: 'DATABASE_MISSING',
    kind: 'notFound',
    details: {path},
    suggestions: ['check the setting: pxectl config get lab.database', 'make a lab: pxectl init my-lab'],
  })
}

function databaseEmpty(path: string): PxectlError {
  return new PxectlError(`the host database ${path} is empty; it was not touched`, {
    code: 'DATABASE_EMPTY',
    kind: 'invalidData',
    details: {path},
    suggestions: ['put a backup of it in its place', 'or make a new lab: pxectl init my-lab'],
  })
}

function databaseTooNew(path: string, version: number): PxectlError {
  const known = SCHEMA_VERSION
  return new PxectlError(
    `the host database ${path} was made by a newer pxectl (schema ${version}, this one knows ${known}); it was not touched`,
    {
      code: 'DATABASE_TOO_NEW',
      kind: 'invalidData',
      details: {path, version, known},
      suggestions: ['upgrade pxectl'],
    },
  )
}

function databaseForeign(path: string, tables: readonly string[]): PxectlError {
  return new PxectlError(`${path} is a database of something else, with ${tables.slice(0, 5).join(', ')}; it was not touched`, {
    code: 'DATABASE_FOREIGN',
    kind: 'invalidData',
    details: {path, tables},
    suggestions: ['name another file: pxectl config set lab.database pxe.db'],
  })
}
