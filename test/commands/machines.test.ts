// The machine commands as a shell sees them, and referring to a machine. ssh is a program that plays answers (machine-ssh.e2e.ts has
// the real one).
import {execFileSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, onTestFinished, test} from 'vitest'
import MachineList from '../../commands/machine/list.js'
import MachineProbe from '../../commands/machine/probe.js'
import MachineRemove from '../../commands/machine/remove.js'
import MachineShow from '../../commands/machine/show.js'
import {openLab, type Lab} from '../../src/lab/open-lab.js'
import {referMachine} from '../../src/operations/refer-machine.js'
import {installFakeSsh} from '../support/fake-ssh.js'
import {makeLab, type TestLab} from '../support/lab.js'
import {runCommand, type Ran} from '../support/run-command.js'

const answerOf = (name: string): string => readFileSync(new URL(`../../fixtures/machine/${name}.txt`, import.meta.url), 'utf8')
const OFF = {stderr: 'ssh: connect to host tk2 port 22: No route to host\r\n', exitCode: 255}

const probe = (lab: TestLab, ...argv: string[]): Promise<Ran> => runCommand(MachineProbe, [...argv, '--config', lab.config])
const names = async (lab: TestLab): Promise<string[]> => {
  const {machines} = (await runCommand(MachineList, ['--json', '--config', lab.config])).json() as {machines: {name: string}[]}
  return machines.map(({name}) => name)
}

describe('machine probe', () => {
  test('asks, shows and remembers; list and show tell it again, with its age', async () => {
    const lab = await makeLab()
    const ssh = installFakeSsh()
    ssh.answer('tk2', {stdout: answerOf('linux-noise')})
    const ran = await probe(lab, 'tk2', '--remote-user', 'root', '--port', '2222', '--json')
    expect(ran).toMatchObject({exitCode: 0, stderr: ''})
    const machine = {
      name: 'tk2',
      os: 'linux',
      cpus: 2,
      memoryBytes: 24_684_092 * 1024,
      installedBytes: 24 * 1024 ** 3,
      cpuModel: 'AMD EPYC',
      limits: null,
      hypervisors: [
        {kind: 'qemu', path: '/usr/bin/qemu-system-x86_64'},
        {kind: 'kvm', path: '/dev/kvm'},
      ],
      remoteUser: 'root',
      port: 2222,
      probedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      ageSeconds: expect.any(Number),
    }
    expect(ran.json()).toEqual({machines: [{...machine, ageSeconds: 0}], failures: [], warnings: [], dryRun: false})
    expect(readFileSync(join(ssh.folder, 'tk2.args'), 'utf8')).toContain(' -p 2222 -l root -- tk2 ')
    expect((await runCommand(MachineShow, ['TK2', '--json', '--config', lab.config])).json()).toEqual({machine})
    expect((await runCommand(MachineShow, ['tk2', '--config', lab.config])).stdout).toMatch(/^memory +24105 MiB$/m)
    expect((await runCommand(MachineList, ['--config', lab.config])).stdout).toMatch(/^tk2 +linux +2 +24105 MiB +\d+ s +AMD EPYC$/m)
  })

  test('of this machine needs no ssh', async () => {
    const lab = await makeLab()
    const ran = await probe(lab, 'localhost', '--remote-user', 'root', '--json')
    expect(ran.json()).toMatchObject({machines: [{name: 'localhost'}], failures: []})
    expect(await names(lab)).toEqual(['localhost'])
  })

  test('--dry-run remembers nothing', async () => {
    const lab = await makeLab()
    installFakeSsh().answer('tk2', {stdout: answerOf('macos')})
    expect((await probe(lab, 'tk2', '--dry-run', '--json')).json()).toMatchObject({machines: [{os: 'macos'}], dryRun: true})
    expect(await names(lab)).toEqual([])
  })

  test('of one machine that fails is an error, and what was known stays', async () => {
    const lab = await makeLab()
    const ssh = installFakeSsh()
    ssh.answer('tk2', {stdout: answerOf('freebsd')})
    await probe(lab, 'tk2')
    ssh.answer('tk2', OFF)
    const ran = await probe(lab, 'tk2', '--json')
    expect(ran).toMatchObject({exitCode: 6})
    expect(ran.json()).toMatchObject({error: {code: 'SSH_UNREACHABLE', details: {host: 'tk2'}}})
    expect(await names(lab)).toEqual(['tk2'])
  })

  test('of several keeps the good ones, in order, and tells of the others', async () => {
    const lab = await makeLab()
    const ssh = installFakeSsh()
    ssh.answer('tk3', {stdout: answerOf('windows')})
    ssh.answer('tk2', OFF)
    ssh.answer('tk1', {stdout: answerOf('linux-container')})
    const ran = await probe(lab, 'tk3', 'tk2', 'nosuch', 'tk1', 'tk3', '--json')
    expect(ran.exitCode).toBe(6)
    expect(ran.json()).toMatchObject({
      machines: [{name: 'tk3', os: 'windows'}, {name: 'tk1'}],
      failures: [
        {name: 'tk2', error: {code: 'SSH_UNREACHABLE'}},
        {name: 'nosuch', error: {code: 'SSH_NAME_UNKNOWN'}},
      ],
      warnings: ['tk1 is a container that may use 1.5 CPUs and 4096 MiB; the facts are those of the whole machine'],
    })
    expect(await names(lab)).toEqual(['tk1', 'tk3'])
    const text = await probe(lab, 'tk1', 'nosuch')
    expect(text.exitCode).toBe(3)
    expect(text.stdout).toContain('tk1')
    expect(text.stderr).toContain('  * check the name: getent hosts nosuch')
    expect((await probe(lab, 'nosuch', 'nosuch2')).stdout).toBe('')
  })

  test.each([
    [['tk2', '--port', '0']],
    [['tk2', '--port', '70000']],
    [['tk2', '--port', 'ssh']],
    [['tk2', '--timeout', '0']],
    [['tk2', '--remote-user', '-oProxyCommand=id']],
    [['root@tk2']],
    [['tk1', 'a b']],
    [[]],
  ])('%j is refused before anything is asked', async (argv) => {
    const lab = await makeLab()
    installFakeSsh().answer('tk1', {stdout: answerOf('macos')})
    expect((await probe(lab, ...argv, '--json')).exitCode).toBe(2)
    expect(await names(lab)).toEqual([])
  })
})

