// Frames of menus with holes, in the language of a loader: those that are built in, and those of a lab's own.
//
//   DEFAULT {{default}}
//   TIMEOUT {{timeout}}
//
//   {{entries}}
import {PxectlError} from '../errors.js'
import type {MenuFormat} from './formats.js'

/** What one line can hold; each is quoted for the loader already. */
export type WordHoles = {
  readonly title: string
  /** The label of the entry that boots by itself; its number in menu.lst. */
  readonly default: string
  /** In the unit of the loader. */
  readonly timeout: string
  readonly server: string
  /** The address of the HTTP server, without a slash at the end. */
  readonly http: string
}

/** What stands for any number of lines. */
export type LineHoles = {
  /** What lists the entries, where the loader wants that. */
  readonly choices: readonly string[]
  readonly entries: readonly string[]
}

export type Holes = WordHoles & LineHoles

const WORDS: readonly (keyof WordHoles)[] = ['title', 'default', 'timeout', 'server', 'http']
const LINES: readonly (keyof LineHoles)[] = ['choices', 'entries']

/** More is no frame. */
const MOST_BYTES = 100_000

const HOLE = /\{\{([^{}]*)\}\}/g
const LINE_HOLE = /^\s*\{\{\s*(choices|entries)\s*\}\}\s*$/

/** What the loader's first line must be. */
const FIRST_LINES: Partial<Record<MenuFormat, string>> = {ipxe: '#!ipxe'}

/**
 * A template of somebody's own as text that fillTemplate can fill: without carriage returns, a byte order mark, and empty lines at its
 * end. `name` is for messages. Throws TEMPLATE_INVALID, which names the line.
 */
export function parseTemplate(bytes: Uint8Array, format: MenuFormat, name: string): string {
  const invalid = (problem: string, line?: number): PxectlError => templateInvalid({problem, name, format, line})
  if (bytes.length > MOST_BYTES) throw invalid(`it has ${bytes.length} bytes, and ${MOST_BYTES} at most are read`)
  const lines = decodeLines(bytes, invalid)
  const first = FIRST_LINES[format]
  if (first !== undefined && lines[0] !== first)
    throw invalid(`the first line must be ${first}, or the loader takes it for something else`, 1)
  lines.forEach((line, index) => {
    const problem = findProblem(line)
    if (problem !== undefined) throw invalid(problem, index + 1)
  })
  const places = lines.flatMap((line, index) => (LINE_HOLE.exec(line)?.[1] === 'entries' ? [index + 1] : []))
  if (places.length === 0) throw invalid('there is no line {{entries}}, so that nothing could be booted', lines.length)
  if (places[1] !== undefined) throw invalid('{{entries}} is there a second time', places[1])
  return lines.join('\n').replace(/\n+$/, '')
}

/** The lines of the frame with what belongs into its holes. A line hole that stands for nothing takes its line with it. */
export function fillTemplate(template: string, holes: Holes): string[] {
  return template.split('\n').flatMap((line) => {
    const lines = LINE_HOLE.exec(line)?.[1]
    return lines === 'choices' || lines === 'entries'
      ? holes[lines]
      : [line.replace(HOLE, (_, name: string) => holes[name.trim() as keyof WordHoles])]
  })
}

function decodeLines(bytes: Uint8Array, invalid: (problem: string, line: number) => PxectlError): string[] {
  const lines: string[] = []
  // A newline is no part of another character in UTF-8, so that each line can be judged by itself.
  for (let from = 0; from <= bytes.length;) {
    const end = bytes.indexOf(0x0a, from)
    const until = end < 0 ? bytes.length : end
    try {
      lines.push(new TextDecoder('utf-8', {fatal: true}).decode(bytes.subarray(from, until)).replace(/\r$/, ''))
    } catch {
      throw invalid('it is not UTF-8', lines.length + 1)
    }
    if (lines.at(-1)?.includes('\0') === true) throw invalid('there is a NUL byte', lines.length)
    from = until + 1
  }
  return lines
}

function findProblem(line: string): string | undefined {
  if (LINE_HOLE.test(line)) return undefined
  for (const [hole, inner = ''] of line.matchAll(HOLE)) {
    const name = inner.trim()
    if (LINES.includes(name as keyof LineHoles)) return `${hole} stands for whole lines and must be alone on its own`
    if (!WORDS.includes(name as keyof WordHoles)) return `there is no hole ${hole}; there are ${[...WORDS, ...LINES].join(', ')}`
  }
  return line.replace(HOLE, '').includes('{{') ? 'a hole is not closed: {{ without }}' : undefined
}

type Invalid = {readonly problem: string; readonly name: string; readonly format: MenuFormat; readonly line: number | undefined}

function templateInvalid({problem, name, format, line}: Invalid): PxectlError {
  const place = line === undefined ? name : `${name}:${line}`
  return new PxectlError(`${place}: no menu can be made of this template: ${problem}`, {
    code: 'TEMPLATE_INVALID',
    kind: 'invalidData',
    details: {path: name, format, ...(line === undefined ? {} : {line})},
    suggestions: [`see the one that is built in: pxectl menu template ${format}`, `do without it: mv ${name} ${name}.off`],
  })
}
