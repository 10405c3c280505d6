// Reads the plain case of an HTTP/1 request head (RFC 9112), and only that. Bytes in, a value out; nothing here waits or throws.
//
//   GET /boot/vmlinuz HTTP/1.1␍␊      `plain`: GET or HEAD without a body, every byte as the grammar wants it, and no field that
//   Host: 10.0.0.1:8069␍␊             could mean one thing to one reader and another to the next. Whatever else may come is
//   ␍␊                                `other`, right or wrong, and is judged by node:http: this file never answers an error.
import type {ConditionHeaders} from './answer.js'

/** A request that takes the short way. */
export type PlainRequest = {
  readonly method: 'GET' | 'HEAD'
  /** As it was sent: a path with its query, or http://host/path. */
  readonly target: string
  /** The connection ends after the answer: HTTP/1.0, or Connection: close. */
  readonly isLast: boolean
  readonly conditions: ConditionHeaders
}

/** `plain`: the next request begins at `end`. `incomplete`: so far it may become plain. */
export type ParsedHead =
  {readonly kind: 'plain'; readonly request: PlainRequest; readonly end: number} | {readonly kind: 'incomplete'} | {readonly kind: 'other'}

/** No loader's request comes near; node:http itself takes heads of up to 16 KiB. */
export const MAX_HEAD_BYTES = 8192

/** node:http drops fields beyond the 2000th, so the two would disagree on a head of tiny ones. */
const MAX_FIELDS = 100

const HTAB = 0x09
const COLON = 0x3a

/** Letters, digits and the hyphen: all that field names in use are made of. An underscore reads as a hyphen to some programs. */
const NAME_BYTES = bytesThat((byte) => /[A-Za-z0-9-]/.test(String.fromCharCode(byte)))
/** HTAB, SP and VCHAR; bytes above 0x7e have no agreed meaning. */
const VALUE_BYTES = bytesThat((byte) => byte === HTAB || (byte >= 0x20 && byte <= 0x7e))
/** A fragment has no place in a request (RFC 9112 section 3.2). */
const TARGET_BYTES = bytesThat((byte) => byte > 0x20 && byte <= 0x7e && byte !== 0x23)

const ABSOLUTE_FORM = /^http:\/\/[A-Za-z0-9.:[\]-]+\//
const HOST = /^[A-Za-z0-9._:[\]-]+$/

const INCOMPLETE: ParsedHead = {kind: 'incomplete'}
const OTHER: ParsedHead = {kind: 'other'}

/** Reads the head that begins at `start`. */
export function parseRequestHead(bytes: Buffer, start: number): ParsedHead {
  const parsed = parseLines(bytes, start)
  const length = (parsed.kind === 'plain' ? parsed.end : bytes.length) - start
  return length > MAX_HEAD_BYTES ? OTHER : parsed
}

function parseLines(bytes: Buffer, start: number): ParsedHead {
  const method = bytes[start] === 0x48 ? 'HEAD' : 'GET'
  const targetStart = skipText(bytes, start, method === 'HEAD' ? 'HEAD ' : 'GET ')
  if (targetStart < 0) return failure(targetStart)
  const targetEnd = skipWhile(bytes, targetStart, TARGET_BYTES)
  const minorAt = skipText(bytes, targetEnd, ' HTTP/1.')
  if (minorAt < 0) return failure(minorAt)
  const minor = bytes[minorAt]
  if (minor !== undefined && minor !== 0x30 && minor !== 0x31) return OTHER
  const fieldsStart = skipText(bytes, minorAt + 1, '\r\n')
  if (fieldsStart < 0) return failure(fieldsStart)

  const target = bytes.toString('latin1', targetStart, targetEnd)
  if (!target.startsWith('/') && !ABSOLUTE_FORM.test(target)) return OTHER
  const fields = emptyFields()
  const end = parseFields(bytes, fieldsStart, fields)
  if (end < 0) return failure(end)

  const isVersion10 = minor === 0x30
  if (fields.host === undefined ? !isVersion10 : !HOST.test(fields.host)) return OTHER
  const isLast = closesConnection(fields.connection, isVersion10)
  return isLast === undefined ? OTHER : {kind: 'plain', request: {method, target, isLast, conditions: fields}, end}
}

/** undefined for a connection option that is not known here. HTTP/1.0 with keep-alive is rare: node:http does it. */
function closesConnection(connection: string | undefined, isVersion10: boolean): boolean | undefined {
  if (connection === undefined) return isVersion10
  const option = connection.toLowerCase()
  if (option === 'close') return true
  return option === 'keep-alive' && !isVersion10 ? false : undefined
}