describe('machine show, list and remove', () => {
  test('a machine that was never asked is an error that says how to', async () => {
    const lab = await makeLab()
    const ran = await runCommand(MachineShow, ['tk2', '--config', lab.config])
    expect(ran.exitCode).toBe(3)
    expect(ran.stderr).toContain('pxectl machine probe tk2')
    expect((await runCommand(MachineList, ['--config', lab.config])).stdout).toContain('no machines yet')
  })

  test('remove forgets all that were named, or none', async () => {
    const lab = await makeLab()
    const ssh = installFakeSsh()
    for (const name of ['tk1', 'tk2', 'tk3']) ssh.answer(name, {stdout: answerOf('illumos')})
    await probe(lab, 'tk1', 'tk2', 'tk3')
    const remove = (...argv: string[]): Promise<Ran> => runCommand(MachineRemove, [...argv, '--config', lab.config])
    expect((await remove('tk1', 'tk4', '--yes')).exitCode).toBe(3)
    expect((await remove('tk1', '--dry-run')).stdout).toBe('would forget tk1\n')
    expect(await names(lab)).toEqual(['tk1', 'tk2', 'tk3'])
    expect((await remove('TK1', 'tk2', 'tk2', '--json')).json()).toEqual({machines: ['tk1', 'tk2'], dryRun: false})
    expect(await names(lab)).toEqual(['tk3'])
  })

  test('a record that cannot be read is named, and can be removed', async () => {
    const lab = await makeLab()
    execFileSync('sqlite3', [lab.path('pxe.db')], {
      input: "insert into machines values ('tk1', null, null, '2026-11-22T00:00:00.000Z', 'x');",
    })
    expect((await runCommand(MachineShow, ['tk1', '--config', lab.config])).exitCode).toBe(7)
    const list = await runCommand(MachineList, ['--config', lab.config])
    expect(list).toMatchObject({exitCode: 0, stderr: expect.stringContaining('no usable facts of tk1')})
    expect((await runCommand(MachineRemove, ['tk1', '--config', lab.config])).exitCode).toBe(0)
  })
})

