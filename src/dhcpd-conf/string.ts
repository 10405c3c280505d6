// Quoted strings of dhcpd.conf, with the escapes that read_string() of ISC dhcpd 4.4.3-P1 knows:
//
//   \t \r \n \b    \ooo three octal digits, the first 0-3    \xhh two hex digits    \c any other c stands for itself
//
// A short octal escape is a trap: "abc\0" does not end at its quote, because \0 swallows two more characters.

const QUOTE = 0x22
const BACKSLASH = 0x5c
const END_OF_FILE = 0xff
const CONTROLS: Readonly<Record<string, string>> = {t: '\t', r: '\r', n: '\n', b: '\b'}

export type StringEnd = {
  /** Where the token after the string begins. */
  readonly end: number
  readonly problem?: string
}

/** Finds the end of the string that begins with the quote at `start`. */
export function endOfString(bytes: Uint8Array, start: number): StringEnd {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) return {end: at + 1}
    if (byte === END_OF_FILE) return {end: bytes.length, problem: 'dhcpd takes byte 0xFF in a string for the end of the file'}
    if (byte === BACKSLASH) {
      const escape = endOfEscape(bytes, at)
      if (escape === undefined) return endOfTrap(bytes, at)
      at = escape - 1
    }
  }
  return {end: bytes.length, problem: 'the string that begins here has no closing quote'}
}

/** Where the escape at the backslash ends, or undefined where dhcpd would swallow what follows it. */
function endOfEscape(bytes: Uint8Array, backslash: number): number | undefined {
  const next = String.fromCharCode(bytes[backslash + 1] ?? 0)
  const rest = String.fromCharCode(...bytes.subarray(backslash + 2, backslash + 4))
  if (next === 'x') return /^[0-9a-fA-F]{2}/.test(rest) ? backslash + 4 : undefined
  if (next >= '0' && next <= '3') return /^[0-7]{2}/.test(rest) ? backslash + 4 : undefined
  return backslash + 2
}

/** Behind a broken escape dhcpd and the reader disagree on where the string ends: take the reader's view and report. */
function endOfTrap(bytes: Uint8Array, backslash: number): StringEnd {
  const escape = Buffer.from(bytes.subarray(backslash, backslash + 2)).toString('latin1')
  const quote = bytes.indexOf(QUOTE, backslash + 2)
  const problem = `the escape ${escape} in this string is cut short; dhcpd swallows the characters after it, a closing quote too`
  return {end: quote === -1 ? bytes.length : quote + 1, problem}
}

/** The value of a string token (its bytes as Latin-1 characters), or of a bare word. */
export function decodeString(token: string): string {
  if (!token.startsWith('"')) return token
  const inner = token.slice(1, token.endsWith('"') && token.length > 1 ? -1 : undefined)
  return inner.replace(/\\(?:x([0-9a-fA-F]{2})|([0-3][0-7]{2})|([\s\S]))/g, (_, hex?: string, octal?: string, other = '') => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
    return CONTROLS[other as string] ?? (other as string)
  })
}

/** The text as a string token. */
export function quoteString(text: string): string {
  return `"${text.replace(/["\\]/g, String.raw`\$&`)}"`
}
