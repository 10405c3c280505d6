// What went wrong in ssh(1) itself, which tells it by status 255 and a line on stderr (English in every locale; here as OpenSSH 9.2
// words it). Lines are matched from their start where they can be: the server's banner stands on stderr, too.
import {PxectlError, type ErrorKind} from '../errors.js'
import {renderSsh, type SshTarget} from './ssh-target.js'

type Failure = {
  readonly code: string
  readonly kind: ErrorKind
  readonly pattern: RegExp
  readonly says: (name: string) => string
  readonly suggestions: (target: SshTarget, stderr: string) => readonly string[]
}

const byHand = (target: SshTarget): string => `try it by hand: ${renderSsh(target)}`

/** The first one that fits: what is certain stands before what follows from it. */
const FAILURES: readonly Failure[] = [
  {
    code: 'SSH_CONFIG_INVALID',
    kind: 'invalidData',
    pattern: /^(?:(?:.+\n)?\S+: terminating, \d+ bad configuration options|Bad owner or permissions on .*)$/m,
    says: (name) => `ssh does not accept its configuration, on the way to ${name}`,
    suggestions: (target) => ['mend the file that the message names', byHand(target)],
  },
  {
    code: 'SSH_HOST_KEY_REVOKED',
    kind: 'conflict',
    pattern: /^@ +WARNING: REVOKED HOST KEY DETECTED.*$/m,
    says: (name) => `the key of ${name} is revoked in your known hosts; nothing was sent to it`,
    suggestions: () => ['ask whoever looks after that machine; somebody else may answer in its place'],
  },
  {
    code: 'SSH_HOST_KEY_CHANGED',
    kind: 'conflict',
    pattern: /^@ +WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED.*$/m,
    says: (name) => `${name} has another key than the one in your known hosts; nothing was sent to it`,
    suggestions: (target, stderr) => [
      'was it installed anew? if not, somebody else may be answering in its place',
      `if it was, forget the old key: ${findRemoval(stderr) ?? renderKeyRemoval(target)}`,
      `then connect once, compare the fingerprint, and answer yes: ${renderSsh(target)}`,
    ],
  },
  {
    code: 'SSH_HOST_KEY_UNKNOWN',
    kind: 'environment',
    pattern: /^Host key verification failed\..*$/m,
    says: (name) => `the key of ${name} is not in your known hosts; nothing was sent to it`,
    suggestions: (target) => [`connect once, compare the fingerprint, and answer yes: ${renderSsh(target)}`],
  },
  {
    code: 'SSH_NAME_UNKNOWN',
    kind: 'notFound',
    pattern: /^ssh: Could not resolve hostname .*$/m,
    says: (name) => `nobody knows the address of ${name}`,
    suggestions: ({host}) => [`check the name: getent hosts ${host}`, 'or give it an address in ~/.ssh/config, with Host and HostName'],
  },
  {
    code: 'SSH_REFUSED',
    kind: 'environment',
    pattern: /^ssh: connect to host .*: Connection refused$/m,
    says: (name) => `${name} is up, but no ssh server listens there`,
    suggestions: (target) => ['start it there: systemctl start ssh', 'or name another port: --port 2222', byHand(target)],
  },
  {
    code: 'SSH_UNREACHABLE',
    kind: 'environment',
    pattern:
      /^(?:ssh: connect to host .*|Connection timed out during banner exchange|Connection to .* timed out|Timeout, server .* not responding\.)$/m,
    says: (name) => `${name} cannot be reached`,
    suggestions: (target) => [`is it on, and is there a way to it? ping -c 3 ${target.host}`, byHand(target)],
  },
  {
    code: 'SSH_DENIED',
    kind: 'environment',
    pattern: /^(?:\S+: Permission denied \(.*|Received disconnect from .*Too many authentication failures.*)$/m,
    says: (name) => `${name} does not let this user in; passwords are never asked for here`,
    suggestions: (target) => [
      `put your key there: ${renderSsh(target, 'ssh-copy-id').replace(/-l (\S+) /, '-o User=$1 ')}`,
      'is the key in the agent? ssh-add -l',
      'or come as another user: --remote-user root',
    ],
  },
  {
    code: 'SSH_NO_COMMON_CIPHER',
    kind: 'external',
    pattern: /^Unable to negotiate with .*$/m,
    says: (name) => `ssh here and ${name} have no way of encryption in common`,
    suggestions: (target) => ['allow what it offers, for this machine, in ~/.ssh/config', byHand(target)],
  },
  {
    code: 'SSH_CLOSED',
    kind: 'external',
    pattern: /^.*(?:closed by remote host|Connection closed by|Connection reset by|Broken pipe|Connection aborted).*$/m,
    says: (name) => `${name} closed the connection`,
    suggestions: (target) => ['what does its ssh server say? journalctl -u ssh', byHand(target)],
  },
]

/** The error for a run of ssh that ended with status 255; `stderr` is all that it said. */
export function sshFailure(target: SshTarget, stderr: string): PxectlError {
  const text = stderr.replaceAll('\r', '')
  const failure = FAILURES.find(({pattern}) => pattern.test(text))
  const cause = new Error(text.trim())
  if (failure === undefined) return unknownFailure(target, text, cause)
  const line = failure.pattern.exec(text)?.[0].trim().replaceAll('\n', '; ') ?? ''
  return new PxectlError(`${failure.says(target.host)}${line.startsWith('@') ? '' : ` (${line})`}`, {
    code: failure.code,
    kind: failure.kind,
    details: {...target},
    suggestions: failure.suggestions(target, text),
    cause,
  })
}

function unknownFailure(target: SshTarget, text: string, cause: Error): PxectlError {
  const last = text.trim().split('\n').at(-1) ?? ''
  return new PxectlError(
    `ssh to ${target.host} failed${last === '' ? ': the command there ended with status 255 or by a signal' : `: ${last}`}`,
    {
      code: 'SSH_FAILED',
      kind: 'external',
      details: {...target},
      suggestions: [byHand(target), `see what ssh makes of that name: ssh -G ${target.host} | head`],
      cause,
    },
  )
}

/** ssh prints the command itself, with the right file. */
function findRemoval(stderr: string): string | undefined {
  return /^\s*(ssh-keygen -f .*)$/m.exec(stderr)?.[1]
}

function renderKeyRemoval({host, port}: SshTarget): string {
  return `ssh-keygen -R ${port === undefined || port === 22 ? host : `'[${host}]:${port}'`}`
}
