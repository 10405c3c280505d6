// A lock between processes that the kernel releases when its holder dies, however it dies.
//
// The lock is an exclusive transaction on an empty SQLite file (fcntl locks underneath). A file with a pid in it, the
// obvious way, is left behind by a killed process, and two waiters can both "clean up" such a file.
import {PxectlError} from '../errors.js'
import {fileError} from './file-errors.js'

export type LockOptions = {
  /** Give up after this long. Default five minutes: a DHCP restart takes seconds, and many may be queued. */
  readonly waitMs?: number
  /** Called once when somebody else holds the lock. */
  readonly onWait?: () => void
}

/** Runs `work` while holding the lock; other processes and other callers in this one wait. */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const {default: Database} = await import('libsql')
  const waitMs = options.waitMs ?? 300_000
  const deadline = Date.now() + waitMs
  let database: InstanceType<typeof Database>
  try {
    database = new Database(path, {timeout: 0})
  } catch (error) {
    throw lockUnusable(path, error)
  }
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        // Nothing is ever written, but a journal file would be made, and left behind by a killed holder.
        database.exec('pragma journal_mode = memory')
        database.exec('begin exclusive')
        break
      } catch (error) {
        if (!isBusy(error)) throw lockUnusable(path, error)
        if (attempt === 0) options.onWait?.()
        if (Date.now() >= deadline) throw lockTimeout(path, waitMs, error)
        await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 40))
      }
    }
    return await work()
  } finally {
    // Closing ends the transaction and with it the lock.
    database.close()
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')
}

function lockUnusable(path: string, error: unknown): unknown {
  const known = fileError(error, 'lock', path)
  if (known !== error) return known
  return new PxectlError(`cannot use the lock file ${path}`, {
    code: 'LOCK_UNUSABLE',
    kind: 'environment',
    details: {path},
    suggestions: [
      `check that its folder can be written: ls -ld ${path}`,
      `if the file is not empty, it is not a lock of pxectl: move it away`,
    ],
    cause: error,
  })
}

function lockTimeout(path: string, waitMs: number, cause: unknown): PxectlError {
  return new PxectlError(`another pxectl has been changing this lab for ${Math.round(waitMs / 1000)} s; nothing was changed`, {
    code: 'LAB_BUSY',
    kind: 'conflict',
    details: {path},
    suggestions: ['wait for it to end and try again', `see who holds it: fuser -v ${path}`],
    cause,
  })
}
