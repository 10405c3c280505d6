// What a request for a file is answered with: status and headers, decided before a byte is sent. Pure, and the same for both
// ways a request can take (fast-connection.ts, node-connection.ts).
import {createHash} from 'node:crypto'
import type {BootFile} from '../bootfiles/boot-file.js'
import {PxectlError} from '../errors.js'
import {contentTypeOf} from './mime.js'
import {type ByteRange, parseRange, renderContentRange} from './range.js'

/** The request headers that matter here, as Node lower-cases them. */
export type ConditionHeaders = {
  readonly range?: string | undefined
  readonly 'if-range'?: string | undefined
  readonly 'if-match'?: string | undefined
  readonly 'if-none-match'?: string | undefined
  readonly 'if-modified-since'?: string | undefined
  readonly 'if-unmodified-since'?: string | undefined
}

/** Date and Connection are not among them: they belong to the connection. */
export type HeaderFields = Readonly<Record<string, string>>

export type FileFacts = Pick<BootFile, 'sizeBytes' | 'modifiedMs' | 'version'> & {readonly name: string}

export type FileAnswer = {
  readonly status: 200 | 206 | 304 | 412 | 416
  readonly headers: HeaderFields
  /** What of the file is the body; undefined for none. */
  readonly body: ByteRange | undefined
  /** Why the client does not get what it asked for. */
  readonly refusal?: string
}

/** What the headers say of a file itself. */
export type FileDescription = {
  /** A strong tag, for what has a version. A file that may change unnoticed has none. */
  readonly etag: string | undefined
  readonly lastModified: string
  /** Go with every answer about the file. */
  readonly common: HeaderFields
  readonly contentType: HeaderFields
  /** All headers of an answer with the whole file. */
  readonly whole: HeaderFields
}

/** Describes a file. */
export function describeFile({name, sizeBytes, modifiedMs, version}: FileFacts): FileDescription {
  // Size and time alone would not do: `cp -p` puts other bytes under both. A hash, for a version tells of inodes.
  const etag = version === undefined ? undefined : `"${createHash('sha256').update(version).digest('base64url').slice(0, 22)}"`
  const lastModified = new Date(modifiedMs).toUTCString()
  const common = {...(etag === undefined ? {} : {ETag: etag}), 'Last-Modified': lastModified, 'Accept-Ranges': 'bytes'}
  const contentType = {'Content-Type': contentTypeOf(name)}
  return {etag, lastModified, common, contentType, whole: {...common, ...contentType, 'Content-Length': String(sizeBytes)}}
}

const MAX_DESCRIPTIONS = 1024

/** describeFile that remembers: in a storm of small files, dates and types took a sixth of our own time. */
export function createDescriber(): typeof describeFile {
  const known = new Map<string, {readonly facts: FileFacts; readonly description: FileDescription}>()
  return (facts) => {
    const {name, sizeBytes, modifiedMs, version} = facts
    const last = known.get(name)
    const isSame = last?.facts.version === version && last?.facts.modifiedMs === modifiedMs && last.facts.sizeBytes === sizeBytes
    if (last !== undefined && isSame) return last.description
    const description = describeFile(facts)
    if (known.size >= MAX_DESCRIPTIONS) known.clear()
    known.set(name, {facts, description})
    return description
  }
}

/** Decides in the order of RFC 9110 section 13.2.2: preconditions, then the range if If-Range allows it. */
export function answerFile(method: string, request: ConditionHeaders, file: FileFacts, description = describeFile(file)): FileAnswer {
  const {etag, lastModified, common, contentType, whole} = description
  const {sizeBytes} = file
  if (isForbidden(request, etag, file.modifiedMs)) {
    const refusal = 'the file is not the one the client knows'
    return {status: 412, headers: {...common, 'Content-Length': '0'}, body: undefined, refusal}
  }
  if (isUnchanged(request, etag, file.modifiedMs)) return {status: 304, headers: common, body: undefined}

  // A date is too coarse to promise that the parts of a file fit each other, except of a file that has a tag as well.
  const isSame = request['if-range'] === undefined || (etag !== undefined && [etag, lastModified].includes(request['if-range']))
  const asked = parseRange(method === 'GET' && isSame ? request.range : undefined, sizeBytes)
  switch (asked.kind) {
    case 'whole':
      return {status: 200, headers: whole, body: sizeBytes === 0 ? undefined : {first: 0, last: sizeBytes - 1}}
    case 'part': {
      const {range} = asked
      const length = {'Content-Length': String(range.last - range.first + 1), 'Content-Range': renderContentRange(range, sizeBytes)}
      return {status: 206, headers: {...common, ...contentType, ...length}, body: range}
    }
    case 'unsatisfiable': {
      const headers = {...common, 'Content-Length': '0', 'Content-Range': renderContentRange(undefined, sizeBytes)}
      const refusal = `the range ${request.range ?? ''} lies outside the file of ${sizeBytes} bytes`
      return {status: 416, headers, body: undefined, refusal}
    }
  }
}

/** If-Match before If-Unmodified-Since (RFC 9110 sections 13.1.1 and 13.1.4). */
function isForbidden(request: ConditionHeaders, etag: string | undefined, modifiedMs: number): boolean {
  const tags = request['if-match']
  // The comparison is the strong one: a weak tag never matches.
  if (tags !== undefined) return !tags.split(',').some((tag) => ['*', etag].includes(tag.trim()))
  const since = request['if-unmodified-since']
  return since !== undefined && wholeSeconds(modifiedMs) > Date.parse(since)
}

/** If-None-Match before If-Modified-Since (RFC 9110 sections 13.1.2 and 13.1.3). */
function isUnchanged(request: ConditionHeaders, etag: string | undefined, modifiedMs: number): boolean {
  const tags = request['if-none-match']
  if (tags !== undefined) return tags.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')))
  const since = request['if-modified-since']
  return since !== undefined && wholeSeconds(modifiedMs) <= Date.parse(since)
}

/** As the headers count. A comparison with NaN, an unreadable date, is false. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}

/** A refusal: the status, and one line that people read on a loader's screen or with curl. */
export type Refusal = {readonly status: number; readonly message: string; readonly headers?: HeaderFields}

/** The connection ends, for a body of any length may follow. */
export const METHOD_REFUSED: Refusal = {
  status: 405,
  message: 'only GET and HEAD are served here',
  headers: {Allow: 'GET, HEAD', Connection: 'close'},
}
export const MALFORMED_PATH: Refusal = {status: 400, message: 'the percent-encoding is malformed'}
export const MALFORMED_HOST: Refusal = {status: 400, message: 'the Host header is missing or malformed', headers: {Connection: 'close'}}
export const FOLDER: Refusal = {status: 404, message: 'no such boot file'}

/** What the network is told of a file that cannot be opened. Our own trouble is not explained to it. */
export function refusalOf(error: unknown): Refusal {
  const code = error instanceof PxectlError ? error.code : undefined
  if (code === 'BOOT_FILE_NOT_FOUND') return {status: 404, message: 'no such boot file'}
  if (code === 'BOOT_FILE_FORBIDDEN') return {status: 403, message: 'this name is not served'}
  return {status: 500, message: 'the server cannot read the file'}
}
