// What goes with an import from one step to the next: being interrupted, telling how far it is, and not filling the disk.
import {PxectlError} from '../errors.js'
import {freeBytes} from '../system/folders.js'

export type Work = {
  /** Aborted when the user has had enough. */
  readonly signal?: AbortSignal
  readonly onProgress?: (step: string) => void
}

/** Throws INTERRUPTED once the user has had enough. */
export function checkInterrupt({signal}: Work): void {
  if (signal?.aborted !== true) return
  throw new PxectlError('interrupted; nothing was changed', {code: 'INTERRUPTED', kind: 'usage'})
}

/** The same bytes, with progress in steps of whole percents, until the user has had enough. */
export async function* watched(
  content: AsyncIterable<Uint8Array>,
  work: Work,
  what: {readonly step: string; readonly totalBytes: number},
): AsyncGenerator<Uint8Array> {
  const report = progressOf(work, what.step, what.totalBytes)
  for await (const chunk of content) {
    checkInterrupt(work)
    report(chunk.length)
    yield chunk
  }
}

/** Counts bytes and reports now and then: at every tenth where the total is known, else every 100 MB. */
export function progressOf({onProgress}: Work, step: string, totalBytes: number): (count: number) => void {
  const stepBytes = totalBytes > 0 && Number.isFinite(totalBytes) ? Math.max(totalBytes / 10, 1 << 24) : 1e8
  let done = 0
  let next = stepBytes
  return (count) => {
    done += count
    if (done < next) return
    next += stepBytes * Math.ceil((done - next + 1) / stepBytes)
    onProgress?.(
      Number.isFinite(totalBytes) && totalBytes > 0
        ? `${step}: ${Math.floor((done / totalBytes) * 100)} %`
        : `${step}: ${Math.floor(done / 1e6)} MB`,
    )
  }
}

/** What must stay free: the lab's database and journal are on the same disk more often than not. */
const RESERVE_BYTES = 4 << 20

/** Throws DISK_FULL before anything is written, where it would not fit. */
export async function requireSpace(folder: string, bytes: number): Promise<void> {
  const free = await freeBytes(folder)
  if (bytes + RESERVE_BYTES > free) throw diskFull(folder, `${megabytes(bytes)} are needed`, free)
}

/** The error for a disk that has no room; `needs` says for what. */
export function diskFull(folder: string, needs: string, free: number): PxectlError {
  // The import's own place is gone when people read this.
  const place = folder.replace(/\/\.import-.*$/, '')
  return new PxectlError(`${needs} below ${place}, and ${megabytes(Math.max(0, free - RESERVE_BYTES))} are free; nothing was imported`, {
    code: 'DISK_FULL',
    kind: 'environment',
    details: {folder: place, freeBytes: free},
    suggestions: [`free some space: df -h ${place}`, 'see what images take: pxectl image list'],
  })
}

/** Of so many free bytes, those that may be written. */
export function spaceLeft(free: number): number {
  return Math.max(0, Math.min(free - RESERVE_BYTES, Number.MAX_SAFE_INTEGER))
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`
}
