// ssh with a program of that name that plays what OpenSSH 9.2 says (recorded); machine-ssh.e2e.ts proves it with the real one.
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, onTestFinished, test} from 'vitest'
import type {PxectlError} from '../../src/errors.js'
import {sshRun, type RemoteCommand} from '../../src/system/ssh.js'
import {checkSshTarget, type SshTarget} from '../../src/system/ssh-target.js'
import {temporaryFolder} from '../support/temporary-folder.js'

type Played = {readonly stdout?: string; readonly stderr?: string; readonly exitCode?: number}

/** Puts a program `ssh` first in the PATH; gives the file to which it writes its arguments, one a line, and its input. */
function playSsh({stdout = '', stderr = '', exitCode = 0}: Played): {args: () => string[]; input: () => string} {
  const folder = temporaryFolder()
  const path = (name: string): string => join(folder, name)
  writeFileSync(path('out'), stdout)
  writeFileSync(path('err'), stderr)
  const script = `#!/bin/sh\ncd '${folder}'\nprintf '%s\\n' "$@" >args\ncat >input\ncat out\ncat err >&2\nexit ${exitCode}\n`
  writeFileSync(path('ssh'), script, {mode: 0o755})
  withPath(`${folder}:${process.env['PATH']}`)
  return {args: () => readFileSync(path('args'), 'utf8').split('\n').slice(0, -1), input: () => readFileSync(path('input'), 'utf8')}
}

function withPath(path: string): void {
  const before = process.env['PATH']
  process.env['PATH'] = path
  onTestFinished(() => void (process.env['PATH'] = before))
}

/** An ssh that runs the command here, as sshd does there. */
function playLocally(): void {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'ssh'), '#!/bin/sh\nfor line; do :; done\nexec sh -c "$line"\n', {mode: 0o755})
  withPath(`${folder}:${process.env['PATH']}`)
}

const TARGET: SshTarget = {host: 'tk2', user: 'root', port: 2222}
const TRUE: RemoteCommand = {kind: 'argv', words: ['true']}
const failureOf = async (played: Played, target = TARGET): Promise<PxectlError> => {
  playSsh(played)
  return sshRun(target, TRUE).then(
    () => {
      throw new Error('no failure')
    },
    (error: unknown) => error as PxectlError,
  )
}

describe('the command line', () => {
  test('never asks, forwards nothing, accepts no key, and says where to go', async () => {
    const ssh = playSsh({stdout: 'out\n', exitCode: 3})
    expect(await sshRun(TARGET, TRUE, {timeoutMs: 12_000})).toEqual({exitCode: 3, stdout: 'out\n', stderr: '', timedOut: false})
    const args = ssh.args()
    for (const word of ['-x', '-a', '-T', 'BatchMode=yes', 'ConnectTimeout=6', 'ClearAllForwardings=yes', 'ControlMaster=no']) {
      expect(args).toContain(word)
    }
    expect(args.join(' ')).not.toContain('StrictHostKeyChecking')
    expect(args.slice(-7)).toEqual(['-p', '2222', '-l', 'root', '--', 'tk2', 'true'])
    expect(ssh.input()).toBe('')
  })

  test('without user and port leaves both to ssh_config', async () => {
    const ssh = playSsh({})
    await sshRun({host: 'fe80::1%eth0'}, {kind: 'line', line: 'sh -s || other', input: 'echo hi\n'})
    expect(ssh.args().slice(-3)).toEqual(['--', 'fe80::1%eth0', 'sh -s || other'])
    expect(ssh.args()).not.toContain('-l')
    expect(ssh.args()).not.toContain('-p')
    expect(ssh.input()).toBe('echo hi\n')
  })

  test('arguments are quoted for the shell there', async () => {
    const ssh = playSsh({})
    await sshRun(TARGET, {kind: 'argv', words: ['VBoxManage', 'startvm', "it's $HOME; `id`", '', '=x', '*']})
    expect(ssh.args().at(-1)).toBe(String.raw`VBoxManage startvm 'it'\''s $HOME; ${'`id`'}' '' '=x' '*'`)
    // And it takes them apart again.
    const words = ["it's $HOME; `id`", '', '=x', '*', 'a\nb', '\\', '"', '~', '#', '!!']
    playLocally()
    expect((await sshRun(TARGET, {kind: 'argv', words: ['printf', '<%s>', ...words]})).stdout).toBe(
      words.map((word) => `<${word}>`).join(''),
    )
    await expect(sshRun(TARGET, {kind: 'argv', words: ['a\0b']})).rejects.toMatchObject({code: 'SSH_ARGUMENT_INVALID', exitCode: 2})
  })
})

