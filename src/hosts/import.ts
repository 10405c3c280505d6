// Host lists in files: CSV, JSON, YAML, and an old pxe.db. A reader gives hosts and problems; it does not stop at the first.
import {messageOf} from '../errors.js'
import {readBytes} from '../system/files.js'
import {checkRows, type HostInput, type HostProblem, type HostRows} from './host-rows.js'

export type {HostInput, HostProblem, HostRows}

export const TEXT_FORMATS = ['csv', 'json', 'yaml'] as const
export type TextFormat = (typeof TEXT_FORMATS)[number]
export type HostFileFormat = TextFormat | 'pxe-db'

/** Reads a file of hosts. Without a format, its first bytes and its name tell. */
export async function readHostFile(path: string, format?: HostFileFormat): Promise<HostRows> {
  const bytes = await readBytes(path)
  const known = format ?? findFormat(path, bytes)
  if (known !== 'pxe-db') return parseHosts(bytes, known)
  const {readPxeDb} = await import('./pxe-db.js')
  return readPxeDb(path)
}

/** The format of a file: SQLite and JSON begin unmistakably, YAML goes by its name; the rest is CSV. */
export function findFormat(path: string, bytes: Uint8Array): HostFileFormat {
  const begin = Buffer.from(bytes.subarray(0, 256)).toString('latin1')
  if (begin.startsWith('SQLite format 3\0') || /\.(?:db|sqlite3?)$/i.test(path)) return 'pxe-db'
  if (/\.json$/i.test(path) || /^(?:\xef\xbb\xbf)?\s*[{[]/.test(begin)) return 'json'
  return /\.ya?ml$/i.test(path) ? 'yaml' : 'csv'
}

/** Parses a host list. A text that is not of its format at all is one problem without a row. */
export async function parseHosts(source: Uint8Array | string, format: TextFormat): Promise<HostRows> {
  try {
    const text = typeof source === 'string' ? source.replace(/^\ufeff/, '') : decodeText(source)
    if (format === 'csv') return (await import('./csv-rows.js')).parseCsvRows(text)
    const {keyedRows} = await import('./keyed-rows.js')
    if (format === 'json') return keyedRows(JSON.parse(text))
    return keyedRows((await import('./yaml-text.js')).parseYaml(text))
  } catch (error) {
    return {rows: [], problems: [{message: `this is no ${format.toUpperCase()} host list: ${messageOf(error)}`}]}
  }
}

/** UTF-8, or the UTF-16 that spreadsheets call "Unicode text"; a byte order mark is dropped. Throws on anything else. */
function decodeText(bytes: Uint8Array): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8', {fatal: true}).decode(bytes)
}

/** For a caller with rows of its own making, e.g. a lab.yaml. */
export {checkRows}
