// The remark at the top of every generated file.
import type {BootMenu} from './menu.js'

/** The words; each renderer writes them as a comment of its language. */
export function noticeLines(menu: Pick<BootMenu, 'title' | 'note'>): string[] {
  const notice = `Made by pxectl for ${menu.title}. pxectl rewrites this file: what you change here is lost.`
  return menu.note === undefined ? [notice] : [notice, `Note: ${oneLine(menu.note)}.`]
}

/** A comment ends with its line, whatever a setting contains. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ')
}

const TITLE = 'TITLE'
const [BEFORE = '', AFTER = ''] = (noticeLines({title: TITLE, note: undefined})[0] ?? '').split(TITLE)

/** So many bytes from the beginning tell whose file it is: iPXE's first line, and a notice with the longest title. */
export const NOTICE_WITHIN_BYTES = 512

/**
 * Does a boot file that begins with these bytes bear our notice? Whoever wants to keep a file of their own leaves the notice
 * out, or takes it away.
 */
export function isMadeByPxectl(beginning: Uint8Array): boolean {
  const lines = Buffer.from(beginning.subarray(0, NOTICE_WITHIN_BYTES)).toString('latin1').split(/\r?\n/)
  const notice = lines[0] === '#!ipxe' ? lines[1] : lines[0]
  return notice !== undefined && notice.startsWith(`# ${BEFORE}`) && notice.endsWith(AFTER)
}
