// The door to programs that turn one stream of bytes into another, as xz does. Memory is bounded: the program waits for its reader,
// and its input waits for the program.
import {spawn, type ChildProcessWithoutNullStreams} from 'node:child_process'
import {pipeline, Readable} from 'node:stream'
import {PxectlError} from '../errors.js'
import {programMissing, type CommandLine} from './exec.js'
import {errnoOf} from './file-errors.js'

export type FilterCommand = Pick<CommandLine, 'file' | 'args'> & {
  /** The Debian package that has the program, for the suggestion where it is missing. */
  readonly debianPackage: string
}

/** How a filter ended that did not end well. */
export type FilterFailure = {readonly exitCode: number | null; readonly signal: string | null; readonly stderr: string}

/** The last words of a program that complains without end are of no use to anybody. */
const MAX_STDERR_BYTES = 4096

/**
 * Runs `input` through a program. The stream fails with what `onFailure` makes of a bad end, with PROGRAM_MISSING where the program
 * cannot be started, and with the error of `input` where that fails. The program is killed as soon as the stream is destroyed.
 */
export function runFilter(command: FilterCommand, input: Readable, onFailure: (failure: FilterFailure) => Error): Readable {
  const child = spawn(command.file, command.args, {stdio: ['pipe', 'pipe', 'pipe'], env: {...process.env, LC_ALL: 'C'}})
  const output = new Readable({
    read: () => void child.stdout.resume(),
    destroy: (error, callback) => {
      child.kill('SIGKILL')
      child.stdout.destroy()
      input.destroy()
      callback(error)
    },
  })
  child.once('error', (cause) => output.destroy(missing(command, cause)))
  pipeline(input, child.stdin, (error) => {
    // Without its whole input, a program that ends well has still not given the whole output. One that stops reading before its input
    // ends (a broken head is enough to tell) says why by its exit status.
    if (error && !(errnoOf(error) === 'EPIPE' && 'syscall' in error && error.syscall === 'write')) output.destroy(error)
  })
  watch(child, output, onFailure)
  return output
}

function watch(child: ChildProcessWithoutNullStreams, output: Readable, onFailure: (failure: FilterFailure) => Error): void {
  let stderr = Buffer.alloc(0)
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]).subarray(0, MAX_STDERR_BYTES)
  })
  child.stdout.on('data', (chunk: Buffer) => {
    if (!output.push(chunk)) child.stdout.pause()
  })
  child.once('close', (exitCode, signal) => {
    if (output.destroyed) return
    if (exitCode === 0) output.push(null)
    else output.destroy(onFailure({exitCode, signal, stderr: stderr.toString().trim()}))
  })
}

function missing(command: FilterCommand, cause: unknown): PxectlError {
  const plain = programMissing(command.file, cause)
  return new PxectlError(plain.message, {
    code: plain.code,
    kind: plain.kind,
    details: {...plain.details, debianPackage: command.debianPackage},
    suggestions: [`apt-get install ${command.debianPackage}`, ...plain.suggestions],
    cause,
  })
}
