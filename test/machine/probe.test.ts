// The probing script in real shells, and what travels over ssh.
import {execFileSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {cpus} from 'node:os'
import {expect, test} from 'vitest'
import {parseFacts} from '../../src/machine/parse-facts.js'
import {isLocal, probeLocal, probeRemote} from '../../src/machine/probe.js'
import {LOGIN_LINE, POWERSHELL_LINE, SHELL_SCRIPT} from '../../src/machine/scripts.js'
import {PxectlError} from '../../src/errors.js'
import type {Finished} from '../../src/system/exec.js'
import type {RemoteCommand, SshRun} from '../../src/system/ssh.js'

const OPTIONS = {timeoutMs: 30_000, probedAt: '2026-11-22T00:00:00.000Z'}
const windows = readFileSync(new URL('../../fixtures/machine/windows.txt', import.meta.url), 'utf8')
const answer = (exitCode: number, stdout: string, stderr = ''): Finished => ({exitCode, stdout, stderr, timedOut: false})

/** Plays the answers in turn and keeps the commands. */
function playedSsh(answers: readonly Finished[]): {ssh: SshRun; commands: RemoteCommand[]} {
  const commands: RemoteCommand[] = []
  const ssh: SshRun = async (_, command) => {
    commands.push(command)
    return answers[commands.length - 1] ?? answer(255, '')
  }
  return {ssh, commands}
}

test('this machine is described without ssh', async () => {
  const facts = await probeLocal('localhost', OPTIONS)
  expect(facts).toMatchObject({name: 'localhost', probedAt: OPTIONS.probedAt, cpus: cpus().length})
  if (process.platform === 'linux') {
    const [, kib] = /^MemTotal:\s*(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? []
    expect(facts.memoryBytes).toBe(Number(kib) * 1024)
  }
})

test('the script gives the same answer in every sh here, whatever the login shell printed before', () => {
  const run = (...shell: string[]) => execFileSync(shell[0] ?? '', [...shell.slice(1), '-s'], {input: SHELL_SCRIPT, encoding: 'utf8'})
  const about = {name: 'tk2', probedAt: OPTIONS.probedAt}
  expect(parseFacts(run('bash', '--posix'), about)).toEqual(parseFacts(run('sh'), about))
})

test('a script that arrives in part prints nothing', () => {
  const part = SHELL_SCRIPT.slice(0, SHELL_SCRIPT.indexOf('probe </dev/null'))
  expect(execFileSync('sh', ['-s'], {input: part, encoding: 'utf8'})).toBe('')
})

test('the line is short enough for cmd.exe, and a shell runs only its first half', () => {
  // 8191 characters: learn.microsoft.com, "Command prompt line string limitation".
  expect(LOGIN_LINE.length).toBeLessThan(8000)
  expect(execFileSync('sh', ['-c', LOGIN_LINE], {input: 'echo ran\n', encoding: 'utf8'})).toBe('ran\n')
})

test('one connection is enough for Unix, and for Windows with cmd.exe', async () => {
  const {ssh, commands} = playedSsh([answer(0, windows, "'sh' is not recognized as an internal or external command,")])
  expect(await probeRemote({host: 'tk2'}, {...OPTIONS, ssh})).toMatchObject({name: 'tk2', os: 'windows', cpus: 12})
  expect(commands).toEqual([{kind: 'line', line: LOGIN_LINE, input: SHELL_SCRIPT}])
})

test('Windows with PowerShell as login shell is asked a second time', async () => {
  const refusal = "The token '||' is not a valid statement separator in this version.\n    + CategoryInfo : ParserError: (:) []"
  const {ssh, commands} = playedSsh([answer(1, '', refusal), answer(0, windows)])
  expect(await probeRemote({host: 'tk2'}, {...OPTIONS, ssh})).toMatchObject({os: 'windows', memoryBytes: 17_042_653_184})
  expect(commands[1]).toEqual({kind: 'line', line: POWERSHELL_LINE})
})

test('a login that runs no commands is no machine without facts, but an error that shows what it printed', async () => {
  const {ssh, commands} = playedSsh([answer(1, 'This account is currently not available.\n')])
  const failed = await probeRemote({host: 'tk2'}, {...OPTIONS, ssh}).catch((error: unknown) => error as PxectlError)
  expect(failed).toMatchObject({code: 'MACHINE_NO_FACTS', message: expect.stringContaining('currently not available')})
  expect(commands).toHaveLength(1)
})

test('which names mean this machine', () => {
  const here = (host: string, port?: number): boolean => isLocal({host, ...(port === undefined ? {} : {port})}, 'Tk1.lab.example')
  expect(['localhost', 'LOCALHOST', '127.0.0.1', '::1', 'tk1', 'tk1.lab.example'].map((name) => here(name))).not.toContain(false)
  expect(['tk2', 'lab', 'tk1.lab', ''].map((name) => here(name))).not.toContain(true)
  expect(here('localhost', 2222)).toBe(false)
  expect(isLocal({host: ''}, '')).toBe(false)
})
