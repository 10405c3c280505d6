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
 * A renderer that remembers: the headers of a file asked for again are the same object (createDescriber in answer.ts), and for a
 * second the whole head is the same string.
 */
export function createHeadRenderer(nowMs: () => number = Date.now): RenderReplyHead {
  const rendered = new WeakMap<HeaderFields, Rendered>()
  return (status, headers, isLast) => {
    const second = Math.floor(nowMs() / 1000)
    const known = rendered.get(headers)
    if (known?.second === second && known.status === status && known.isLast === isLast) return known.head
    const head = renderHead(status, headers, {second, isLast})
    rendered.set(headers, {status, second, isLast, head})
    return head
  }
}

type Rendered = {readonly status: number; readonly second: number; readonly isLast: boolean; readonly head: string}

function renderHead(status: number, headers: HeaderFields, {second, isLast}: Pick<Rendered, 'second' | 'isLast'>): string {
  const date = new Date(second * 1000).toUTCString()
  // iPXE keeps a connection only where `keep-alive` is said, which HTTP/1.1 does not ask for.
  const connection = isLast ? 'close' : 'keep-alive'
  return `${renderFields(status, headers)}Date: ${date}\r\nConnection: ${connection}\r\n\r\n`
}

/** The part of a head that stays the same: all but Date and Connection. */
export function renderFields(status: number, headers: HeaderFields): string {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\n${fields.join('')}`
}

/** An answer that has nothing but one line, and after which the connection ends. */
export function renderLastReply(renderHead: RenderReplyHead, {status, message}: Refusal): string {
  const headers = {'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': String(Buffer.byteLength(message) + 1)}
  return `${renderHead(status, headers, true)}${message}\n`
}
