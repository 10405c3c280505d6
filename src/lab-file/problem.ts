// What is wrong in a lab.yaml, and where. All of it is told at once.
import {PxectlError} from '../errors.js'
import {findNearest} from '../net/nearest.js'

export type Place = {
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  readonly column: number
}

export type LabFileProblem = Place & {readonly message: string}

/** Takes note of a problem. */
export type Report = (place: Place, message: string) => void

/** `file:line:column` */
export function placeText({file, line, column}: Place): string {
  return `${file}:${line}:${column}`
}

const LISTED = 50

/** The error for files with problems. */
export function labFileInvalid(found: readonly LabFileProblem[]): PxectlError {
  const files = [...new Set(found.map(({file}) => file))]
  const problems = [...found].sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column)
  const lines = problems.slice(0, LISTED).map((problem) => `  ${placeText(problem)}: ${problem.message}`)
  const more = problems.length > LISTED ? [`  … and ${problems.length - LISTED} more (all with --json)`] : []
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  return new PxectlError([`the lab file has ${count}; nothing was changed`, ...lines, ...more].join('\n'), {
    code: 'LAB_FILE_INVALID',
    kind: 'invalidData',
    details: {problems},
    suggestions: ['mend these and try again', 'all keys with their meaning: docs/lab.md'],
  })
}

/** For an error about a name that is not there. */
export function didYouMean(name: string, names: Iterable<string>): string {
  const known = [...names]
  const nearest = findNearest(name, known) ?? known.find((one) => one.startsWith(name))
  return nearest === undefined ? '' : `; did you mean ${nearest}?`
}
