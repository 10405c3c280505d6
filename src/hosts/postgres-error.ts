// PostgreSQL's failures in words: what happened, and what to do.
import {type ErrorOptions, messageOf, PxectlError} from '../errors.js'
import {errnoOf} from '../system/file-errors.js'
import {renderDatabase} from './database-place.js'

type Known = Pick<ErrorOptions, 'code' | 'kind' | 'suggestions'> & {readonly message: string}

/** A failure of the driver or the server as a PxectlError that names the database; what is one already comes back as it is. */
export function postgresError(place: string, error: unknown): unknown {
  if (error instanceof PxectlError) return error
  const {message, ...options} = findKnown(renderDatabase(place), errnoOf(error) ?? '', messageOf(error))
  return new PxectlError(message, {...options, details: {database: renderDatabase(place)}, cause: error})
}

/** Did a unique index refuse this? */
export function isUniqueViolation(error: unknown): boolean {
  return errnoOf(error) === '23505'
}

/** Was it the way to the server that failed? Then nobody knows what became of the last statement. */
export function isConnectionLost(error: unknown): boolean {
  return isLost(errnoOf(error) ?? '', messageOf(error))
}

function isLost(code: string, message: string): boolean {
  // Class 08: connection exception; 57P0x: the server is going down, or not up yet.
  return (
    /^(08|57P0)/.test(code) ||
    /^E(CONN|PIPE|HOST|NET|TIMEDOUT|AI_|NOTFOUND|NOENT)/.test(code) ||
    /terminat|timeout|closed|not queryable/i.test(message)
  )
}

/** SQLSTATE codes: PostgreSQL's manual, appendix A. */
function findKnown(place: string, code: string, message: string): Known {
  if (/^28/.test(code) || /password must be a string|no password supplied/i.test(message)) {
    return {
      code: 'DATABASE_FORBIDDEN',
      kind: 'environment',
      message: `the server of the host database ${place} lets this user not in: ${message}`,
      suggestions: ['give the password in PGPASSWORD, or in ~/.pgpass (mode 600)', `try it: psql '${place}'`],
    }
  }
  if (code === '42501' || code === '25006') {
    return {
      code: 'DATABASE_FORBIDDEN',
      kind: 'environment',
      message: `the user of the host database ${place} may not do this: ${message}; nothing was changed`,
      suggestions: ['make or upgrade the tables as their owner: pxectl db migrate', 'which rights pxectl needs: docs/database.md'],
    }
  }
  if (code === '3D000') {
    return {
      code: 'DATABASE_MISSING',
      kind: 'notFound',
      message: `there is no such database: ${place}: ${message}`,
      suggestions: ['make it on the server: createdb NAME', 'check the setting: pxectl config get lab.database'],
    }
  }
  if (/^53/.test(code)) {
    return {
      code: code === '53100' ? 'DISK_FULL' : 'DATABASE_BUSY',
      kind: 'environment',
      message: `the server of the host database ${place} has no room left: ${message}; nothing was changed`,
      suggestions: ['look at disks and max_connections of the server'],
    }
  }
  if (/^(55P03|57014|40)/.test(code)) {
    return {
      code: 'LAB_BUSY',
      kind: 'conflict',
      message: `another program has been changing the host database ${place} for too long: ${message}; nothing was changed`,
      suggestions: ['wait for it to end and try again', 'see who it is, on the server: select * from pg_stat_activity'],
    }
  }
  if (isLost(code, message)) {
    return {
      code: 'DATABASE_UNREACHABLE',
      kind: 'environment',
      message: `the host database ${place} cannot be reached: ${message}`,
      suggestions: [`does the server run, and let this machine in? psql '${place}'`, 'check the setting: pxectl config get lab.database'],
    }
  }
  return {
    code: 'DATABASE_FAILED',
    kind: 'environment',
    message: `the host database ${place} refused: ${message}${code === '' ? '' : ` (SQLSTATE ${code})`}; nothing was changed`,
    suggestions: ['look at the log of the PostgreSQL server'],
  }
}
