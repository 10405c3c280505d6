// What a GET or HEAD of a file is answered with: status and headers, decided before a byte is sent. Pure.
import {contentTypeOf} from './mime.js'
import {type ByteRange, parseRange, renderContentRange} from './range.js'

/** The request headers that matter here, as Node lower-cases them. */
export type ConditionHeaders = {
  readonly range?: string | undefined
  readonly 'if-range'?: string | undefined
  readonly 'if-none-match'?: string | undefined
  readonly 'if-modified-since'?: string | undefined
}

export type FileFacts = {readonly name: string; readonly sizeBytes: number; readonly modifiedMs: number}

export type FileAnswer = {
  readonly status: 200 | 206 | 304 | 416
  readonly headers: Readonly<Record<string, string>>
  /** What of the file is the body; undefined for none. */
  readonly body: ByteRange | undefined
}

/** Decides by RFC 9110 section 13.2.2: If-None-Match before If-Modified-Since, then the range, if If-Range allows it. */
export function answerFile(method: string, request: ConditionHeaders, file: FileFacts): FileAnswer {
  const etag = etagOf(file)
  const lastModified = new Date(file.modifiedMs).toUTCString()
  const common = {ETag: etag, 'Last-Modified': lastModified, 'Accept-Ranges': 'bytes'}
  if (isUnchanged(request, etag, file.modifiedMs)) return {status: 304, headers: common, body: undefined}

  const {sizeBytes} = file
  const isRangeWanted = method === 'GET' && [undefined, etag, lastModified].includes(request['if-range'])
  const asked = parseRange(isRangeWanted ? request.range : undefined, sizeBytes)
  const described = {...common, 'Content-Type': contentTypeOf(file.name)}
  switch (asked.kind) {
    case 'whole': {
      const body = sizeBytes === 0 ? undefined : {first: 0, last: sizeBytes - 1}
      return {status: 200, headers: {...described, 'Content-Length': String(sizeBytes)}, body}
    }
    case 'part': {
      const {range} = asked
      const length = {'Content-Length': String(range.last - range.first + 1), 'Content-Range': renderContentRange(range, sizeBytes)}
      return {status: 206, headers: {...described, ...length}, body: range}
    }
    case 'unsatisfiable':
      return {
        status: 416,
        headers: {...common, 'Content-Length': '0', 'Content-Range': renderContentRange(undefined, sizeBytes)},
        body: undefined,
      }
  }
}

/** A strong tag: size and time of the last change to the microsecond. */
function etagOf({sizeBytes, modifiedMs}: FileFacts): string {
  return `"${sizeBytes.toString(16)}-${Math.floor(modifiedMs * 1000).toString(16)}"`
}

function isUnchanged(request: ConditionHeaders, etag: string, modifiedMs: number): boolean {
  const tags = request['if-none-match']
  if (tags !== undefined) return tags.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')))
  const since = Date.parse(request['if-modified-since'] ?? '')
  // The header counts in seconds. A comparison with NaN, an unreadable date, is false.
  return Math.floor(modifiedMs / 1000) * 1000 <= since
}
