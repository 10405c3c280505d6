// A lock between processes that the kernel releases when its holder dies, however it dies.
//
// The lock is an exclusive transaction on an empty SQLite file (fcntl locks underneath). A file with a pid in it, the
// obvious way, is left behind by a killed process, and two waiters can both "clean up" such a file.
import {PxectlError} from '../errors.js'
import {fileError} from './file-errors.js'
import {findBytes, findStats} from './files.js'

export type LockOptions = {
  /** Give up after this long. Default five minutes: a DHCP restart takes seconds, and many may be queued. */
  readonly waitMs?: number
  /** Called once when somebody else holds the lock. */
  readonly onWait?: () => void
}

/** Runs `work` while holding the lock; other processes and other callers in this one wait. */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const waitMs = options.waitMs ?? 300_000
  const deadline = Date.now() + waitMs
  const lock = await openLock(path)
  try {
    for (let attempt = 0; ; attempt++) {
      const busy = lock.take()
      if (busy === undefined) break
      if (attempt === 0) options.onWait?.()
      if (Date.now() >= deadline) throw lockTimeout(path, waitMs, busy)
      await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 40))
    }
    return await work()
  } finally {
    lock.close()
  }
}

/** Takes the lock until `release` is called or this process ends; undefined where somebody has it. */
export async function tryLock(path: string): Promise<{readonly release: () => void} | undefined> {
  const lock = await openLock(path)
  try {
    if (lock.take() === undefined) return {release: lock.close}
  } catch (error) {
    lock.close()
    throw error
  }
  lock.close()
  return undefined
}

/** The process that holds the lock, where the kernel tells (Linux: /proc/locks, proc(5)). */
export async function findLockHolder(path: string): Promise<number | undefined> {
  const inode = (await findStats(path).catch(() => undefined))?.ino
  const text = (await findBytes('/proc/locks').catch(() => undefined))?.toString('latin1') ?? ''
  // `1: POSIX  ADVISORY  WRITE 4711 08:01:131 1073741824 1073741825`; the device is not that of stat(2) on some file systems.
  const lock = [...text.matchAll(/ WRITE +(\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /g)].find(([, , its]) => Number(its) === inode)
  return lock === undefined ? undefined : Number(lock[1])
}

/** `take` gives the reason why the lock cannot be had now, undefined where it was taken. Closing gives it back. */
async function openLock(path: string): Promise<{take: () => unknown; close: () => void}> {
  const {default: Database} = await import('libsql')
  try {
    const database = new Database(path, {timeout: 0})
    return {take: () => begin(database, path), close: () => void database.close()}
  } catch (error) {
    throw lockUnusable(path, error)
  }
}

function begin(database: {exec(sql: string): unknown}, path: string): unknown {
  try {
    // Nothing is ever written, but a journal file would be made, and left behind by a killed holder.
    database.exec('pragma journal_mode = memory')
    database.exec('begin exclusive')
    return undefined
  } catch (error) {
    if (isBusy(error)) return error
    throw lockUnusable(path, error)
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
