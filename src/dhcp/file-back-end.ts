// What all back ends that keep their server's configuration in files have in common: one pxectl at a time, the transaction,
// backups and rolling back to them. Each brings its own planning, its own test and its own restart.
import {basename, dirname, join} from 'node:path'
import {PxectlError} from '../errors.js'
import {fileExists, findBytes, isWritable, makeFolder, realPath, sameBytes} from '../system/files.js'
import {withLock} from '../system/lock.js'
import {readBackup, readBackups, type BackupPlaces} from './backups.js'
import type {Applied, ApplyOptions, Backup, DhcpPlan, DhcpServer, FileChange} from './server.js'
import {previewOf, type Tell} from './tell.js'
import {applyFiles, undoFiles, type TransactionParts} from './transaction.js'

export type FileBackEnd = Pick<DhcpServer, 'backend' | 'plan' | 'declared' | 'dynamicRanges' | 'leases' | 'check'> & {
  /** The configuration; the lock stands beside it, since several labs may share it. A folder of files counts as well. */
  readonly config: string
  /** For the lock, and for backups, where the configuration's own folder cannot be written. */
  readonly stateFolder: string
  /** The files whose backups count. Must answer also while the configuration cannot be read: then a rollback is most needed. */
  readonly paths: () => Promise<readonly string[]>
  readonly test: TransactionParts['test']
  /** Looked for when it is needed; undefined where no way is known to make the server take in these files (none: to restart it). */
  readonly findRestart: (files: readonly FileChange[]) => Promise<TransactionParts['restart']>
  /** Looked for while the old files are in place; undefined where the running server cannot be spoken to. */
  readonly findTell?: (files: readonly FileChange[]) => Promise<Tell | undefined>
  readonly isLive?: TransactionParts['isLive']
  readonly arePublic?: boolean
  readonly backupFolderFor?: BackupPlaces['folderFor']
  readonly now: () => Date
}

/** Makes a DhcpServer of the parts. */
export function openFileBackEnd(parts: FileBackEnd): DhcpServer {
  const {backend, config, stateFolder, plan, declared, dynamicRanges, leases, check} = parts
  const places = {stateFolder, ...(parts.backupFolderFor === undefined ? {} : {folderFor: parts.backupFolderFor})}
  const transaction = async (files: readonly FileChange[], tell?: Tell): Promise<TransactionParts> => ({
    backups: places,
    now: parts.now,
    test: parts.test,
    restart: await parts.findRestart(files),
    ...(tell === undefined ? {} : {tell}),
    ...(parts.isLive === undefined ? {} : {isLive: parts.isLive}),
    arePublic: parts.arePublic === true,
  })
  const findTell = async (files: readonly FileChange[], {restart, tell = restart}: ApplyOptions): Promise<Tell | undefined> =>
    tell && files.length > 0 ? parts.findTell?.(files) : undefined
  const backups = async (): Promise<Backup[]> => readBackups(await Promise.all((await parts.paths()).map(followed)), places)
  const apply = (change: DhcpPlan, options: ApplyOptions): Promise<Applied> =>
    locked(parts, async () => applyFiles(change, await transaction(change.files, await findTell(change.files, options)), options))
  return {
    backend,
    plan,
    declared,
    dynamicRanges,
    leases,
    check,
    apply,
    undo: (change, options) =>
      locked(parts, async () =>
        undoFiles(change, await transaction(change.files, await findTell(change.files.map(reversed), options)), options),
      ),
    ...(parts.findTell === undefined ? {} : {preview: async ({files}) => previewOf(await parts.findTell?.(files))}),
    restart: async () => {
      const restart = await parts.findRestart([])
      if (restart !== undefined) return {restarted: true, warnings: await restart([])}
      return {restarted: false, warnings: ['no command that restarts the DHCP server is known here: restart it yourself']}
    },
    backups,
    rollback: async (time, options) => {
      const backup = getBackup(await backups(), time, config)
      const files = await Promise.all(backup.files.map(restoring))
      const changed = files.filter(({before, after}) => !sameBytes(before, after))
      return {
        ...(await apply({files: changed, warnings: [], needsRestart: changed.length > 0 && parts.isLive?.(changed) !== true}, options)),
        time: backup.time,
      }
    },
  }
}

/** One pxectl at a time, whichever lab it serves: the lock belongs to the configuration. */
async function locked<T>({config, stateFolder}: FileBackEnd, work: () => Promise<T>): Promise<T> {
  const path = await followed(config)
  const beside = await isWritable(dirname(path))
  if (!beside) await makeFolder(stateFolder)
  return withLock(join(beside ? dirname(path) : stateFolder, `.${basename(path)}.pxectl.lock`), {}, work)
}

async function followed(path: string): Promise<string> {
  return (await fileExists(path)) ? realPath(path) : path
}

function getBackup(backups: readonly Backup[], time: string | undefined, config: string): Backup {
  const backup = time === undefined ? backups[0] : backups.find((candidate) => candidate.time === time)
  if (backup !== undefined) return backup
  throw new PxectlError(time === undefined ? `there is no backup of ${config}` : `there is no backup of ${config} from ${time}`, {
    code: 'DHCP_BACKUP_MISSING',
    kind: 'notFound',
    details: {file: config},
    suggestions:
      backups.length === 0
        ? ['pxectl makes one with every change it applies']
        : backups.slice(0, 5).map((known) => `pxectl dhcp rollback ${known.time}`),
  })
}

function reversed({path, before, after}: FileChange): FileChange {
  return {path, before: after, after: before}
}

async function restoring({path, backup}: Backup['files'][number]): Promise<FileChange> {
  return {path, before: await findBytes(path), after: await readBackup(backup)}
}
