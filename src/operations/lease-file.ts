// The leases on disk: one line for each change, added at the end and flushed before the client hears of it; the last line about
// an address counts.
//
//   {"generation":7}
//   {"ip":"192.168.56.100","mac":"52:54:00:12:34:56","state":"leased","until":"2026-03-01T12:00:00.000Z"}
//
// When most lines are old, all that counts is written into a second file, which then goes on growing in the place of the first:
// so it stays in proportion to the range. Renaming would need the right to the folder, which `--user` has given up by then.
// A crash may leave a part of the second file. What stands there agrees with the first, so both are read, the one of the lower
// generation first.
import {dirname} from 'node:path'
import type {PoolLease} from '../dhcp4/lease-table.js'
import {parseLeaseLine, renderLeaseLine} from '../dhcp4/lease-line.js'
import {messageOf, PxectlError} from '../errors.js'
import type {Ipv4} from '../net/ipv4.js'
import {findBytes, makeFolder, openAppend, writeAtomic} from '../system/files.js'
import {findLockHolder, tryLock} from '../system/lock.js'

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
  /** The second file cannot be written; the first goes on growing until that is tried again. */
  readonly onWarning: (message: string) => void
}

/** So many lines more than leases, and the other file is begun. */
const MOST_OLD_LINES = 4096

const secondOf = (path: string): string => `${path}.second`
const renderGeneration = (generation: number): string => `${JSON.stringify({generation})}\n`

/** Throws LEASES_IN_USE where another process writes this file, and where it cannot be written. */
export async function openLeaseFile(path: string, options: LeaseFileOptions): Promise<LeaseFile> {
  await makeFolder(dirname(path))
  const lock = await tryLock(`${path}.lock`)
  if (lock === undefined) throw await inUse(path)
  try {
    return await openLocked(path, options, lock.release)
  } catch (error) {
    lock.release()
    throw error
  }
}

async function openLocked(path: string, {keep, onWarning}: LeaseFileOptions, release: () => void): Promise<LeaseFile> {
  const read = await readLeaseFiles(path)
  const {leases, badLines} = read
  for (const ip of [...leases.keys()].filter((known) => !keep(known))) leases.delete(ip)
  const warnings = badLines === 0 ? [] : [`${path}: ${badLines} unreadable ${badLines === 1 ? 'line was' : 'lines were'} left out`]

  let generation = read.generation + 1
  const whole = (): string => renderGeneration(generation) + [...leases.values()].map(renderLeaseLine).join('')
  // In this order: until the first is whole, the second may be what counts.
  await writeAtomic(path, whole())
  await writeAtomic(secondOf(path), '')
  let file = await openAppend(path)
  let other = await openAppend(secondOf(path))
  let oldLines = 0
  /** What must stand before the next line. */
  let start = ''
  let pending: string[] = []
  let writing: Promise<void> | undefined

  const compact = async (): Promise<void> => {
    oldLines = 0
    generation += 1
    try {
      await other.beginAnew(whole())
      ;[file, other] = [other, file]
      start = ''
    } catch (error) {
      // What was written there must not count: this file goes on, with a higher generation.
      generation += 1
      start += renderGeneration(generation)
      onWarning(`the lease file grows: ${messageOf(error)}`)
    }
  }
  /** One after the other; all that came meanwhile goes with one flush. */
  const write = async (last: Promise<void> | undefined): Promise<void> => {
    await last?.catch(() => undefined)
    writing = undefined
    const lines = pending
    pending = []
    // Before the compaction: `leases` holds these already.
    if (oldLines > MOST_OLD_LINES) await compact()
    oldLines += lines.length
    const text = start + lines.join('')
    // The last line may be a part: the disk was full. It must not spoil the next one.
    start = `\n${start.replace(/^\n/, '')}`
    await file.append(text)
    start = ''
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
      await Promise.all([file.close(), other.close()])
      release()
    },
  }
}

export type ReadLeases = {
  /** The last line about each address, in the order of those lines. */
  readonly leases: Map<Ipv4, PoolLease>
  /** A last line that a crash has torn is one of them. */
  readonly badLines: number
  readonly generation: number
}

/** Both files as one; none is there: no leases. Needs no lock: a reader at any moment sees what was true a moment ago. */
export async function readLeaseFiles(path: string): Promise<ReadLeases> {
  const texts = await Promise.all([path, secondOf(path)].map(async (one) => (await findBytes(one))?.toString('utf8') ?? ''))
  const [older, newer] = texts.map(parseLeaseFile).sort((one, two) => one.generation - two.generation)
  if (older === undefined || newer === undefined) throw new Error('two files are two parts')
  for (const lease of newer.leases.values()) putLast(older.leases, lease)
  return {leases: older.leases, badLines: older.badLines + newer.badLines, generation: newer.generation}
}

function parseLeaseFile(text: string): ReadLeases {
  const leases = new Map<Ipv4, PoolLease>()
  let badLines = 0
  let generation = 0
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const lease = parseLeaseLine(line)
    const marked = /^\{"generation":(\d+)\}$/.exec(line)?.[1]
    if (lease !== undefined) putLast(leases, lease)
    else if (marked !== undefined) generation = Number(marked)
    else badLines += 1
  }
  return {leases, badLines, generation}
}

/** A Map keeps the place of a key it has; here the order is that of the changes. */
function putLast(leases: Map<Ipv4, PoolLease>, lease: PoolLease): void {
  leases.delete(lease.ip)
  leases.set(lease.ip, lease)
}

async function inUse(path: string): Promise<PxectlError> {
  const pid = await findLockHolder(`${path}.lock`)
  const who = pid === undefined ? 'another pxectl serve' : `another pxectl serve (process ${pid})`
  return new PxectlError(`${who} gives out the leases of this lab: two would give one address to two machines; none was started`, {
    code: 'LEASES_IN_USE',
    kind: 'conflict',
    details: {path, ...(pid === undefined ? {} : {pid})},
    suggestions: [
      pid === undefined ? `see who it is: fuser -v ${path}.lock` : `see what it serves: ps -fp ${pid}`,
      'serve without DHCP beside it: pxectl serve --dhcp off',
      'or answer only the hosts of the database: pxectl config set dhcp.unknown-clients no',
    ],
  })
}
