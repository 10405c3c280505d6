// Backups of configuration files: `dhcpd.conf.pxectl-20261121T133502.123Z` beside the file, or in the lab's state folder
// where the file's own folder cannot be written. A file that a change makes leaves an empty `NAME.pxectl-TIME.absent`.
import {basename, dirname, join} from 'node:path'
import {isWritable, listFolder, makeFolder, readBytes, removeFile, writeAtomic} from '../system/files.js'
import type {Backup} from './server.js'

const KEPT = 10
const MARK = '.pxectl-'
const ABSENT = '.absent'
const TIME = /^(\d{8}T\d{6}\.\d{3}Z)(?:\.absent)?$/

export type BackupPlaces = {
  /** For backups of files whose own folder cannot be written. */
  readonly stateFolder: string
  /** A folder apart for the backups of a file: where the server reads every file of the folder that the file is in. */
  readonly folderFor?: (path: string) => string
}

/** `20261121T133502.123Z` */
export function backupTime(now: Date): string {
  return now.toISOString().replace(/[-:]/g, '')
}

/**
 * Saves the bytes (undefined: there was no file) under the time, and drops the oldest backups. Readable by their owner alone: a
 * dhcpd.conf may hold keys.
 */
export async function writeBackup(path: string, bytes: Buffer | undefined, time: string, places: BackupPlaces): Promise<string> {
  const folder = await backupFolder(path, places)
  const backup = join(folder, `${basename(path)}${MARK}${time}${bytes === undefined ? ABSENT : ''}`)
  await writeAtomic(backup, bytes ?? '', {mode: 0o600})
  for (const old of (await listBackups(path, places)).slice(KEPT)) await removeFile(old.backup)
  return backup
}

/** What a backup holds; undefined: the file was not there. */
export async function readBackup(backup: string): Promise<Buffer | undefined> {
  return backup.endsWith(ABSENT) ? undefined : readBytes(backup)
}

async function backupFolder(path: string, {stateFolder, folderFor}: BackupPlaces): Promise<string> {
  const folder = folderFor?.(path) ?? ((await isWritable(dirname(path))) ? dirname(path) : stateFolder)
  await makeFolder(folder)
  return folder
}

/** Newest first. */
async function listBackups(path: string, {stateFolder, folderFor}: BackupPlaces): Promise<{time: string; backup: string}[]> {
  const found: {time: string; backup: string}[] = []
  const prefix = `${basename(path)}${MARK}`
  for (const folder of folderFor === undefined ? new Set([dirname(path), stateFolder]) : [folderFor(path)]) {
    for (const name of await listFolder(folder)) {
      const time = name.startsWith(prefix) ? TIME.exec(name.slice(prefix.length))?.[1] : undefined
      if (time !== undefined) found.push({time, backup: join(folder, name)})
    }
  }
  return found.sort((a, b) => (a.time < b.time ? 1 : -1))
}

/** The names of the files that have backups in a folder apart. */
export async function backedUpNames(folder: string): Promise<string[]> {
  const names = (await listFolder(folder)).flatMap((name) => {
    const at = name.lastIndexOf(MARK)
    return at > 0 && TIME.test(name.slice(at + MARK.length)) ? [name.slice(0, at)] : []
  })
  return [...new Set(names)]
}

/**
 * The states that can be put back, newest first: for each time of a change, what every file was before it. That is the oldest
 * backup of the file since then, which is not always one of that very change.
 */
export async function readBackups(paths: readonly string[], places: BackupPlaces): Promise<Backup[]> {
  const since = new Map<string, string>()
  const found = await Promise.all([...new Set(paths)].map(async (path) => ({path, backups: await listBackups(path, places)})))
  const all = found.flatMap(({path, backups}) => backups.map((entry) => ({path, ...entry})))
  const states: Backup[] = []
  for (const time of [...new Set(all.map((entry) => entry.time))].sort().reverse()) {
    for (const entry of all) if (entry.time === time) since.set(entry.path, entry.backup)
    states.push({time, files: [...since].map(([path, backup]) => ({path, backup}))})
  }
  return states
}

/** The times that begin with what was typed: `20261121T13`, or as in ISO 8601, `2026-11-21T13:35`. */
export function matchingTimes(backups: readonly Backup[], typed: string): string[] {
  const plain = typed.replace(/[-:]/g, '').toUpperCase()
  const exact = backups.filter(({time}) => time === plain)
  return (exact.length > 0 || plain === '' ? exact : backups.filter(({time}) => time.startsWith(plain))).map(({time}) => time)
}
