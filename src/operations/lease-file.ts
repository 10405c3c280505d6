// The leases on disk: one line for each change, added at the end and flushed before the client hears of it; the last line about
// an address counts. Written anew when the server starts and when most lines are old, so it stays in proportion to the range.
import {dirname} from 'node:path'
import type {PoolLease} from '../dhcp4/lease-table.js'
import {parseLeaseLine, renderLeaseLine} from '../dhcp4/lease-line.js'
import {messageOf} from '../errors.js'
import type {Ipv4} from '../net/ipv4.js'
import {type AppendFile, findBytes, makeFolder, openAppend, writeAtomic} from '../system/files.js'

export type LeaseFile = {
  /** What was on the disk, oldest change first. */
  readonly leases: readonly PoolLease[]
  readonly warnings: readonly string[]
  /** Resolves when the lease is on the disk. */
  save(lease: PoolLease): Promise<void>
  close(): Promise<void>
}

export type LeaseFileOptions = {
  /** Leases of other addresses are forgotten: the range was changed. */
  readonly keep: (ip: Ipv4) => boolean
  /** The file cannot be written anew; it goes on growing. Told once. */
  readonly onWarning: (message: string) => void
}

/** So many lines more than leases, and the file is written anew. */
const MOST_OLD_LINES = 4096

export async function openLeaseFile(path: string, {keep, onWarning}: LeaseFileOptions): Promise<LeaseFile> {
  const {leases, badLines} = parseLeaseFile((await findBytes(path))?.toString('utf8') ?? '')
  for (const ip of [...leases.keys()].filter((known) => !keep(known))) leases.delete(ip)
  const warnings = badLines === 0 ? [] : [`${path}: ${badLines} unreadable ${badLines === 1 ? 'line was' : 'lines were'} left out`]
  await makeFolder(dirname(path))

  const writeAnew = async (): Promise<AppendFile> => {
    await writeAtomic(path, [...leases.values()].map(renderLeaseLine).join(''), {mode: 0o600})
    return openAppend(path)
  }
  let file = await writeAnew()
  let oldLines = 0
  let mayWriteAnew = true
  /** The last line may be a part: the disk was full. It must not spoil the next one. */
  let isTorn = false
  let pending: string[] = []
  let writing: Promise<void> | undefined

  const compact = async (): Promise<void> => {
    try {
      const anew = await writeAnew()
      await file.close()
      file = anew
      oldLines = 0
    } catch (error) {
      // After `--user` the folder may be closed to us; the file that is open is not.
      mayWriteAnew = false
      onWarning(`the lease file grows until the next start: ${messageOf(error)}`)
    }
  }
  /** One after the other; all that came meanwhile goes with one flush. */
  const write = async (last: Promise<void> | undefined): Promise<void> => {
    await last?.catch(() => undefined)
    writing = undefined
    const lines = pending
    pending = []
    if (mayWriteAnew && oldLines > MOST_OLD_LINES) await compact()
    oldLines += lines.length
    const start = isTorn ? '\n' : ''
    isTorn = true
    await file.append(start + lines.join(''))
    isTorn = false
  }
  let running: Promise<void> | undefined
  return {
    leases: [...leases.values()],
    warnings,
    save: (lease) => {
      putLast(leases, lease)
      pending.push(renderLeaseLine(lease))
      writing ??= running = write(running)
      return writing
    },
    close: async () => {
      await running?.catch(() => undefined)
      await file.close()
    },
  }
}

/** The last line about each address, in the order of those lines; a last line that a crash has torn is one of the bad ones. */
export function parseLeaseFile(text: string): {leases: Map<Ipv4, PoolLease>; badLines: number} {
  const leases = new Map<Ipv4, PoolLease>()
  let badLines = 0
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const lease = parseLeaseLine(line)
    if (lease === undefined) badLines += 1
    else putLast(leases, lease)
  }
  return {leases, badLines}
}

/** A Map keeps the place of a key it has; here the order is that of the changes. */
function putLast(leases: Map<Ipv4, PoolLease>, lease: PoolLease): void {
  leases.delete(lease.ip)
  leases.set(lease.ip, lease)
}
