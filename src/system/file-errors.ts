// Failed system calls as errors that people understand.
import {dirname} from 'node:path'
import {PxectlError} from '../errors.js'

/** The `code` of a failed system call (ENOENT, EACCES …), or undefined. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

const FILE_ERRORS: Record<string, {code: string; says: string; suggestion: (path: string) => string}> = {
  ENOENT: {code: 'FILE_MISSING', says: 'no such file or folder', suggestion: (path) => `check the path: ls -l ${dirname(path)}`},
  EACCES: {
    code: 'FILE_FORBIDDEN',
    says: 'permission denied',
    suggestion: (path) => `look at the owner and mode: ls -ld ${path} ${dirname(path)}`,
  },
  EPERM: {
    code: 'FILE_FORBIDDEN',
    says: 'operation not permitted',
    suggestion: (path) => `look at the owner and mode: ls -ld ${path} ${dirname(path)}`,
  },
  EROFS: {code: 'FILE_FORBIDDEN', says: 'the file system is read-only', suggestion: (path) => `findmnt -T ${path}`},
  ENOSPC: {code: 'DISK_FULL', says: 'no space left on the device', suggestion: (path) => `free some space: df -h ${dirname(path)}`},
  EDQUOT: {code: 'DISK_FULL', says: 'the disk quota is used up', suggestion: () => 'quota -s'},
  EEXIST: {code: 'NOT_A_FOLDER', says: 'there is a file of that name', suggestion: (path) => `choose another name, or look: ls -l ${path}`},
  EISDIR: {code: 'FILE_IS_FOLDER', says: 'it is a folder', suggestion: () => 'name a file'},
  ENOTDIR: {
    code: 'NOT_A_FOLDER',
    says: 'a part of the path is not a folder',
    suggestion: (path) => `check the path: ls -l ${dirname(path)}`,
  },
}

/** A failed system call as a PxectlError that names the path; anything else comes back as it is. */
export function fileError(error: unknown, doing: string, path: string): unknown {
  const errno = errnoOf(error)
  const known = errno === undefined ? undefined : FILE_ERRORS[errno]
  if (known === undefined) return error
  return new PxectlError(`cannot ${doing} ${path}: ${known.says}`, {
    code: known.code,
    kind: known.code === 'FILE_MISSING' ? 'notFound' : 'environment',
    details: {path, errno},
    suggestions: [known.suggestion(path)],
    cause: error,
  })
}
