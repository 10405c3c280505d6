// The HTTP status of an error: by its code where HTTP has a word for it, else by its kind (the exit status of a command).
import {type ErrorKind, PxectlError} from '../errors.js'

const BY_CODE: Readonly<Record<string, number>> = {
  HOST_REFUSED: 421,
  CROSS_SITE: 403,
  CSRF_TOKEN_WRONG: 403,
  LOGIN_NEEDED: 401,
  LOGIN_REFUSED: 401,
  TOKEN_REFUSED: 401,
  LOGIN_LIMIT: 429,
  BODY_TOO_LARGE: 413,
  BODY_TYPE: 415,
  METHOD_REFUSED: 405,
  TOO_MANY_READERS: 503,
}

const BY_KIND: Readonly<Record<ErrorKind, number>> = {
  usage: 400,
  notFound: 404,
  conflict: 409,
  external: 502,
  environment: 503,
  invalidData: 500,
}

/** 500 for a bug of ours. */
export function statusOf(error: unknown): number {
  if (!(error instanceof PxectlError)) return 500
  return BY_CODE[error.code] ?? BY_KIND[error.kind]
}
