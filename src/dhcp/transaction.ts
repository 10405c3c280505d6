// Puts new configuration files in place such that the server runs with all of them, or with none. Knows no DHCP server:
// each back end brings its own test and restart.
import {dirname} from 'node:path'
import {messageOf, PxectlError} from '../errors.js'
import {
  fileExists,
  findBytes,
  isWritable,
  makeFolder,
  realPath,
  removeFile,
  sameBytes,
  writeAtomic,
  writeInPlace,
  writeProblem,
} from '../system/files.js'
import {backupTime, type BackupPlaces, writeBackup} from './backups.js'
import type {Applied, ApplyOptions, DhcpPlan, FileChange} from './server.js'
import {tellServer, type Tell} from './tell.js'

export type Restart = (files: readonly FileChange[]) => Promise<readonly string[]>

export type TransactionParts = {
  /** Throws where the server would refuse the new files; gives warnings. */
  readonly test: (files: readonly FileChange[]) => Promise<readonly string[]>
  /**
   * Makes the server take these files in (a restart, or less where that is enough) and checks that it runs; throws where it
   * does not. undefined: no way is known.
   */
  readonly restart: Restart | undefined
  /** Comes before a restart, and makes it needless where it succeeds. */
  readonly tell?: Tell
  /** Does a running server notice these changes by itself? Without this: never. */
  readonly isLive?: (files: readonly FileChange[]) => boolean
  readonly backups: BackupPlaces
  /** New files and folders are readable by all, whatever the umask: for a server that reads them after it gave up root. */
  readonly arePublic?: boolean
  readonly now: () => Date
}

const RESTART_YOURSELF = 'no command that restarts the DHCP server is known here: restart it yourself (or set dhcp.restart)'

/** Test, backup, swap, restart. Throws with everything as it was, or an error that says what is not. */
export async function applyFiles(plan: DhcpPlan, parts: TransactionParts, options: ApplyOptions): Promise<Applied> {
  if (plan.files.length === 0) return {restarted: false, backups: [], warnings: []}
  const progress = options.onProgress ?? (() => undefined)
  const files = await Promise.all(plan.files.map(followLink))
  for (const file of files) await refuseChanged(file)
  for (const file of files) await refuseUnwritable(file)
  progress('testing the new DHCP configuration')
  const warnings = [...(await parts.test(plan.files))]
  // The test took time in which somebody may have saved the file from an editor.
  for (const file of files) await refuseChanged(file)
  // Before the backups, whose folder may be within one of these and is nobody else's to read.
  for (const {path, after} of files) if (after !== undefined) await makeFolder(dirname(path), folderMode(parts))
  const time = backupTime(parts.now())
  const backups = await writeBackups(files, time, parts.backups)

  progress('writing the DHCP configuration')
  const swapped: FileChange[] = []
  try {
    for (const file of files) {
      swapped.unshift(file)
      await writeFile(file.path, file.after, parts)
    }
  } catch (error) {
    throw await putBack(swapped, error, backups, parts)
  }
  if (!plan.needsRestart) return {restarted: false, backups, warnings}
  const told = await tellServer(parts, options)
  warnings.push(...told.warnings)
  if (told.isTold || !options.restart) return {restarted: false, backups, warnings}
  if (parts.restart === undefined) return {restarted: false, backups, warnings: [...warnings, RESTART_YOURSELF]}
  progress('restarting the DHCP server')
  try {
    warnings.push(...(await parts.restart(files)))
  } catch (error) {
    throw await putBackAndRestart(swapped, parts, parts.restart, error, backups)
  }
  return {restarted: true, backups, warnings}
}

/** All backups or none: one of a change that did not happen would be taken for the newest. */
async function writeBackups(files: readonly FileChange[], time: string, places: BackupPlaces): Promise<string[]> {
  const backups: string[] = []
  try {
    for (const {path, before} of files) backups.push(await writeBackup(path, before, time, places))
    return backups
  } catch (error) {
    for (const backup of backups) await removeFile(backup)
    throw error
  }
}

/** Puts the old bytes back where a file still is what the plan made of it. */
export async function undoFiles(plan: DhcpPlan, parts: TransactionParts, options: ApplyOptions): Promise<Applied> {
  const foreign: string[] = []
  const restored: FileChange[] = []
  for (const file of await Promise.all([...plan.files].reverse().map(followLink))) {
    const now = await findBytes(file.path)
    if (sameBytes(now, file.before)) continue
    if (!sameBytes(now, file.after)) {
      foreign.push(file.path)
      continue
    }
    await writeFile(file.path, file.before, parts)
    restored.push({path: file.path, before: file.after, after: file.before})
  }
  // A server may notice by itself what comes, and not what goes.
  const needsRestart = plan.needsRestart || parts.isLive?.(restored) === false
  const isNews = restored.length > 0 && needsRestart
  const told = isNews && foreign.length === 0 ? await tellServer(parts, options) : {isTold: false, warnings: []}
  const restarts = isNews && options.restart && !told.isTold
  const warnings = [...told.warnings, ...(restarts ? ((await parts.restart?.(restored)) ?? [RESTART_YOURSELF]) : [])]
  if (foreign.length > 0) throw changedMeanwhile(foreign, 'it was left as it is')
  return {restarted: restarts && parts.restart !== undefined, backups: [], warnings}
}

