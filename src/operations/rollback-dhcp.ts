// Puts a backup of the DHCP configuration back, as a change like any other.
import {matchingTimes, readBackup} from '../dhcp/backups.js'
import type {Backup} from '../dhcp/server.js'
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {findBytes, sameBytes} from '../system/files.js'
import {withLock} from '../system/lock.js'
import {getDhcpServer} from './dhcp-desired.js'
import {renderFileDiff, type FileDiff} from './file-diff.js'

export type RolledBack = {
  readonly time: string
  readonly backup: string
  readonly dryRun: boolean
  readonly files: readonly FileDiff[]
  readonly warnings: readonly string[]
}

export type RollbackOptions = {
  /** A backup's time or the beginning of one; undefined: the newest. */
  readonly time?: string | undefined
  readonly dryRun: boolean
  readonly onProgress?: (step: string) => void
}

/** The backups that are kept, newest first. */
export async function listDhcpBackups(lab: Lab): Promise<{readonly backups: readonly Backup[]}> {
  return {backups: await (await getDhcpServer(lab)).backups()}
}

/** Throws BACKUP_MISSING, and BACKUP_AMBIGUOUS where several backups begin with what was given. */
export async function rollbackDhcp(lab: Lab, options: RollbackOptions): Promise<RolledBack> {
  const server = await getDhcpServer(lab)
  const chosen = getBackup(await server.backups(), options.time)
  const changes = await Promise.all(
    chosen.files.map(async ({path, backup}) => ({
      path,
      before: await (server.held?.read ?? findBytes)(path),
      after: await readBackup(backup),
    })),
  )
  const {time} = chosen
  const files = changes.filter(({before, after}) => !sameBytes(before, after)).map(renderFileDiff)
  const backup = chosen.files.map((file) => file.backup).join(', ')
  if (options.dryRun) {
    const preview = await server.preview?.({files: changes})
    return {time, backup, dryRun: true, files, warnings: preview === undefined ? [] : [preview]}
  }
  const apply = {restart: lab.restartsDhcp, tell: true, ...(options.onProgress === undefined ? {} : {onProgress: options.onProgress})}
  const {warnings} = await withLock(lab.lockPath, {}, () => server.rollback(time, apply))
  return {time, backup, dryRun: false, files, warnings}
}

function getBackup(backups: readonly Backup[], typed: string | undefined): Backup {
  const [newest] = backups
  if (newest === undefined) {
    throw new PxectlError('there is no backup of the DHCP configuration: pxectl has not changed it yet', {
      code: 'BACKUP_MISSING',
      kind: 'notFound',
      suggestions: ['pxectl dhcp diff'],
    })
  }
  const times = typed === undefined ? [newest.time] : matchingTimes(backups, typed)
  const [time] = times
  const chosen = time === undefined || times.length > 1 ? undefined : backups.find((backup) => backup.time === time)
  if (chosen !== undefined) return chosen
  const known = times.length > 1 ? times : backups.map((backup) => backup.time)
  throw new PxectlError(
    times.length > 1
      ? `${times.length} backups begin with ${typed ?? ''}`
      : `there is no backup of the DHCP configuration from ${typed ?? ''}`,
    {
      code: times.length > 1 ? 'BACKUP_AMBIGUOUS' : 'BACKUP_MISSING',
      kind: times.length > 1 ? 'usage' : 'notFound',
      details: {time: typed, known},
      suggestions: ['see them all: pxectl dhcp rollback --list', ...known.slice(0, 3).map((one) => `pxectl dhcp rollback ${one}`)],
    },
  )
}
