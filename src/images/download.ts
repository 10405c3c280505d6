// A source that is fetched by HTTP into the lab's state folder, where an interrupted download goes on later (RFC 9110, sections 13.1.5
// If-Range and 14.2 Range): beside NAME.part stands NAME.json, which says of what it is the beginning.
import {createHash} from 'node:crypto'
import {join} from 'node:path'
import {messageOf, PxectlError} from '../errors.js'
import {findBytes, findStats, makeFolder, removeFile, writeAtomic} from '../system/files.js'
import {withLock} from '../system/lock.js'
import {openPartFile, type PartFile} from '../system/part-file.js'
import {checkInterrupt, progressOf, requireSpace, type Work} from './work.js'

export type Download = {
  readonly path: string
  /** The last part of the address's path, for names and lists of checksums. */
  readonly fileName: string
  /** Removes it: the download is used, or worth nothing. */
  readonly remove: () => Promise<void>
}

/** No byte for so long: the server is taken for dead. */
const SILENCE_MS = 60_000
/** How often a broken transfer goes on without having got a single byte further. */
const MAX_STALLS = 3
/** How often the room on the disk is looked at. */
const CHECK_BYTES = 32 << 20
const MAX_LIST_BYTES = 1 << 20

export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text)
}

/** The address without user and password, as it may be written down. Throws URL_INVALID. */
export function publicUrl(text: string): string {
  const url = parseUrl(text)
  url.username = ''
  url.password = ''
  return url.href
}

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

/** A small text, such as a list of checksums. */
export async function fetchText(address: string, work: Work): Promise<string> {
  const url = parseUrl(address)
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    const response = await request(url, {}, work)
    if (!response.ok) throw refused(url, response.status)
    for await (const chunk of bodyOf(response, work)) {
      size += chunk.length
      if (size > MAX_LIST_BYTES) throw failed(url, new Error('it is no list of checksums: longer than 1 MiB'))
      chunks.push(chunk)
    }
  } catch (error) {
    checkInterrupt(work)
    throw error instanceof PxectlError ? error : failed(url, error)
  }
  return Buffer.concat(chunks).toString('utf8')
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

async function request(url: URL, headers: Readonly<Record<string, string>>, work: Work): Promise<Response> {
  const plain = new URL(url)
  const {username, password} = plain
  plain.username = ''
  plain.password = ''
  const account = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const authorization = username === '' ? {} : {authorization: `Basic ${Buffer.from(account).toString('base64')}`}
  return fetch(plain, {
    headers: {'accept-encoding': 'identity', 'user-agent': 'pxectl', ...authorization, ...headers},
    ...(work.signal === undefined ? {} : {signal: work.signal}),
  })
}

async function* bodyOf(response: Response, work: Work): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader()
  if (reader === undefined) return
  try {
    for (;;) {
      checkInterrupt(work)
      const step = await withinSilence(reader.read())
      if (step.done) return
      yield step.value as Uint8Array
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

async function withinSilence<T>(reading: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no byte came for ${SILENCE_MS / 1000} s`)), SILENCE_MS)
  })
  try {
    return await Promise.race([reading, silence])
  } finally {
    clearTimeout(timer)
  }
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

function fileNameOf(url: URL): string {
  const name = url.pathname.slice(url.pathname.lastIndexOf('/') + 1)
  try {
    return decodeURIComponent(name) || 'download'
  } catch {
    return name
  }
}

function parseUrl(text: string): URL {
  try {
    return new URL(text)
  } catch (cause) {
    throw new PxectlError(`"${text}" is no address that can be fetched`, {
      code: 'URL_INVALID',
      kind: 'usage',
      details: {url: text},
      suggestions: ['write it as http://HOST/PATH or https://HOST/PATH'],
      cause,
    })
  }
}

function refused(url: URL, status: number): PxectlError {
  const isGone = status === 404 || status === 410
  return new PxectlError(`${publicUrl(url.href)} was not given out: HTTP status ${status}; nothing was imported`, {
    code: isGone ? 'DOWNLOAD_NOT_FOUND' : 'DOWNLOAD_REFUSED',
    kind: isGone ? 'notFound' : 'external',
    details: {url: publicUrl(url.href), status},
    suggestions: [`try it: curl -I ${publicUrl(url.href)}`],
  })
}

function failed(url: URL, cause: unknown): PxectlError {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : messageOf(cause)
  return new PxectlError(
    `${publicUrl(url.href)} could not be fetched: ${reason}; what came of it is kept, and the same command goes on from there`,
    {
      code: 'DOWNLOAD_FAILED',
      kind: 'external',
      details: {url: publicUrl(url.href)},
      suggestions: ['run the command again', `try it: curl -I ${publicUrl(url.href)}`],
      cause,
    },
  )
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
