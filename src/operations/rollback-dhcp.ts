// Puts the last backup of the DHCP configuration back, as a change like any other.
import {PxectlError} from '../errors.js'
import {readBackup} from '../dhcp/backups.js'
import type {Lab} from '../lab/open-lab.js'
import {findBytes} from '../system/files.js'
import {withLock} from '../system/lock.js'
import {getDhcpServer} from './dhcp-desired.js'
import {renderFileDiff, type FileDiff} from './file-diff.js'

export type RolledBack = {
  readonly backup: string
  readonly dryRun: boolean
  readonly files: readonly FileDiff[]
  readonly warnings: readonly string[]
}

export async function rollbackDhcp(lab: Lab, options: {dryRun: boolean; onProgress?: (step: string) => void}): Promise<RolledBack> {
  const server = getDhcpServer(lab)
  const [newest] = await server.backups()
  if (newest === undefined) {
    throw new PxectlError('there is no backup of the DHCP configuration: pxectl has not changed it yet', {
      code: 'BACKUP_MISSING',
      kind: 'notFound',
      suggestions: ['pxectl dhcp diff'],
    })
  }
  const changes = await Promise.all(
    newest.files.map(async ({path, backup}) => ({path, before: await findBytes(path), after: await readBackup(backup)})),
  )
  const files = changes.map(renderFileDiff)
  const backup = newest.files.map((file) => file.backup).join(', ')
  if (options.dryRun) return {backup, dryRun: true, files, warnings: []}
  const apply = {restart: lab.restartsDhcp, ...(options.onProgress === undefined ? {} : {onProgress: options.onProgress})}
  const {warnings} = await withLock(lab.lockPath, {}, () => server.rollback(newest.time, apply))
  return {backup, dryRun: false, files, warnings}
}