describe('a target', () => {
  const bad: SshTarget[] = [
    {host: '-oProxyCommand=id'},
    {host: ''},
    {host: 'a b'},
    {host: 'a$b'},
    {host: 'a;b'},
    {host: 'tk2\n'},
    {host: 'ssh://tk2'},
    {host: 'x'.repeat(256)},
    {host: 'tk2', user: '-l'},
    {host: 'tk2', user: ''},
    {host: 'tk2', user: 'a b'},
    {host: 'tk2', user: '`id`'},
    {host: 'tk2', port: 0},
    {host: 'tk2', port: 65_536},
    {host: 'tk2', port: 22.5},
  ]
  test.each(bad)('%j is refused before anything is started', async (target) => {
    withPath('/nonexistent')
    await expect(sshRun(target, TRUE)).rejects.toMatchObject({code: 'SSH_TARGET_INVALID', exitCode: 2})
  })

  test('with a user in it is refused with the flag to use', () => {
    expect(() => checkSshTarget({host: 'root@tk2'})).toThrow(
      expect.objectContaining({suggestions: ['name the user apart: tk2 --remote-user root']}),
    )
  })

  test.each(['tk2', 'tk2.lab.example', '10.0.0.21', '::1', 'fe80::1%eth0', 'my_alias', '602dhcp1'])('%s is taken', (host) => {
    expect(() => checkSshTarget({host, user: String.raw`DOMAIN\user`, port: 65_535})).not.toThrow()
  })
})

const CHANGED = `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Offending ED25519 key in /home/you/.ssh/known_hosts:1
  remove with:
  ssh-keygen -f "/home/you/.ssh/known_hosts" -R "[tk2]:2222"
Host key for [tk2]:2222 has changed and you have requested strict checking.
Host key verification failed.
`

