// Where a host database is: the path of a SQLite file, or the URL of one on a PostgreSQL server.
import {PxectlError} from '../errors.js'

/** A lab has a schema of its own in the database, so that labs can share one. */
const DEFAULT_SCHEMA = 'pxectl'

/** Does this name a PostgreSQL server and not a file? Both spellings of libpq: postgres:// and postgresql://. */
export function isDatabaseUrl(place: string): boolean {
  return /^postgres(ql)?:\/\//.test(place)
}

/** As it may be shown: without a password. */
export function renderDatabase(place: string): string {
  return isDatabaseUrl(place) ? place.replace(/^([a-z]+:\/\/[^/@:]*):[^@]*@/, '$1@').replace(/([?&]password=)[^&]*/, '$1…') : place
}

/** The URL for the driver, and the schema that its parameter `schema` names; throws SETTING_INVALID. */
export function parseDatabaseUrl(place: string): {readonly url: string; readonly schema: string} {
  const [base = '', query = ''] = place.split('?', 2)
  const parameters = new URLSearchParams(query)
  const schema = parameters.get('schema') ?? DEFAULT_SCHEMA
  parameters.delete('schema')
  // What needs no quotes anywhere, and is no schema of PostgreSQL's own.
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema) || schema.startsWith('pg_'))
    throw badUrl(place, 'its schema is a name of small letters, digits and _')
  const url = parameters.size === 0 ? base : `${base}?${parameters.toString()}`
  // libpq's form for a socket, postgres:///DATABASE?host=/FOLDER, has no host, which URL cannot parse.
  if (!URL.canParse(url.replace(/^([a-z]+:\/\/)(?=\/)/, '$1localhost'))) throw badUrl(place, 'it cannot be read as a URL')
  return {url, schema}
}

function badUrl(place: string, reason: string): PxectlError {
  return new PxectlError(`"${renderDatabase(place)}" is not the URL of a PostgreSQL database: ${reason}`, {
    code: 'SETTING_INVALID',
    kind: 'usage',
    details: {value: renderDatabase(place)},
    suggestions: ['such as postgres://pxectl@db.example/labs, or postgres:///labs?host=/run/postgresql for a socket'],
  })
}