describe('referring to a machine', () => {
  const now = new Date('2026-11-22T12:00:00.000Z')
  const later = new Date('2026-11-25T12:00:00.000Z')
  const options = {timeoutMs: 30_000, now}

  async function opened(): Promise<{lab: Lab; ssh: ReturnType<typeof installFakeSsh>}> {
    const {config} = await makeLab()
    const lab = await openLab({configFlag: config, environment: {}, workingFolder: '/'})
    onTestFinished(() => lab.close())
    return {lab, ssh: installFakeSsh()}
  }

  test('gives what it says now, and remembers that and the way to it', async () => {
    const {lab, ssh} = await opened()
    ssh.answer('tk2', {stdout: answerOf('linux-vm')})
    const first = await referMachine(lab, 'tk2', {...options, user: 'root', port: 2222})
    expect(first).toMatchObject({source: 'probed', warnings: [], facts: {cpus: 2, probedAt: now.toISOString()}})
    await referMachine(lab, 'tk2', options)
    expect(readFileSync(join(ssh.folder, 'tk2.args'), 'utf8')).toContain(' -p 2222 -l root -- tk2 ')
  })

  test.each([
    ['is off', 'ssh: connect to host tk2 port 22: No route to host\r\n'],
    ['is unknown', 'ssh: Could not resolve hostname tk2: Name or service not known\r\n'],
    ['starts up', 'ssh: connect to host tk2 port 22: Connection refused\r\n'],
  ])('that %s gives what is known, with a warning that says how old it is', async (_, stderr) => {
    const {lab, ssh} = await opened()
    ssh.answer('tk2', {stdout: answerOf('linux-vm')})
    const {facts} = await referMachine(lab, 'tk2', options)
    ssh.answer('tk2', {stderr, exitCode: 255})
    const again = await referMachine(lab, 'tk2', {...options, now: later})
    expect(again).toMatchObject({source: 'remembered', facts, warnings: [expect.stringContaining('3 days old')]})
    expect(again.warnings[0]).toContain('2026-11-22T12:00:00.000Z')
  })

  test('that is off and was never asked is an error', async () => {
    const {lab} = await opened()
    await expect(referMachine(lab, 'tk2', options)).rejects.toMatchObject({code: 'SSH_NAME_UNKNOWN'})
    await expect(referMachine(lab, '-v', options)).rejects.toMatchObject({code: 'SSH_TARGET_INVALID', exitCode: 2})
  })

  test.each([
    ['SSH_DENIED', 'root@tk2: Permission denied (publickey).\n'],
    ['SSH_HOST_KEY_UNKNOWN', 'Host key verification failed.\n'],
    ['SSH_HOST_KEY_CHANGED', '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.\n'],
  ])('that may be another one now is an error, whatever is known: %s', async (code, stderr) => {
    const {lab, ssh} = await opened()
    ssh.answer('tk2', {stdout: answerOf('linux-vm')})
    await referMachine(lab, 'tk2', options)
    ssh.answer('tk2', {stderr, exitCode: 255})
    await expect(referMachine(lab, 'tk2', options)).rejects.toMatchObject({code})
  })

  test('localhost is asked without ssh, and --dry-run keeps nothing', async () => {
    const {lab} = await opened()
    expect(await referMachine(lab, 'localhost', {...options, dryRun: true})).toMatchObject({source: 'probed', facts: {name: 'localhost'}})
    expect(await lab.machines.list()).toEqual([])
  })
})
