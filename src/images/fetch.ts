// Asking an HTTP server for a file: addresses, accounts in them, silence, and what it means when it says no.
import {messageOf, PxectlError} from '../errors.js'
import {checkInterrupt, type Work} from './work.js'

/** No byte for so long: the server is taken for dead. */
const SILENCE_MS = 60_000
const MAX_LIST_BYTES = 1 << 20

/** Is it to be fetched? Anything else is a path. */
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

/** The answer to a GET, whatever its status. An account in the address becomes a header: fetch takes none. */
export async function request(url: URL, headers: Readonly<Record<string, string>>, work: Work): Promise<Response> {
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

/** The bytes of an answer. Throws where none comes for a minute, and INTERRUPTED. */
export async function* bodyOf(response: Response, work: Work): AsyncGenerator<Uint8Array> {
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

/** The last part of the address's path. */
export function fileNameOf(url: URL): string {
  const name = url.pathname.slice(url.pathname.lastIndexOf('/') + 1)
  try {
    return decodeURIComponent(name) || 'download'
  } catch {
    return name
  }
}

/** Throws URL_INVALID. */
export function parseUrl(text: string): URL {
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

/** The error for an answer that is no success. */
export function refused(url: URL, status: number): PxectlError {
  const isGone = status === 404 || status === 410
  return new PxectlError(`${publicUrl(url.href)} was not given out: HTTP status ${status}; nothing was imported`, {
    code: isGone ? 'DOWNLOAD_NOT_FOUND' : 'DOWNLOAD_REFUSED',
    kind: isGone ? 'notFound' : 'external',
    details: {url: publicUrl(url.href), status},
    suggestions: [`try it: curl -I ${publicUrl(url.href)}`],
  })
}

/** The error for a transfer that did not come to its end. */
export function failed(url: URL, cause: unknown): PxectlError {
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