type Fields = {-readonly [name in keyof ConditionHeaders]-?: string | undefined} & {
  host: string | undefined
  connection: string | undefined
}

function emptyFields(): Fields {
  return {
    host: undefined,
    connection: undefined,
    range: undefined,
    'if-range': undefined,
    'if-match': undefined,
    'if-none-match': undefined,
    'if-modified-since': undefined,
    'if-unmodified-since': undefined,
  }
}

/** Where the parts below stop: a position, or one of these. */
const NEEDS_MORE = -1
const NOT_PLAIN = -2

function failure(position: number): ParsedHead {
  return position === NEEDS_MORE ? INCOMPLETE : OTHER
}

/** Reads the field lines into `fields`; the position behind the empty line, NEEDS_MORE or NOT_PLAIN. */
function parseFields(bytes: Buffer, start: number, fields: Fields): number {
  let at = start
  for (let count = 0; count <= MAX_FIELDS; count += 1) {
    const nameEnd = skipWhile(bytes, at, NAME_BYTES)
    if (nameEnd === at) return skipText(bytes, at, '\r\n')
    if (nameEnd === bytes.length) return NEEDS_MORE
    if (bytes[nameEnd] !== COLON) return NOT_PLAIN
    const valueEnd = skipWhile(bytes, nameEnd + 1, VALUE_BYTES)
    const next = skipText(bytes, valueEnd, '\r\n')
    if (next < 0) return next
    if (!note(bytes, {nameStart: at, nameEnd, valueEnd}, fields)) return NOT_PLAIN
    at = next
  }
  return NOT_PLAIN
}

type FieldPlace = {readonly nameStart: number; readonly nameEnd: number; readonly valueEnd: number}

const KEPT = ['host', 'connection', 'range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'] as const

/** A body, or something to agree on before the answer. Proxy-Connection acts as Connection in node:http's parser. */
const REFUSED = [
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'expect',
  'upgrade',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
]

/** By length, for most fields need no further look then. */
const KEPT_BY_LENGTH = byLength(KEPT)
const REFUSED_BY_LENGTH = byLength(REFUSED)

/** Keeps what matters of a field; false for one that is not plain. */
function note(bytes: Buffer, {nameStart, nameEnd, valueEnd}: FieldPlace, fields: Fields): boolean {
  const length = nameEnd - nameStart
  if (REFUSED_BY_LENGTH[length]?.some((name) => isName(bytes, nameStart, name)) === true) return false
  const name = KEPT_BY_LENGTH[length]?.find((kept) => isName(bytes, nameStart, kept))
  if (name === undefined) return true
  // Of two, readers take the first, the last, or both.
  if (fields[name] !== undefined) return false
  const value = bytes.toString('latin1', nameEnd + 1, valueEnd)
  // node:http takes no tab beside a connection option for white space: it keeps the connection at "close<TAB>".
  fields[name] = name === 'connection' ? value.replace(/^ +| +$/g, '') : value.trim()
  return true
}

/** Compares bytes of letters, digits and hyphens with a lower-case name. */
function isName(bytes: Buffer, start: number, name: string): boolean {
  for (let index = 0; index < name.length; index += 1) {
    // The bit that makes letters small is set in hyphens and digits anyway.
    if (((bytes[start + index] as number) | 0x20) !== name.charCodeAt(index)) return false
  }
  return true
}

function byLength<Name extends string>(names: readonly Name[]): readonly (readonly Name[] | undefined)[] {
  const lists: (Name[] | undefined)[] = []
  for (const name of names) (lists[name.length] ??= []).push(name)
  return lists
}

function skipWhile(bytes: Buffer, start: number, allowed: Uint8Array): number {
  let at = start
  while (at < bytes.length && allowed[bytes[at] as number] === 1) at += 1
  return at
}

/** The position behind `text`; NEEDS_MORE where the bytes end within it. */
function skipText(bytes: Buffer, start: number, text: string): number {
  for (let index = 0; index < text.length; index += 1) {
    const byte = bytes[start + index]
    if (byte === undefined) return NEEDS_MORE
    if (byte !== text.charCodeAt(index)) return NOT_PLAIN
  }
  return start + text.length
}

function bytesThat(isAllowed: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({length: 256}, (_, byte) => (isAllowed(byte) ? 1 : 0))
}
