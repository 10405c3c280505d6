// Does the running dhcpd have what dhcpd.conf says? It reads its files once, when it starts. What OMAPI told it since is kept
// in a note, with the process that was told. In doubt: no, and a restart brings in whatever else was changed.
import {createHash} from 'node:crypto'
import {basename, join} from 'node:path'
import {findBytes, findStats, makeFolder, writeAtomic} from '../system/files.js'
import type {ProcessStart} from '../system/process-start.js'
import type {ConfFile} from './isc-load.js'

export type Known = {
  readonly config: string
  readonly stateFolder: string
  readonly findStart: (pid: number) => Promise<ProcessStart | undefined>
}

/** undefined where the process runs with these files; else why not. */
export async function findUnknown(known: Known, pid: number, files: readonly ConfFile[]): Promise<string | undefined> {
  const start = await known.findStart(pid)
  if (start === undefined) return 'when dhcpd was started cannot be found out'
  const note = await findBytes(notePath(known)).catch(() => undefined)
  if (note?.toString('utf8') === noteOf(pid, start, files)) return undefined
  for (const {path} of files) {
    const stats = await findStats(path)
    // A file that was moved here keeps the time of its bytes, not that of its inode.
    if (stats === undefined || Math.max(stats.mtimeMs, stats.ctimeMs) >= start.time) return `${path} was changed after dhcpd was started`
  }
  return undefined
}

/** Notes that the process has been told all that these files say. Where no note can be written the next change restarts dhcpd. */
export async function noteKnown(known: Known, pid: number, files: readonly ConfFile[]): Promise<void> {
  const start = await known.findStart(pid)
  if (start === undefined) return
  await makeFolder(known.stateFolder)
  await writeAtomic(notePath(known), noteOf(pid, start, files), {mode: 0o600})
}

function notePath({config, stateFolder}: Known): string {
  return join(stateFolder, `${basename(config)}.omapi.json`)
}

function noteOf(pid: number, {ticks}: ProcessStart, files: readonly ConfFile[]): string {
  const hash = createHash('sha256')
  for (const {path, bytes} of files) hash.update(`${path}\0${bytes.length}\0`).update(bytes)
  return `${JSON.stringify({pid, ticks, files: hash.digest('hex')})}\n`
}
