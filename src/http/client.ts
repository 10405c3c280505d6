// Fetches one URL as firmware does: for `pxectl boot-test` and for tests. Follows no redirects.
import {createHash} from 'node:crypto'
import {type IncomingHttpHeaders, type IncomingMessage, request} from 'node:http'
import {messageOf, PxectlError} from '../errors.js'

export type FetchHttpOptions = {
  readonly method?: 'GET' | 'HEAD'
  /** The address to connect from, on a machine with several. */
  readonly localAddress?: string
  /** How long the server may stay silent, before and while it answers. */
  readonly timeoutMs?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly onData?: (bytes: Uint8Array) => void
}

export type FetchedHttp = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Bytes of the body; after HEAD, the Content-Length. */
  readonly sizeBytes: number
  readonly sha256: string
  readonly durationMs: number
}

const DEFAULT_TIMEOUT_MS = 10_000

/** Any status is an answer. Throws a PxectlError with code HTTP_URL_INVALID, HTTP_TIMEOUT, HTTP_CUT_SHORT or HTTP_UNREACHABLE. */
export async function fetchHttp(url: string, options: FetchHttpOptions = {}): Promise<FetchedHttp> {
  const {method = 'GET'} = options
  if (!URL.canParse(url) || new URL(url).protocol !== 'http:') {
    throw new PxectlError(`not an http:// URL: ${url}`, {code: 'HTTP_URL_INVALID', kind: 'usage', details: {url}})
  }
  const startedMs = performance.now()
  const sha256 = createHash('sha256')
  let received = 0
  try {
    const response = await send(url, options)
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      received += chunk.length
      sha256.update(chunk)
      options.onData?.(chunk)
    }
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      sizeBytes: method === 'HEAD' ? Number(response.headers['content-length'] ?? 0) : received,
      sha256: sha256.digest('hex'),
      durationMs: performance.now() - startedMs,
    }
  } catch (error) {
    throw fetchError(url, received, error)
  }
}

function send(
  url: string,
  {method = 'GET', localAddress, headers = {}, timeoutMs = DEFAULT_TIMEOUT_MS}: FetchHttpOptions,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {method, headers, agent: false, ...(localAddress === undefined ? {} : {localAddress})}, resolve)
    sent.on('error', reject)
    sent.setTimeout(timeoutMs, () => sent.destroy(new SilenceError()))
    sent.end()
  })
}

class SilenceError extends Error {}

function fetchError(url: string, receivedBytes: number, cause: unknown): PxectlError {
  const details = {url, receivedBytes}
  const {host, hostname} = new URL(url)
  if (cause instanceof SilenceError) {
    return new PxectlError(`${host} fell silent while answering ${url}`, {code: 'HTTP_TIMEOUT', kind: 'external', details, cause})
  }
  if (receivedBytes > 0) {
    return new PxectlError(`${host} cut ${url} short after ${receivedBytes} bytes`, {
      code: 'HTTP_CUT_SHORT',
      kind: 'external',
      details,
      cause,
    })
  }
  return new PxectlError(`cannot fetch ${url}: ${messageOf(cause)}`, {
    code: 'HTTP_UNREACHABLE',
    kind: 'external',
    details,
    cause,
    suggestions: [`ip route get ${hostname}`],
  })
}
