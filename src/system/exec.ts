// The one door to other programs. A non-zero exit is an answer (Finished), not an exception; the caller decides what it means.
import {PxectlError} from '../errors.js'

export type CommandLine = {
  readonly file: string
  readonly args: readonly string[]
  readonly input?: string
  /** After this the program is ended and the answer says `timedOut`. Default 60 s. */
  readonly timeoutMs?: number
  readonly cwd?: string
  /** LC_ALL of the program, default C. For one that refuses words beyond ASCII in the C locale. */
  readonly locale?: string
}

export type Finished = {
  /** The exit status; -1 where a signal or the time limit ended the program. */
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** The signal that ended it, e.g. SIGSEGV. */
  readonly signal?: string
  readonly timedOut: boolean
}

export type Exec = (command: CommandLine) => Promise<Finished>

const DEFAULT_TIMEOUT_MS = 60_000

/** Runs a program with an argument list (never a shell), by default in the C locale; throws PROGRAM_MISSING where it cannot be started. */
export const exec: Exec = async (command) => {
  // Loaded on first use: execa costs more start-up time than all of pxectl, and most commands start no program.
  const {execa} = await import('execa')
  const result = await execa(command.file, [...command.args], {
    env: {LC_ALL: command.locale ?? 'C'},
    reject: false,
    timeout: command.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    stripFinalNewline: false,
    ...(command.input === undefined ? {stdin: 'ignore' as const} : {input: command.input}),
    ...(command.cwd === undefined ? {} : {cwd: command.cwd}),
  })
  if (result.exitCode === undefined && result.signal === undefined && !result.timedOut) {
    throw programMissing(command.file, result.cause)
  }
  return {
    exitCode: result.exitCode ?? -1,
    stdout: result.stdout,
    stderr: result.stderr,
    timedOut: result.timedOut,
    ...(result.signal === undefined ? {} : {signal: result.signal}),
  }
}

/** The error for a program that could not be started. */
export function programMissing(file: string, cause: unknown): PxectlError {
  const reason = cause instanceof Error && 'code' in cause && cause.code !== 'ENOENT' ? ` (${String(cause.code)})` : ''
  return new PxectlError(`the program ${file} could not be started${reason}`, {
    code: 'PROGRAM_MISSING',
    kind: 'environment',
    details: {program: file},
    suggestions: [`install ${file}, or make sure that PATH has its folder`],
    cause,
  })
}

/** The command line as one would type it, for messages. */
export function renderCommandLine(command: CommandLine): string {
  return [command.file, ...command.args].map(quoteWord).join(' ')
}

/** One word for sh(1) and its kin, whatever is in it; plain words stay as they are (zsh expands one that begins with "="). */
export function quoteWord(word: string): string {
  return /^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