describe('a failure of ssh', () => {
  const failures: [string, string, string, number][] = [
    ['an unknown name', 'ssh: Could not resolve hostname tk2: Name or service not known\r\n', 'SSH_NAME_UNKNOWN', 3],
    ['a closed port', 'ssh: connect to host tk2 port 2222: Connection refused\r\n', 'SSH_REFUSED', 6],
    ['no way there', 'ssh: connect to host tk2 port 2222: No route to host\r\n', 'SSH_UNREACHABLE', 6],
    ['a machine that is off', 'ssh: connect to host tk2 port 2222: Connection timed out\r\n', 'SSH_UNREACHABLE', 6],
    [
      'a server that says nothing',
      'Connection timed out during banner exchange\r\nConnection to 10.0.0.2 port 22 timed out\r\n',
      'SSH_UNREACHABLE',
      6,
    ],
    ['an unknown key', 'Host key verification failed.\r\n', 'SSH_HOST_KEY_UNKNOWN', 6],
    ['a changed key', CHANGED, 'SSH_HOST_KEY_CHANGED', 4],
    ['a login that is refused', 'root@tk2: Permission denied (publickey,keyboard-interactive).\r\n', 'SSH_DENIED', 6],
    [
      'a banner that lies, before that',
      'Host key verification is fun\r\nssh: see us\r\nroot@tk2: Permission denied (publickey).\r\n',
      'SSH_DENIED',
      6,
    ],
    ['a server that hangs up', 'kex_exchange_identification: Connection closed by remote host\r\n', 'SSH_CLOSED', 5],
    ['a connection that breaks', 'Connection to tk2 closed by remote host.\r\n', 'SSH_CLOSED', 5],
    [
      'no common cipher',
      'Unable to negotiate with 10.0.0.2 port 22: no matching key exchange method found.\r\n',
      'SSH_NO_COMMON_CIPHER',
      5,
    ],
    [
      'a broken ssh_config',
      "/home/you/.ssh/config line 1: Bad port 'abc'.\r\n/home/you/.ssh/config: terminating, 1 bad configuration options\r\n",
      'SSH_CONFIG_INVALID',
      7,
    ],
    ['a script there that ends with 255', 'bash: line 1: x: command not found\n', 'SSH_FAILED', 5],
    ['something else', "Unknown mac type 'nosuchmac'\r\n", 'SSH_FAILED', 5],
    ['nothing at all', '', 'SSH_FAILED', 5],
  ]
  test.each(failures)('%s has its own code, and says what to type', async (_, stderr, code, exitCode) => {
    const failure = await failureOf({stderr, exitCode: 255})
    expect(failure).toMatchObject({code, exitCode, details: {host: 'tk2', port: 2222}})
    expect(failure.message).toContain('tk2')
    expect(failure.suggestions.length).toBeGreaterThan(0)
    expect(failure.message + failure.suggestions.join('')).not.toMatch(/NAME|undefined|\r/)
  })

  test('that concerns keys names the commands that help', async () => {
    const changed = await failureOf({stderr: CHANGED, exitCode: 255})
    expect(changed.suggestions.join('\n')).toContain('ssh-keygen -f "/home/you/.ssh/known_hosts" -R "[tk2]:2222"')
    const unknown = await failureOf({stderr: 'Host key verification failed.\n', exitCode: 255})
    expect(unknown.suggestions).toEqual(['connect once, compare the fingerprint, and answer yes: ssh -p 2222 -l root tk2'])
    const denied = await failureOf({stderr: 'root@tk2: Permission denied (publickey).\n', exitCode: 255})
    expect(denied.suggestions[0]).toBe('put your key there: ssh-copy-id -p 2222 -o User=root tk2')
  })

  test('a command that is not there is told from one that fails', async () => {
    expect(await failureOf({stderr: 'bash: line 1: true: command not found\n', exitCode: 127})).toMatchObject({
      code: 'SSH_COMMAND_MISSING',
      exitCode: 6,
      details: {program: 'true'},
    })
    playSsh({stderr: 'no\n', exitCode: 1})
    expect(await sshRun(TARGET, TRUE)).toMatchObject({exitCode: 1, stderr: 'no\n'})
  })

  test('without ssh says what to install', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'sh'), '#!/bin/sh\nexec /bin/sh "$@"\n', {mode: 0o755})
    withPath(folder)
    await expect(sshRun(TARGET, TRUE)).rejects.toMatchObject({code: 'PROGRAM_MISSING', exitCode: 6, details: {program: 'ssh'}})
  })

  test('a machine that hangs, or never stops talking, is left', async () => {
    const folder = temporaryFolder()
    const program = (line: string): void => writeFileSync(join(folder, 'ssh'), `#!/bin/sh\n${line}\n`, {mode: 0o755})
    withPath(`${folder}:${process.env['PATH']}`)
    program('sleep 600')
    await expect(sshRun(TARGET, TRUE, {timeoutMs: 300})).rejects.toMatchObject({code: 'SSH_TIMEOUT', exitCode: 6})
    program('while :; do echo noise; done')
    await expect(sshRun(TARGET, TRUE, {maxOutputBytes: 50_000})).rejects.toMatchObject({code: 'SSH_OUTPUT_TOO_LONG', exitCode: 5})
  })
})
