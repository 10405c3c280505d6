// The Range header (RFC 9110 section 14). Pure: text and size in, a stretch of the file out.
//
//   bytes=0-499     the first 500 bytes        bytes=500-     from there to the end        bytes=-500    the last 500

/** A stretch of a file; both ends are part of it. */
export type ByteRange = {readonly first: number; readonly last: number}

/** `whole`: answer 200 with all of it. `unsatisfiable`: answer 416. */
export type RangeAnswer = {readonly kind: 'whole'} | {readonly kind: 'part'; readonly range: ByteRange} | {readonly kind: 'unsatisfiable'}

const WHOLE: RangeAnswer = {kind: 'whole'}
const UNSATISFIABLE: RangeAnswer = {kind: 'unsatisfiable'}

/**
 * What a Range header asks of a file. A header that is not understood is ignored (section 14.2), and so are several ranges at
 * once, which no boot loader sends and a server may ignore.
 */
export function parseRange(header: string | undefined, sizeBytes: number): RangeAnswer {
  if (header === undefined) return WHOLE
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header)
  const [, from = '', to = ''] = match ?? []
  if (from === '' && to === '') return WHOLE
  if (from === '') return suffix(Number(to), sizeBytes)

  const first = Number(from)
  const last = to === '' ? Infinity : Number(to)
  if (last < first) return WHOLE
  if (first >= sizeBytes) return UNSATISFIABLE
  return {kind: 'part', range: {first, last: Math.min(last, sizeBytes - 1)}}
}

/** The value of a Content-Range header (section 14.4). */
export function renderContentRange(range: ByteRange | undefined, sizeBytes: number): string {
  return range === undefined ? `bytes */${sizeBytes}` : `bytes ${range.first}-${range.last}/${sizeBytes}`
}

function suffix(length: number, sizeBytes: number): RangeAnswer {
  if (length === 0 || sizeBytes === 0) return UNSATISFIABLE
  return {kind: 'part', range: {first: Math.max(0, sizeBytes - length), last: sizeBytes - 1}}
}
