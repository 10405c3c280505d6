// The errors that all back ends throw alike.
import {PxectlError} from '../errors.js'
import {quoteWord} from '../system/exec.js'

/** A hypervisor that is not there: what was looked for, and where. */
export function hypervisorMissing(about: {
  readonly title: string
  readonly where: string
  readonly lookedFor: readonly string[]
  readonly suggestions: readonly string[]
  readonly cause?: unknown
}): PxectlError {
  const {title, where, lookedFor, suggestions, cause} = about
  return new PxectlError(`${title} was not found on ${where}; looked for ${lookedFor.join(', ')}`, {
    code: 'HYPERVISOR_MISSING',
    kind: 'environment',
    details: {hypervisor: title, where, lookedFor},
    suggestions,
    cause,
  })
}

export function vmExists(name: string, title: string, other: {readonly uuid: string; readonly path?: string | undefined}): PxectlError {
  return new PxectlError(
    `${title} has a VM named ${name} already${other.path === undefined ? '' : ` (${other.path})`}; nothing was changed`,
    {
      code: 'VM_EXISTS',
      kind: 'conflict',
      details: {name, ...other},
      suggestions: [`pxectl vm show ${quoteWord(name)}`, 'or choose another name'],
    },
  )
}

export function vmNotFound(name: string, title: string): PxectlError {
  return new PxectlError(`${title} has no VM named ${name}`, {
    code: 'VM_NOT_FOUND',
    kind: 'notFound',
    details: {name},
    suggestions: ['pxectl vm list --all'],
  })
}

export function vmRunning(name: string, verb: string): PxectlError {
  return new PxectlError(`${name} is running and cannot be ${verb}; nothing was changed`, {
    code: 'VM_RUNNING',
    kind: 'conflict',
    details: {name},
    suggestions: [`pxectl vm stop ${quoteWord(name)}`, `pxectl vm stop ${quoteWord(name)} --force`],
  })
}

export function vmNotRunning(name: string): PxectlError {
  return new PxectlError(`${name} is not running`, {
    code: 'VM_NOT_RUNNING',
    kind: 'conflict',
    details: {name},
    suggestions: [`pxectl vm start ${quoteWord(name)}`],
  })
}

export function vmInaccessible(name: string, title: string, problem: string): PxectlError {
  return new PxectlError(`${title} cannot read the files of ${name}: ${problem}`, {
    code: 'VM_INACCESSIBLE',
    kind: 'environment',
    details: {name, problem},
    suggestions: ['put its files back where they were', `or forget it: pxectl vm remove ${quoteWord(name)}`],
  })
}

/** Another program, or another pxectl, holds the VM. */
export function vmLocked(name: string, reason: string): PxectlError {
  return new PxectlError(`${name} is locked: ${reason}`, {
    code: 'VM_LOCKED',
    kind: 'conflict',
    details: {name},
    suggestions: ['close the window in which its settings are open, then try again'],
  })
}
