// One thing in an archive, and the one check that its path cannot leave the folder it is unpacked into. Pure.
//
//   ./usr/lib/          → usr/lib          as tar writes folders
//   boot//vmlinuz       → boot/vmlinuz
//   ../etc/passwd       → refused: so are /etc/passwd, C:/boot.ini, a\..\b, and names with control characters
import {archiveError} from './archive-error.js'

export type ArchiveEntry = {
  /** Relative, with /, safe: see parseEntryPath. */
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link'
  /** Of a file's content; 0 for the others. */
  readonly sizeBytes: number
  /** Of a link: the text as the archive has it; see linkedPath. */
  readonly linkTarget?: string
  /** The link is another name of a file; its target counts from the archive's top, not from the link's folder. */
  readonly isHardLink?: true
  /** Milliseconds since 1970. */
  readonly modifiedMs?: number
}

/** PATH_MAX of Linux (limits.h) without its NUL. */
const MAX_PATH_BYTES = 4095
/** NAME_MAX of Linux (limits.h). */
const MAX_PART_BYTES = 255
/** Rock Ridge goes deeper than the 8 levels of ISO 9660; nothing that boots goes deeper than this. */
const MAX_PARTS = 64
/** Links that lead to links, as in Linux (path_resolution(7)). */
export const MAX_LINK_STEPS = 40

/** A path as an archive has it, in its plain form; throws ARCHIVE_PATH_UNSAFE, naming `archive`. */
export function parseEntryPath(text: string, archive: string): string {
  const refusal = findRefusal(text)
  if (refusal !== undefined) {
    const problem = `the path "${text.slice(0, 200)}" in it is refused: ${refusal}`
    throw archiveError('ARCHIVE_PATH_UNSAFE', archive, problem, {details: {path: text.slice(0, MAX_PATH_BYTES)}})
  }
  return partsOf(text).join('/')
}

/** Does the path name the top of the archive, as tar's `./` does? */
export function isTopPath(text: string): boolean {
  return !text.startsWith('/') && !text.includes('..') && partsOf(text).length === 0
}

/**
 * The path in the archive that a link leads to (one step: it may be a link again), or undefined where it leads out of it.
 * `boot/vmlinuz` → `../pool/kernel` gives `pool/kernel`.
 */
export function linkedPath(link: ArchiveEntry): string | undefined {
  const target = link.linkTarget
  if (target === undefined || target === '' || target.startsWith('/')) return undefined
  const parts = link.isHardLink === true ? [] : link.path.split('/').slice(0, -1)
  for (const part of partsOf(target)) {
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  const path = parts.join('/')
  return findRefusal(path) === undefined ? path : undefined
}

function findRefusal(text: string): string | undefined {
  // No character takes less than one byte, so the cheap comparison spares measuring a huge path.
  if (text.length > MAX_PATH_BYTES || Buffer.byteLength(text) > MAX_PATH_BYTES) return `it is longer than ${MAX_PATH_BYTES} bytes`
  if (text.includes('\0')) return 'it contains a NUL byte'
  if (/\p{Cc}/u.test(text)) return 'it contains a control character'
  if (/\p{Cs}/u.test(text)) return 'it contains half a character (a lone surrogate)'
  if (text.includes('\\')) return 'it contains a backslash'
  if (text.startsWith('/') || /^[a-z]:(\/|$)/i.test(text)) return 'it is absolute'
  const parts = partsOf(text)
  if (parts.length === 0) return 'it names nothing'
  if (parts.includes('..')) return 'it contains ".."'
  if (parts.length > MAX_PARTS) return `it is deeper than ${MAX_PARTS} folders`
  if (parts.some((part) => Buffer.byteLength(part) > MAX_PART_BYTES)) return `a part of it is longer than ${MAX_PART_BYTES} bytes`
  return undefined
}

function partsOf(text: string): string[] {
  return text.split('/').filter((part) => part !== '' && part !== '.')
}
