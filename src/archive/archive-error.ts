// The errors of this room. A file that is broken is invalidData (exit status 7), whoever named it.
import {PxectlError} from '../errors.js'

export type ArchiveErrorCode =
  | 'ARCHIVE_CORRUPT'
  | 'ARCHIVE_TRUNCATED'
  | 'ARCHIVE_PATH_UNSAFE'
  | 'ARCHIVE_UNSUPPORTED'
  | 'ARCHIVE_TOO_LARGE'
  | 'ARCHIVE_LINK_REFUSED'
  | 'ARCHIVE_TARGET_TWICE'

const SUGGESTIONS: Partial<Record<ArchiveErrorCode, (name: string) => string>> = {
  ARCHIVE_CORRUPT: (name) => `compare it with the checksum of where it comes from, and fetch it again if they differ: sha256sum ${name}`,
  ARCHIVE_TRUNCATED: (name) => `compare its size with the original, and fetch it again if it is shorter: ls -l ${name}`,
}

/** An error about the archive, or about one thing in it. `name` is the archive's, as the user knows it. */
export function archiveError(
  code: ArchiveErrorCode,
  name: string,
  problem: string,
  more: {readonly details?: Readonly<Record<string, unknown>>; readonly cause?: unknown} = {},
): PxectlError {
  const suggestion = SUGGESTIONS[code]?.(name)
  return new PxectlError(`${name}: ${problem}`, {
    code,
    kind: 'invalidData',
    details: {archive: name, ...more.details},
    ...(suggestion === undefined ? {} : {suggestions: [suggestion]}),
    ...(more.cause === undefined ? {} : {cause: more.cause}),
  })
}

/** An error for bytes that cannot be what they should be. */
export function corrupt(name: string, problem: string, cause?: unknown): PxectlError {
  return archiveError('ARCHIVE_CORRUPT', name, problem, cause === undefined ? {} : {cause})
}
