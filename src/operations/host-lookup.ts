// The host database as a server asks it: a connection of its own, which never makes the server wait for long.
//
// Of a PostgreSQL server it is a copy in memory (postgres-snapshot.ts). Of a file: the store of the lab waits half a minute for its turn,
// as a command should; but SQLite waits inside the call, and a server would stand still meanwhile. A database that was put in the place of
// another is opened anew.
import {PxectlError} from '../errors.js'
import {isDatabaseUrl} from '../hosts/database-place.js'
import {hostTable} from '../hosts/host-table.js'
import {openHostSnapshot} from '../hosts/postgres-snapshot.js'
import {openSqlite, type Sqlite} from '../hosts/sqlite.js'
import type {HostStore} from '../hosts/store.js'
import {peekFile} from '../system/file-reader.js'
import {findStats} from '../system/files.js'

export type HostLookup = Pick<HostStore, 'findByMac' | 'findByIp' | 'close'>

/** Far longer than a commit takes, far shorter than a client's patience. */
const BUSY_TIMEOUT_MS = 100

/** After a failure the database is left alone this long: each try of a locked one stops the server for the time above. */
const PAUSE_MS = 1000

type Opened = {readonly sqlite: Sqlite; readonly hosts: HostStore}

/** Opens a database that is in use by a lab, whatever keeps it. `now`: a clock that never goes back, in milliseconds. */
export function openHostLookup(place: string, now: () => number): HostLookup {
  return isDatabaseUrl(place) ? openHostSnapshot(place) : openFileLookup(place, now)
}

/**
 * Opens a SQLite file, at once where it can: later the process may have dropped the privilege to.
 * The methods throw what the store throws, or DATABASE_MISSING. `now`: a clock that never goes back, in milliseconds.
 */
function openFileLookup(path: string, now: () => number): HostLookup {
  let opened = tryOpen(path)
  /** Which file it is, and in which state it was when that was found out. */
  let openedFile: string | undefined
  let lookedAt: string | undefined
  let failed: {readonly error: unknown; readonly untilMs: number} | undefined

  const close = (): void => {
    opened?.sqlite.close()
    opened = undefined
  }
  const look = async (): Promise<void> => {
    const state = peekFile(path)?.version
    if (state !== undefined && state === lookedAt) return
    const file = await identityOf(path)
    // SQLite would make an empty file.
    if (file === 'missing') throw databaseGone(path)
    if (file !== 'hidden') {
      if (openedFile !== undefined && openedFile !== file) close()
      openedFile = file
    }
    lookedAt = state
  }
  const ask = async <T>(question: (hosts: HostStore) => Promise<T>): Promise<T> => {
    if (failed !== undefined && now() < failed.untilMs) throw failed.error
    try {
      await look()
      // Nothing may yield between this and the question: another one may close the connection.
      opened ??= openReadOnly(path)
      const answer = await question(opened.hosts)
      failed = undefined
      return answer
    } catch (error) {
      failed = {error, untilMs: now() + PAUSE_MS}
      throw error
    }
  }
  return {
    findByMac: (mac) => ask((hosts) => hosts.findByMac(mac)),
    findByIp: (ip) => ask((hosts) => hosts.findByIp(ip)),
    close: async () => close(),
  }
}

function tryOpen(path: string): Opened | undefined {
  try {
    return openReadOnly(path)
  } catch {
    // The first question meets the same trouble, and tells it.
    return undefined
  }
}

function openReadOnly(path: string): Opened {
  const sqlite = openSqlite(path)
  sqlite.all(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`)
  sqlite.all('pragma query_only = 1')
  return {sqlite, hosts: hostTable(sqlite)}
}

/** `hidden`: the folder is closed to us since privileges were dropped; an open connection is as good as ever. */
async function identityOf(path: string): Promise<string> {
  try {
    const stats = await findStats(path)
    return stats === undefined ? 'missing' : `${stats.dev}:${stats.ino}`
  } catch {
    return 'hidden'
  }
}

function databaseGone(path: string): PxectlError {
  return new PxectlError(`there is no host database ${path} any more`, {
    code: 'DATABASE_MISSING',
    kind: 'notFound',
    details: {path},
    suggestions: ['put a backup of it in its place', 'check the setting: pxectl config get lab.database'],
  })
}
