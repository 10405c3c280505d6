// Terminals that cannot show more than ASCII: what we print has a few signs beyond it, and they get a stand-in of the same width.

/** Ours, and those of listr2, log-update and inquirer. */
const STAND_INS: Readonly<Record<string, string>> = {
  ...{'…': '.', '→': '>', '←': '<', '↓': 'v', '↑': '^', '·': '-', '–': '-', '—': '-'},
  ...{'✔': '+', '✓': '+', '✖': 'x', '×': 'x', '⚠': '!', ℹ: 'i', '❯': '>', '›': '>', '◼': '#', '■': '#', '◯': 'o', '◉': '*'},
  ...{'│': '|', '─': '-', '┌': '+', '┐': '+', '└': '+', '┘': '+', '├': '+', '┤': '+'},
}

const STAND_IN = new RegExp(`[${Object.keys(STAND_INS).join('')}\u2800-\u28FF]`, 'gu')

/** Is the terminal's character set not UTF-8, by locale(7)'s order of variables, or too small a font, as on Linux's own console? */
export function needsAscii(environment: Readonly<Record<string, string | undefined>>, platform: string): boolean {
  // Node writes to a console of Windows as text, whatever its code page is.
  if (platform === 'win32') return false
  if (environment['TERM'] === 'linux') return true
  const locale = [environment['LC_ALL'], environment['LC_CTYPE'], environment['LANG']].find((value) => value !== undefined && value !== '')
  return !/utf-?8/i.test(locale ?? 'C')
}

/** A braille pattern is a frame of a spinner. Signs of the user's own texts stay as they are. */
export function toAscii(text: string): string {
  return text.replace(STAND_IN, (sign) => STAND_INS[sign] ?? '*')
}

/** What is written to a stream goes through `toAscii` from now on, where it is a terminal. */
export function writeAscii(stream: NodeJS.WriteStream): void {
  if (!stream.isTTY) return
  const write = stream.write.bind(stream) as (chunk: unknown, ...rest: unknown[]) => boolean
  stream.write = (chunk: unknown, ...rest: unknown[]): boolean => write(typeof chunk === 'string' ? toAscii(chunk) : chunk, ...rest)
}
