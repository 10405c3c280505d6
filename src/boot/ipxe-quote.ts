// Text as words of an iPXE command, and paths as URIs.
import {PxectlError} from '../errors.js'

/**
 * The one place that fits text into a command. iPXE splits a line at spaces, then expands `${…}` in each word, and has no
 * quotes or escapes (src/core/exec.c). A word that is `||`, `&&` or `;`, or begins with `#`, ends the command: an
 * expansion that is empty, put before it, makes it an ordinary word, and keeps the places of spaces in a row.
 * A `${` of the user's would be expanded, and so would any spelling of it: what is expanded is expanded again.
 */
export function quoteIpxe(text: string): string {
  if (text.includes('${')) {
    throw new PxectlError(`iPXE cannot be given ${JSON.stringify(text)}: it would replace what begins with "\${"`, {
      code: 'BOOT_TEXT_INVALID',
      kind: 'usage',
      details: {text, loader: 'ipxe'},
      suggestions: ['write it without "${"; a "$" alone is fine'],
    })
  }
  if (text === '') return ''
  const words = text.replace(/^ +| +$/g, '').split(' ')
  return words.map((word) => (/^(?:|#.*|\|\||&&|;)$/.test(word) ? `\${nil}${word}` : word)).join(' ')
}

/** A path as the path of a URI, from the root of the server. */
export function quoteUri(path: string): string {
  return `/${path.split('/').map(encodeURIComponent).join('/')}`
}
