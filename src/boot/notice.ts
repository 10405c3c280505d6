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
