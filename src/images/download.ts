// A source that is fetched by HTTP into the lab's state folder, where an interrupted download goes on later (RFC 9110, sections 13.1.5
// If-Range and 14.2 Range): beside NAME.part stands NAME.json, which says of what it is the beginning.
import {createHash} from 'node:crypto'
import {join} from 'node:path'
import {messageOf, PxectlError} from '../errors.js'
import {findBytes, findStats, makeFolder, removeFile, writeAtomic} from '../system/files.js'
import {withLock} from '../system/lock.js'
import {openPartFile, type PartFile} from '../system/part-file.js'
import {bodyOf, failed, fileNameOf, parseUrl, publicUrl, refused, request} from './fetch.js'
import {checkInterrupt, progressOf, requireSpace, type Work} from './work.js'

export type Download = {
  readonly path: string
  /** The last part of the address's path, for names and lists of checksums. */
  readonly fileName: string
  /** Removes it: the download is used, or worth nothing. */
  readonly remove: () => Promise<void>
}

/** How often a broken transfer goes on without having got a single byte further. */
const MAX_STALLS = 3
/** How often the room on the disk is looked at. */
const CHECK_BYTES = 32 << 20

/**
 * Fetches a file, or the rest of it, and gives it to `use`. Afterwards it is removed, unless `use` fails: the user may want to try again
 * with other flags. Throws DOWNLOAD_BUSY while another pxectl does the same.
 */
export async function withDownload<T>(address: string, folder: string, work: Work, use: (download: Download) => Promise<T>): Promise<T> {
  const url = parseUrl(address)
  await makeFolder(folder, 0o700)
  const name = join(folder, createHash('sha256').update(address).digest('hex').slice(0, 24))
  const place = {part: `${name}.part`, note: `${name}.json`, folder}
  const remove = async (): Promise<void> => {
    for (const path of [place.part, place.note]) await removeFile(path)
  }
  const locked = withLock(`${name}.lock`, {waitMs: 0}, async () => {
    await fetchAll(url, place, work, remove)
    const answer = await use({path: place.part, fileName: fileNameOf(url), remove})
    await remove()
    return answer
  })
  try {
    return await locked
  } catch (error) {
    throw error instanceof PxectlError && error.code === 'LAB_BUSY' ? busy(url, error) : error
  } finally {
    if ((await findStats(place.part)) === undefined) await removeFile(`${name}.lock`)
  }
}

async function fetchAll(url: URL, place: Place, work: Work, remove: () => Promise<void>): Promise<void> {
  let stalls = 0
  for (;;) {
    checkInterrupt(work)
    const before = (await findStats(place.part))?.size ?? 0
    try {
      return await fetchRest(url, place, work)
    } catch (error) {
      checkInterrupt(work)
      // A disk that is full is not left so.
      if (error instanceof PxectlError && error.code === 'DISK_FULL') await remove()
      if (error instanceof PxectlError) throw error
      stalls = ((await findStats(place.part))?.size ?? 0) > before ? 0 : stalls + 1
      if (stalls >= MAX_STALLS) throw failed(url, error)
      work.onProgress?.(`the connection broke (${messageOf(error)}); going on`)
    }
  }
}

type Place = {readonly part: string; readonly note: string; readonly folder: string}

/** What a `.part` is the beginning of. */
type Beginning = {readonly url: string; readonly validator: string; readonly totalBytes?: number}

async function fetchRest(url: URL, place: Place, work: Work): Promise<void> {
  const known = await readBeginning(place.note)
  const part = await openPartFile(place.part)
  try {
    const from = known?.url === publicUrl(url.href) ? part.sizeBytes : 0
    if (from === 0 && part.sizeBytes > 0) await part.clear()
    const headers = from > 0 && known !== undefined ? {range: `bytes=${from}-`, 'if-range': known.validator} : {}
    const response = await request(url, headers, work)
    if (response.status === 416 && totalOf(response.headers.get('content-range')) === from && known?.totalBytes === from) {
      await response.body?.cancel()
      return
    }
    if (!response.ok) throw refused(url, response.status)
    const rest = response.status === 206 && startOf(response.headers.get('content-range')) === from ? from : 0
    if (response.status === 206 && rest !== from) throw failed(url, new Error('the server answered with another part than asked for'))
    if (rest === 0 && from > 0) await part.clear()
    await receive(response, {url, part, place, from: rest}, work)
  } finally {
    await part.close()
  }
}

type Receiving = {readonly url: URL; readonly part: PartFile; readonly place: Place; readonly from: number}

async function receive(response: Response, {url, part, place, from}: Receiving, work: Work): Promise<void> {
  // fetch unpacks an encoded body, whose length is then not that of the file.
  const isPlain = (response.headers.get('content-encoding') ?? 'identity') === 'identity'
  const length = isPlain ? Number(response.headers.get('content-length') ?? NaN) : NaN
  const totalBytes = Number.isSafeInteger(length) ? from + length : undefined
  const validator = strongEtag(response.headers.get('etag')) ?? response.headers.get('last-modified')
  if (validator === null) await removeFile(place.note)
  else
    await writeAtomic(
      place.note,
      JSON.stringify({url: publicUrl(url.href), validator, ...(totalBytes === undefined ? {} : {totalBytes})} satisfies Beginning),
    )
  if (totalBytes !== undefined) await requireSpace(place.folder, totalBytes - from)
  const report = progressOf(work, `fetching ${fileNameOf(url)}`, totalBytes ?? NaN)
  report(from)
  let received = from
  let checkedTo = received
  for await (const chunk of bodyOf(response, work)) {
    // A server that never ends must not fill the disk.
    if (received + chunk.length > checkedTo) {
      await requireSpace(place.folder, CHECK_BYTES)
      checkedTo = received + CHECK_BYTES
    }
    await part.write(chunk)
    received += chunk.length
    report(chunk.length)
  }
  if (totalBytes !== undefined && received !== totalBytes)
    throw new Error(`${received} bytes came, and the server had announced ${totalBytes}`)
}

async function readBeginning(path: string): Promise<Beginning | undefined> {
  try {
    const value = JSON.parse((await findBytes(path))?.toString('utf8') ?? '') as Partial<Beginning>
    return typeof value.url === 'string' && typeof value.validator === 'string' ? (value as Beginning) : undefined
  } catch {
    return undefined
  }
}

/** Only a strong validator may join two parts (RFC 9110, 13.1.5). */
function strongEtag(etag: string | null): string | undefined {
  return etag === null || etag.startsWith('W/') ? undefined : etag
}

/** `bytes 100-199/200`. */
function startOf(range: string | null): number | undefined {
  const start = /^bytes (\d+)-/.exec(range ?? '')?.[1]
  return start === undefined ? undefined : Number(start)
}

/** The end of `bytes 100-199/200`, or of what a server says where nothing is left to send. */
function totalOf(range: string | null): number | undefined {
  const total = /\/(\d+)$/.exec(range ?? '')?.[1]
  return total === undefined ? undefined : Number(total)
}

function busy(url: URL, cause: unknown): PxectlError {
  return new PxectlError(`another pxectl is fetching ${publicUrl(url.href)} for this lab; nothing was imported`, {
    code: 'DOWNLOAD_BUSY',
    kind: 'conflict',
    details: {url: publicUrl(url.href)},
    suggestions: ['wait for it to end: pxectl image list'],
    cause,
  })
}
