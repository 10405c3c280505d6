// The head of an answer as bytes go out (RFC 9112 section 4), for the connections that node:http does not write.
import type {HeaderFields, Refusal} from './answer.js'

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  206: 'Partial Content',
  304: 'Not Modified',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  412: 'Precondition Failed',
  416: 'Range Not Satisfiable',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** Renders a head; with `isLast` the connection ends after the answer. */
export type RenderReplyHead = (status: number, headers: HeaderFields, isLast: boolean) => string

/**
 * A renderer that remembers: the headers of a file asked for again are the same object (createDescriber in answer.ts), and what
 * the connection adds is the same for a second.
 */
export function createHeadRenderer(nowMs: () => number = Date.now): RenderReplyHead {
  const rendered = new WeakMap<HeaderFields, string>()
  let second = -1
  let tail = ''

  const fieldsOf = (headers: HeaderFields): string => {
    const known = rendered.get(headers)
    if (known !== undefined) return known
    let text = ''
    for (const [name, value] of Object.entries(headers)) text += `${name}: ${value}\r\n`
    rendered.set(headers, text)
    return text
  }
  const dateLine = (): string => {
    const current = Math.floor(nowMs() / 1000)
    if (current !== second) tail = `Date: ${new Date(current * 1000).toUTCString()}\r\n`
    second = current
    return tail
  }

  return (status, headers, isLast) => {
    // iPXE keeps a connection only where `keep-alive` is said, which HTTP/1.1 does not ask for.
    const end = isLast ? 'Connection: close\r\n\r\n' : 'Connection: keep-alive\r\n\r\n'
    return `HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\n${fieldsOf(headers)}${dateLine()}${end}`
  }
}

/** An answer that has nothing but one line, and after which the connection ends. */
export function renderLastReply(renderHead: RenderReplyHead, {status, message}: Refusal): string {
  const headers = {'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': String(Buffer.byteLength(message) + 1)}
  return `${renderHead(status, headers, true)}${message}\n`
}
