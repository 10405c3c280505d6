// A configuration that cannot be read or edited, as a finding.
import type {PxectlError} from '../errors.js'
import type {Finding} from './server.js'

/** The place is in the error's details, or its line at the front of the message; without a file it is `file`, if that is given. */
export function errorFinding({code, message, details, suggestions}: PxectlError, file?: string): Finding {
  const place = typeof details['file'] === 'string' ? details['file'] : file
  const line = typeof details['line'] === 'number' ? details['line'] : lineAtFront(message)
  const [suggestion] = suggestions
  return {
    severity: 'error',
    code,
    message,
    ...(place === undefined ? {} : {file: place}),
    ...(line === undefined ? {} : {line}),
    ...(suggestion === undefined ? {} : {suggestion}),
  }
}

function lineAtFront(message: string): number | undefined {
  const line = /^\S+:(\d+)\b/.exec(message)?.[1]
  return line === undefined ? undefined : Number(line)
}
