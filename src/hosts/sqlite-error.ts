// SQLite's failures in words: what happened to the host database, and what to do.
import {dirname} from 'node:path'
import {type ErrorOptions, messageOf, PxectlError} from '../errors.js'
import {errnoOf} from '../system/file-errors.js'

type Known = Pick<ErrorOptions, 'code' | 'kind' | 'suggestions'> & {readonly message: string}

/** A failure of SQLite as a PxectlError that names the file; anything else comes back as it is. */
export function sqliteError(path: string, error: unknown): unknown {
  const known = findKnown(path, errnoOf(error) ?? '', messageOf(error))
  return known === undefined ? error : new PxectlError(known.message, {...known, details: {path}, cause: error})
}

/** Did a unique index refuse this? */
export function isUniqueViolation(error: unknown): boolean {
  return messageOf(error).includes('UNIQUE constraint failed')
}

/** Result codes: https://sqlite.org/rescode.html. A failed open comes without one, so its message is looked at too. */
function findKnown(path: string, code: string, message: string): Known | undefined {
  if (/^SQLITE_(?:NOTADB|CORRUPT)/.test(code) || /not a database|malformed/.test(message)) {
    return {
      code: 'DATABASE_CORRUPT',
      kind: 'invalidData',
      message: `the host database ${path} is damaged, or no SQLite database: ${message}; nothing was changed`,
      suggestions: [
        'put a backup of it in its place',
        `see what can be saved: sqlite3 ${path} .recover`,
        'check that the setting names the right file: pxectl config get lab.database',
      ],
    }
  }
  if (/^SQLITE_(?:CANTOPEN|READONLY|PERM)/.test(code) || /ConnectionFailed|unable to open|readonly database/.test(message)) {
    return {
      code: 'DATABASE_FORBIDDEN',
      kind: 'environment',
      message: `the host database ${path} cannot be opened or written; nothing was changed`,
      suggestions: [`look at owner and mode of the file and its folder: ls -ld ${path} ${dirname(path)}`],
    }
  }
  if (code.startsWith('SQLITE_FULL')) {
    return {
      code: 'DISK_FULL',
      kind: 'environment',
      message: `no space left for the host database ${path}; nothing was changed`,
      suggestions: [`free some space: df -h ${dirname(path)}`],
    }
  }
  if (code.startsWith('SQLITE_IOERR')) {
    return {
      code: 'DATABASE_IO',
      kind: 'environment',
      message: `the host database ${path} could not be read or written: ${message}; nothing was changed`,
      suggestions: ['look for errors of the disk: dmesg | tail'],
    }
  }
  if (code.startsWith('SQLITE_BUSY')) {
    return {
      code: 'LAB_BUSY',
      kind: 'conflict',
      message: `another program has been writing to the host database ${path} for too long; nothing was changed`,
      suggestions: ['wait for it to end and try again', `see who holds it: fuser -v ${path}`],
    }
  }
  return undefined
}
