// Asks a machine about itself: this one directly, another one over one ssh connection.
import {PxectlError} from '../errors.js'
import {execGroup, type ExecGroup} from '../system/exec-group.js'
import {sshRun, type SshRun} from '../system/ssh.js'
import type {SshTarget} from '../system/ssh-target.js'
import type {MachineFacts} from './facts.js'
import {parseFacts} from './parse-facts.js'
import {LOGIN_LINE, POWERSHELL_LINE, SHELL_SCRIPT} from './scripts.js'
import {splitSections} from './sections.js'

export type ProbeOptions = {
  readonly timeoutMs: number
  /** ISO 8601, UTC. */
  readonly probedAt: string
  readonly ssh?: SshRun
  readonly exec?: ExecGroup
}

/** A machine with a great many CPUs says some 100 kB. */
const MAX_ANSWER_BYTES = 1 << 20

/** Probes another machine. Throws what sshRun throws (SSH_…) and what parseFacts throws (MACHINE_…). */
export async function probeRemote(target: SshTarget, options: ProbeOptions): Promise<MachineFacts> {
  const {timeoutMs, probedAt, ssh = sshRun} = options
  const limits = {timeoutMs, maxOutputBytes: MAX_ANSWER_BYTES}
  const about = {name: target.host, probedAt}
  const first = await ssh(target, {kind: 'line', line: LOGIN_LINE, input: SHELL_SCRIPT}, limits)
  if (splitSections(first.stdout).kind !== 'none' || !isPowershell(first.stderr)) return parseFacts(first.stdout, about)
  return parseFacts((await ssh(target, {kind: 'line', line: POWERSHELL_LINE}, limits)).stdout, about)
}

/** Windows with PowerShell as the login shell: 5.1 does not know "||", 7 stops at the sh that it does not find. */
function isPowershell(stderr: string): boolean {
  return /ParserError|CommandNotFoundException|InvalidEndOfLine|is not recognized as a name of a cmdlet/.test(stderr)
}

/** Probes the machine that this program runs on. */
export async function probeLocal(name: string, options: ProbeOptions): Promise<MachineFacts> {
  const {timeoutMs, probedAt, exec = execGroup} = options
  const limits = {timeoutMs, maxOutputBytes: MAX_ANSWER_BYTES, endsWithUs: true}
  const finished = await exec({file: 'sh', args: ['-s'], input: SHELL_SCRIPT, ...limits})
  if (finished.timedOut) {
    throw new PxectlError(`this machine did not describe itself within ${timeoutMs / 1000} s`, {
      code: 'MACHINE_TIMEOUT',
      kind: 'environment',
      details: {machine: name, timeoutMs},
      suggestions: ['give it more time: --timeout 60'],
    })
  }
  return parseFacts(finished.stdout, {name, probedAt})
}

const LOOPBACK = ['localhost', 'localhost.localdomain', 'ip6-localhost', '127.0.0.1', '::1']

/**
 * Does this name mean the machine we are on? With a port it does not: that may be the forwarded port of another one.
 * `hostname` is what this machine calls itself.
 */
export function isLocal({host, port}: SshTarget, hostname: string): boolean {
  const name = host.toLowerCase()
  const own = hostname.toLowerCase()
  return port === undefined && (LOOPBACK.includes(name) || (own !== '' && (name === own || name === own.split('.')[0])))
}
