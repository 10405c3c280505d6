// Why a step of a build failed, told from what apt, dpkg and the kernel said. Their own words are always shown.
import {PxectlError, type ErrorKind} from '../errors.js'
import type {Finished} from '../system/exec.js'
import type {Step} from './plan.js'

type Cause = {
  readonly code: string
  readonly kind: ErrorKind
  readonly pattern: RegExp
  readonly message: (match: RegExpExecArray) => string
  readonly suggestions: readonly string[]
}

/** The first that fits: a full disk also makes fetching fail, and a mirror that is not there makes every package unknown. */
const CAUSES: readonly Cause[] = [
  {
    code: 'DISK_FULL',
    kind: 'environment',
    pattern: /No space left on device|not have enough space|You don't have enough free space/i,
    message: () => 'the disk is full',
    suggestions: ['free some space: df -h', 'see what roots and templates take: pxectl fs list'],
  },
  {
    code: 'MIRROR_UNREACHABLE',
    kind: 'external',
    pattern:
      /Could not resolve '?([^'\s]+)|Temporary failure resolving '?([^'\s]+)|Could not connect to (\S+)|Unable to connect to (\S+)|Connection (?:failed|refused|timed out)[^\n]*|Cannot initiate the connection to (\S+)|Couldn't download (\S+)/i,
    message: (match) => `the mirror ${match.slice(1).find((word) => word !== undefined) ?? ''} cannot be reached`.replace('  ', ' '),
    suggestions: ['look at the address: --mirror URL', 'look at the network of this machine, and whether apt needs a proxy'],
  },
  {
    code: 'SUITE_UNKNOWN',
    kind: 'notFound',
    pattern:
      /The repository '(?:\S+ )?(\S+) (\S+) Release' does not have a Release file|No such script: \S+\/(\S+)|Failed getting release file (\S+)/i,
    message: (match) =>
      match[2] === undefined ? 'the mirror has no such suite' : `the mirror has no suite ${match[2].replace(/\/.*/, '')}`,
    suggestions: ['look at the name of the suite: --suite bookworm', 'another mirror may have it: --mirror URL'],
  },
  {
    code: 'PACKAGE_UNKNOWN',
    kind: 'notFound',
    pattern: /Unable to locate package (\S+)|Package '?(\S+?)'? has no installation candidate|Couldn't find any package by \S+ '([^']+)'/,
    message: (match) => `the suite has no package ${match.slice(1).find((word) => word !== undefined) ?? ''}`,
    suggestions: ['look at its name: apt-cache search WORD', 'a mirror with more components may have it'],
  },
  {
    code: 'SIGNATURE_INVALID',
    kind: 'external',
    pattern: /NO_PUBKEY|is not signed|EXPKEYSIG|Release signed by unknown key/,
    message: () => 'the signature of the mirror cannot be checked with the keys of this system',
    suggestions: ['install the keys: apt-get install debian-archive-keyring ubuntu-keyring'],
  },
  {
    code: 'ARCH_CANNOT_RUN',
    kind: 'environment',
    pattern: /Exec format error|cannot be executed|can neither be executed natively/,
    message: () => 'programs of that architecture cannot run here',
    suggestions: ['apt-get install qemu-user-static'],
  },
]

/** The error for a step that ended so. `state` says what was left. */
export function buildFailure(step: Step, finished: Finished, {name, state}: {readonly name: string; readonly state: string}): PxectlError {
  const output = `${finished.stdout}\n${finished.stderr}`
  const hook = /^PXECTL-HOOK-FAILED (.+) (\d+)$/m.exec(finished.stdout)
  const found = CAUSES.map((cause) => ({cause, match: cause.pattern.exec(output)})).find(({match}) => match !== null)
  const words = lastWords(output)
  const details = {root: name, step: step.id, exitCode: finished.exitCode, output: words}
  const told = words.length === 0 ? '' : `:\n${words.map((line) => `  ${line}`).join('\n')}`
  if (hook !== null) {
    return new PxectlError(`the program ${hook[1]} of --hook ended with status ${hook[2]}; ${state}${told}`, {
      code: 'HOOK_FAILED',
      kind: 'external',
      details: {...details, hook: hook[1]},
      suggestions: ['it gets the tree as its argument; programs of the tree run with chroot "$1" PROGRAM'],
    })
  }
  const reason = found?.match === undefined || found.match === null ? endOf(finished) : found.cause.message(found.match)
  return new PxectlError(`"${step.title}" failed, ${reason}; ${state}${told}`, {
    code: found?.cause.code ?? 'BUILD_FAILED',
    kind: found?.cause.kind ?? 'external',
    details,
    suggestions: [...(found?.cause.suggestions ?? []), `try again: pxectl fs create ${name} --resume …`],
  })
}

function endOf({timedOut, signal, exitCode}: Finished): string {
  if (timedOut) return 'it took too long'
  return signal === undefined ? `its status is ${exitCode}` : `it was ended by ${signal}`
}

const MANY = 12

/** The lines that say what went wrong, or else the last that were printed. */
function lastWords(output: string): string[] {
  const lines = output
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !line.startsWith('PXECTL'))
  const errors = lines.filter((line) => /^(E|W|Err|dpkg|mmdebstrap|chroot|mount|cp|tar)\b.*[:]|error|cannot|failed|No space/i.test(line))
  return [...new Set(errors.length > 0 ? errors : lines)].slice(-MANY)
}
