// Backups of configuration files: `dhcpd.conf.pxectl-20261121T133502.123Z` beside the file, or in the lab's state folder
// where the file's own folder cannot be written.
import {basename, dirname, join} from 'node:path'
import {isWritable, listFolder, makeFolder, removeFile, writeAtomic} from '../system/files.js'
import type {Backup} from './server.js'

const KEPT = 10
const MARK = '.pxectl-'
const TIME = /^\d{8}T\d{6}\.\d{3}Z$/

/** `20261121T133502.123Z` */
export function backupTime(now: Date): string {
  return now.toISOString().replace(/[-:]/g, '')
}

/** Saves the bytes under the time, and drops the oldest backups. Readable by their owner alone: a dhcpd.conf may hold keys. */
export async function writeBackup(path: string, bytes: Buffer, time: string, stateFolder: string): Promise<string> {
  const beside = await isWritable(dirname(path))
  if (!beside) await makeFolder(stateFolder)
  const folder = beside ? dirname(path) : stateFolder
  const backup = join(folder, `${basename(path)}${MARK}${time}`)
  await writeAtomic(backup, bytes, {mode: 0o600})
  for (const old of (await listBackups(path, stateFolder)).slice(KEPT)) await removeFile(old.backup)
  return backup
}

/** Newest first. */
async function listBackups(path: string, stateFolder: string): Promise<{time: string; backup: string}[]> {
  const found: {time: string; backup: string}[] = []
  const prefix = `${basename(path)}${MARK}`
  for (const folder of new Set([dirname(path), stateFolder])) {
    for (const name of await listFolder(folder)) {
      const time = name.slice(prefix.length)
      if (name.startsWith(prefix) && TIME.test(time)) found.push({time, backup: join(folder, name)})
    }
  }
  return found.sort((a, b) => (a.time < b.time ? 1 : -1))
}

/** The backups of several files, those of one change together; newest first. */
export async function readBackups(paths: readonly string[], stateFolder: string): Promise<Backup[]> {
  const byTime = new Map<string, {path: string; backup: string}[]>()
  for (const path of new Set(paths)) {
    for (const {time, backup} of await listBackups(path, stateFolder)) byTime.set(time, [...(byTime.get(time) ?? []), {path, backup}])
  }
  return [...byTime].map(([time, files]) => ({time, files})).sort((a, b) => (a.time < b.time ? 1 : -1))
}

/**
 * The backups that bring back the state before the change of that time: each file as it was when it first changed from then on.
 * undefined where no backup has that time.
 */
export function stateBefore(backups: readonly Backup[], time: string): Backup | undefined {
  if (!backups.some((backup) => backup.time === time)) return undefined
  const files = new Map<string, Backup['files'][number]>()
  // Newest first, so that the oldest of each file has the last word.
  for (const backup of backups) if (backup.time >= time) for (const file of backup.files) files.set(file.path, file)
  return {time, files: [...files.values()]}
}

/** The times that begin with what was typed: `20261121T13`, or as in ISO 8601, `2026-11-21T13:35`. */
export function matchingTimes(backups: readonly Backup[], typed: string): string[] {
  const plain = typed.replace(/[-:]/g, '').toUpperCase()
  const exact = backups.filter(({time}) => time === plain)
  return (exact.length > 0 || plain === '' ? exact : backups.filter(({time}) => time.startsWith(plain))).map(({time}) => time)
}
