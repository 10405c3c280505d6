// Any error into text or JSON and an exit status: the shape of `{"error": …}` and the numbers are promises.
import {errorJson, type ErrorJson, exitCodes, messageOf, PxectlError} from '../errors.js'
import {escapeControl} from './escape.js'

/** The exit status of a failure: a PxectlError knows its own, oclif's parser errors are usage, the rest are bugs. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof PxectlError) return error.exitCode
  return isParserError(error) ? exitCodes.usage : exitCodes.bug
}

/** What `--json` prints for a failure. */
export function toErrorJson(error: unknown): ErrorJson {
  const {error: told} = errorJson(error)
  return {error: isParserError(error) ? {...told, code: 'USAGE', message: parserMessage(error)} : told}
}

/** What people read. */
export function renderError(error: unknown, options: {verbose: boolean}): string {
  const {code, message, suggestions, causes} = toErrorJson(error).error
  const lines = [`Error: ${message}`]
  if (options.verbose) {
    for (const cause of causes) lines.push(`Caused by: ${cause}`)
  }
  if (code !== 'USAGE') lines.push(`Code: ${code}`)
  if (suggestions.length > 0) lines.push('Try this:', ...suggestions.map((suggestion) => `  * ${suggestion}`))
  if (code === 'BUG') {
    lines.push('This is a bug of pxectl; nothing you typed should cause it.')
    if (error instanceof Error && error.stack !== undefined) lines.push(error.stack)
  }
  return `${lines.map((line) => escapeControl(line, {keepNewlines: true})).join('\n')}\n`
}

/** Prints the failure (JSON on stdout, text on stderr) and sets the exit status. */
export function writeError(error: unknown, options: {json: boolean; verbose: boolean}): void {
  if (options.json) process.stdout.write(`${JSON.stringify(toErrorJson(error), undefined, 2)}\n`)
  else process.stderr.write(renderError(error, options))
  process.exitCode = exitCodeOf(error)
}

/** oclif's own failures: unknown or missing flags and arguments. They carry a parse result that must not be printed. */
function isParserError(error: unknown): boolean {
  return (
    error instanceof Error &&
    ('parse' in error || (typeof error === 'object' && 'oclif' in error && error.constructor.name !== 'ExitError'))
  )
}

function parserMessage(error: unknown): string {
  return messageOf(error).replace(/\n?See more help with --help$/, '') + '\nSee more help with --help'
}
