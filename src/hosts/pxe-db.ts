// An old pxe.db as a source of hosts. It is only read; to take such a file over as the lab's database, name it in
// lab.database instead (old-database.ts).
import {PxectlError} from '../errors.js'
import {fileExists} from '../system/files.js'
import type {HostRows} from './host-rows.js'
import {isOldDatabase, readOldRows} from './old-database.js'
import {checkOldRows} from './old-rows.js'
import {openSqlite} from './sqlite.js'

export async function readPxeDb(path: string): Promise<HostRows> {
  // Opening would make an empty file of this name.
  if (!(await fileExists(path))) {
    throw new PxectlError(`there is no file ${path}`, {
      code: 'FILE_MISSING',
      kind: 'notFound',
      details: {path},
      suggestions: ['check the path'],
    })
  }
  const sqlite = openSqlite(path)
  try {
    sqlite.script('pragma query_only = on')
    if (!isOldDatabase(sqlite)) throw notOld(path)
    return checkOldRows(readOldRows(sqlite))
  } finally {
    sqlite.close()
  }
}

function notOld(path: string): PxectlError {
  return new PxectlError(`${path} is no pxe.db of pxe_manager.py: it has no table hosts (hostname, ip, macaddress, root)`, {
    code: 'DATABASE_FOREIGN',
    kind: 'invalidData',
    details: {path},
    suggestions: ['from a lab of pxectl, export first: pxectl host export --config OTHER/pxectl.ini hosts.json'],
  })
}
