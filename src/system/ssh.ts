// The one door to other machines: a command there by ssh(1), which never asks, and is bounded in time and output.
//
// The user's ssh_config, known hosts and agent are respected; a host key is never accepted here. A connection that the user shares
// (ControlPath) is used, but none is left behind.
import {PxectlError} from '../errors.js'
import {quoteWord, type Finished} from './exec.js'
import {execGroup, type ExecGroup} from './exec-group.js'
import {sshFailure} from './ssh-failure.js'
import {checkSshTarget, renderSsh, sshTargetWords, type SshTarget} from './ssh-target.js'

export type RemoteCommand =
  /** A program and its arguments, as they are; the login shell there must be of the family of sh(1). */
  | {readonly kind: 'argv'; readonly words: readonly string[]; readonly input?: string}
  /** A line for the login shell there, whatever shell that is. */
  | {readonly kind: 'line'; readonly line: string; readonly input?: string}

export type SshOptions = {
  /** For all of it: connecting, the command, its output. Default 60 s. */
  readonly timeoutMs?: number
  /** Of stdout and stderr together. Default 1 MiB. */
  readonly maxOutputBytes?: number
  /** The socket of a connection to share (ssh-session.ts). Without one each command has its own. */
  readonly controlPath?: string
  readonly exec?: ExecGroup
}

export type SshRun = (target: SshTarget, command: RemoteCommand, options?: SshOptions) => Promise<Finished>

const DEFAULT_TIMEOUT_MS = 60_000
const DEFAULT_MAX_OUTPUT_BYTES = 1 << 20
const MAX_CONNECT_SECONDS = 10

/**
 * Runs a command on another machine; its exit status is an answer. Throws SSH_… for everything that keeps the command from
 * running to its end (ssh-failure.ts), SSH_COMMAND_MISSING for a program that is not there, and PROGRAM_MISSING without ssh here.
 */
export const sshRun: SshRun = async (target, command, options = {}) => {
  checkSshTarget(target)
  const {timeoutMs = DEFAULT_TIMEOUT_MS, maxOutputBytes = DEFAULT_MAX_OUTPUT_BYTES, exec = execGroup} = options
  const finished = await exec({
    file: 'ssh',
    args: [...sshArguments(target, {timeoutMs, controlPath: options.controlPath}), remoteLine(command)],
    // ssh would pass on our own input, which belongs to others.
    input: command.input ?? '',
    timeoutMs,
    maxOutputBytes,
    endsWithUs: true,
  })
  if (finished.overflowed === true) throw sshOverflow(target, maxOutputBytes)
  if (finished.timedOut) throw sshTimeout(target, timeoutMs)
  // ssh(1): "the exit status of the remote command or … 255 if an error occurred".
  if (finished.exitCode === 255) throw sshFailure(target, finished.stderr)
  if (finished.exitCode === 127) throw commandMissing(target, command, finished)
  return finished
}

/** The words after `ssh` up to the name of the machine. What stands on the command line wins over ssh_config(5). */
export function sshArguments(
  target: SshTarget,
  {timeoutMs, controlPath}: {readonly timeoutMs: number; readonly controlPath: string | undefined},
): string[] {
  // Half of the time for the way there, so that a dead machine is told from a slow command.
  const connectSeconds = Math.max(1, Math.min(MAX_CONNECT_SECONDS, Math.floor(timeoutMs / 2000)))
  const settings = {
    BatchMode: 'yes',
    ConnectTimeout: String(connectSeconds),
    ClearAllForwardings: 'yes',
    ControlMaster: 'no',
    PermitLocalCommand: 'no',
    RemoteCommand: 'none',
    // Less would keep some of the messages that ssh-failure.ts reads, more would add to them.
    LogLevel: 'INFO',
    ...(controlPath === undefined ? {} : {ControlPath: controlPath}),
  }
  const set = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const [host = '', ...where] = sshTargetWords(target).reverse()
  return ['-T', '-x', '-a', ...set, ...where.reverse(), '--', host]
}

function remoteLine(command: RemoteCommand): string {
  if (command.kind === 'line') return command.line
  const bad = command.words.find((word) => word.includes('\0'))
  if (bad !== undefined) {
    throw new PxectlError(`${JSON.stringify(bad)} has a NUL and cannot be an argument`, {code: 'SSH_ARGUMENT_INVALID', kind: 'usage'})
  }
  return command.words.map(quoteWord).join(' ')
}

function sshTimeout(target: SshTarget, timeoutMs: number): PxectlError {
  return new PxectlError(`${target.host} did not answer within ${timeoutMs / 1000} s; ssh was ended, and the command may still run there`, {
    code: 'SSH_TIMEOUT',
    kind: 'environment',
    details: {...target, timeoutMs},
    suggestions: ['give it more time: --timeout 60', `look what is so slow there: ${renderSsh(target)} uptime`],
  })
}

function sshOverflow(target: SshTarget, maxOutputBytes: number): PxectlError {
  return new PxectlError(`${target.host} sent more than ${maxOutputBytes} bytes; ssh was ended`, {
    code: 'SSH_OUTPUT_TOO_LONG',
    kind: 'external',
    details: {...target, maxOutputBytes},
    suggestions: [`see what its login files print: ${renderSsh(target)} true | head`],
  })
}

function commandMissing(target: SshTarget, command: RemoteCommand, finished: Finished): PxectlError {
  const program = command.kind === 'argv' ? (command.words[0] ?? '') : (command.line.split(' ')[0] ?? '')
  return new PxectlError(`${target.host} has no program ${program} for this user`, {
    code: 'SSH_COMMAND_MISSING',
    kind: 'environment',
    details: {...target, program},
    suggestions: [`install it there, or come as a user who has it in the PATH: --remote-user root`],
    cause: new Error(finished.stderr.trim()),
  })
}
