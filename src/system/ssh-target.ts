// Where ssh(1) is to go: checked before a word of it reaches a command line.
import {PxectlError} from '../errors.js'
import {renderCommandLine} from './exec.js'

export type SshTarget = {
  /** A name, an address, or an alias of the user's ssh_config(5). */
  readonly host: string
  /** Absent: as ssh_config(5) says, else the local user's name. */
  readonly user?: string
  /** Absent: as ssh_config(5) says, else 22. */
  readonly port?: number
}

/**
 * Throws SSH_TARGET_INVALID (usage) for what ssh would take for an option, and for what no name has: OpenSSH 9.6 refuses such names
 * too, because ProxyCommand and `Match exec` hand them to a shell.
 */
export function checkSshTarget({host, user, port}: SshTarget): void {
  if (/^[^@]+@[^@]+$/.test(host)) {
    const [name = '', machine = ''] = host.split('@')
    throw invalid(host, 'a name without a user', [`name the user apart: ${machine} --remote-user ${name}`])
  }
  if (!/^[A-Za-z0-9_:][A-Za-z0-9_.:%-]*$/.test(host) || host.length > 255) {
    throw invalid(host, 'the name or address of a machine', [
      'use letters, digits, hyphens, underscores and dots, for example tk2 or 10.0.0.21',
    ])
  }
  if (user !== undefined && (!/^[A-Za-z0-9_][A-Za-z0-9_.@+\\-]*$/.test(user) || user.length > 255)) {
    throw invalid(user, 'the name of a user', ['use a name as the machine knows it, for example root'])
  }
  if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65_535)) {
    throw invalid(String(port), 'a port from 1 to 65535', ['leave --port out for 22, or for what ~/.ssh/config says'])
  }
}

function invalid(value: string, expected: string, suggestions: readonly string[]): PxectlError {
  return new PxectlError(`"${value}" is not ${expected}`, {
    code: 'SSH_TARGET_INVALID',
    kind: 'usage',
    details: {value, expected},
    suggestions,
  })
}

/** The words of ssh that say where to go, as a user would type them. */
export function sshTargetWords({host, user, port}: SshTarget): string[] {
  return [...(port === undefined ? [] : ['-p', String(port)]), ...(user === undefined ? [] : ['-l', user]), host]
}

/** The same as a command to paste. */
export function renderSsh(target: SshTarget, program = 'ssh'): string {
  return renderCommandLine({file: program, args: sshTargetWords(target)})
}
