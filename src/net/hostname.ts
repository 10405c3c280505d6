// Host names as RFC 1123 section 2.1 allows them: labels of letters, digits and inner hyphens.
import {PxectlError} from '../errors.js'

/** A host name, spelled as the user typed it (DHCP server files compare names with their case). */
export type Hostname = string & {readonly __brand: 'Hostname'}

/** Why this cannot be a host name, or undefined. RFC 1123 2.1; lengths from RFC 1035 2.3.4. */
export function hostnameProblem(text: string): string | undefined {
  if (text === '') return 'it is empty'
  if (text.length > 253) return `it has ${text.length} characters, 253 are allowed`
  if (/^[\d.]+$/.test(text)) return 'it looks like an IP address (only digits and dots)'
  for (const label of text.split('.')) {
    if (label === '') return 'it has an empty label (two dots in a row, or a dot at an end)'
    if (label.length > 63) return `the label "${label.slice(0, 20)}…" has ${label.length} characters, 63 are allowed`
    const bad = /[^A-Za-z0-9-]/u.exec(label)
    if (bad) return `it has the character ${JSON.stringify(bad[0])}; letters, digits, hyphens and dots are allowed`
    if (label.startsWith('-') || label.endsWith('-')) return `the label "${label}" begins or ends with a hyphen`
  }
  return undefined
}

/** Parses a host name; throws a usage error naming the value. */
export function parseHostname(text: string): Hostname {
  const problem = hostnameProblem(text)
  if (problem !== undefined) {
    throw new PxectlError(`"${text}" is not a host name: ${problem}`, {
      code: 'HOSTNAME_INVALID',
      kind: 'usage',
      details: {name: text},
      suggestions: ['use letters, digits and hyphens (RFC 1123), for example tk2 or node-07'],
    })
  }
  return text as Hostname
}