/** A link stays a link: the file it leads to is what changes. */
async function followLink(file: FileChange): Promise<FileChange> {
  return (await fileExists(file.path)) ? {...file, path: await realPath(file.path)} : file
}

async function refuseChanged({path, before}: FileChange): Promise<void> {
  if (!sameBytes(await findBytes(path), before)) throw changedMeanwhile([path], 'it was not overwritten')
}

/** The error DHCPD_CONF_CHANGED for what somebody else changed between reading and writing. */
export function changedMeanwhile(paths: readonly string[], state: string): PxectlError {
  return new PxectlError(`${paths.join(', ')} was changed by somebody else meanwhile; ${state}`, {
    code: 'DHCPD_CONF_CHANGED',
    kind: 'conflict',
    details: {files: paths},
    suggestions: ['run the command again: it starts from the new content'],
  })
}

async function refuseUnwritable({path, before, after}: FileChange): Promise<void> {
  const folder = await existingFolder(dirname(path))
  if (await isWritable(folder)) return
  if (before !== undefined && after !== undefined && (await isWritable(path))) return
  const isReadOnly = (await writeProblem(folder)) === 'EROFS'
  throw new PxectlError(
    isReadOnly ? `${path} is on a read-only file system; nothing was changed` : `you may not write ${path}; nothing was changed`,
    {
      code: 'FILE_FORBIDDEN',
      kind: 'environment',
      details: {path, ...(isReadOnly ? {errno: 'EROFS'} : {})},
      suggestions: isReadOnly
        ? [`see how it is mounted: findmnt -T ${path}`, `mount it for writing: mount -o remount,rw MOUNT_POINT`]
        : ['run this as root', `or have root give you the file: chgrp YOUR_GROUP ${path} && chmod g+rw ${path}`],
    },
  )
}

function folderMode({arePublic}: TransactionParts): number | undefined {
  return arePublic === true ? 0o755 : undefined
}

/** The folder, or the first above it that is there. */
async function existingFolder(folder: string): Promise<string> {
  return folder === dirname(folder) || (await fileExists(folder)) ? folder : existingFolder(dirname(folder))
}

/** Renames a new file into place, or overwrites the old one where its folder cannot be written. */
async function writeFile(path: string, bytes: Buffer | undefined, parts: TransactionParts): Promise<void> {
  if (bytes === undefined) return removeFile(path)
  await makeFolder(dirname(path), folderMode(parts))
  if (await isWritable(dirname(path))) await writeAtomic(path, bytes, parts.arePublic === true ? {mode: 0o644, isExact: true} : {})
  else await writeInPlace(path, bytes)
}

/** Gives the error, or one that tells both where putting back failed too. */
async function putBack(
  swapped: readonly FileChange[],
  error: unknown,
  backups: readonly string[],
  parts: TransactionParts,
): Promise<unknown> {
  try {
    // One that could not be written is still what it was; on a full disk it could not be written again either.
    for (const {path, before} of swapped) if (!sameBytes(await findBytes(path), before)) await writeFile(path, before, parts)
    // The file is what it was: a rollback to a copy of it would do nothing.
    for (const backup of backups) await removeFile(backup)
    return error
  } catch (second) {
    return new PxectlError(`${messageOf(error)}; putting the old files back failed too: ${messageOf(second)}`, {
      code: 'DHCP_ROLLBACK_FAILED',
      kind: 'environment',
      details: {files: swapped.map(({path}) => path)},
      suggestions: ['mend what the second message names, then: pxectl dhcp rollback'],
      cause: error,
    })
  }
}

async function putBackAndRestart(
  swapped: readonly FileChange[],
  parts: TransactionParts,
  restart: Restart,
  error: unknown,
  backups: readonly string[],
): Promise<unknown> {
  // Restarting took time in which somebody may have saved the file from an editor: that is not ours to overwrite.
  const states = await Promise.all(swapped.map(async ({path, after}) => sameBytes(await findBytes(path), after)))
  const foreign = swapped.filter((_, index) => states[index] === false).map(({path}) => path)
  const first = await putBack(
    swapped.filter((_, index) => states[index] === true),
    error,
    foreign.length === 0 ? backups : [],
    parts,
  )
  if (first !== error) return first
  const kind = error instanceof PxectlError ? error.kind : 'external'
  const suggestions = error instanceof PxectlError ? error.suggestions : []
  const fail = (state: string, second?: unknown): PxectlError =>
    new PxectlError(`${messageOf(error)}\n${state}`, {
      code: 'DHCPD_RESTART_FAILED',
      kind,
      details: {files: swapped.map(({path}) => path), ...(second === undefined ? {} : {second: messageOf(second)})},
      suggestions: [...new Set([...(second instanceof PxectlError ? second.suggestions : []), ...suggestions])],
      cause: error,
    })
  if (foreign.length > 0)
    return fail(`${foreign.join(', ')} was changed by somebody else meanwhile and stays as it is; look at it, then: pxectl dhcp restart`)
  try {
    await restart(swapped.map(({path, before, after}) => ({path, before: after, after: before})))
    return fail('The old configuration was put back, and the DHCP server is running with it.')
  } catch (second) {
    return fail(`The old configuration was put back, but the DHCP server does not run with it either: ${messageOf(second)}`, second)
  }
}
