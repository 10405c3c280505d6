// Programs that start others, with real shells.
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test, vi} from 'vitest'
import {execGroup} from '../../src/system/exec-group.js'
import {temporaryFolder} from '../support/temporary-folder.js'

const sh = (script: string, timeoutMs = 20_000) => execGroup({file: 'sh', args: ['-c', script], timeoutMs})
const isAlive = (pid: number): boolean => {
  try {
    // A zombie, which nobody has waited for yet, is dead.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

test('a program that ends is answered as exec answers', async () => {
  expect(await sh('echo out; echo err >&2; exit 3')).toEqual({exitCode: 3, stdout: 'out\n', stderr: 'err\n', timedOut: false})
  expect(await sh('kill -SEGV $$')).toMatchObject({exitCode: -1, signal: 'SIGSEGV', timedOut: false})
  await expect(execGroup({file: 'pxectl-no-such-program', args: []})).rejects.toMatchObject({code: 'PROGRAM_MISSING'})
})

test('what a daemon holds open does not hold up the answer', async () => {
  const startMs = performance.now()
  const {stdout} = await sh('sleep 30 & echo $!')
  expect(performance.now() - startMs).toBeLessThan(15_000)
  const daemon = Number(stdout)
  expect(isAlive(daemon)).toBe(true)
  process.kill(daemon, 'SIGKILL')
})

test('the time limit ends the program and all that it started, also what does not listen', async () => {
  const answer = await sh(`trap '' TERM; sh -c "trap '' TERM; sleep 60; sleep 60" & echo $!; wait; wait`, 1000)
  expect(answer).toMatchObject({exitCode: -1, timedOut: true})
  expect(Number(answer.stdout)).toBeGreaterThan(0)
  expect(isAlive(Number(answer.stdout))).toBe(false)
})

test('input reaches the program, also one that ends with us', async () => {
  for (const endsWithUs of [false, true]) {
    expect(await execGroup({file: 'cat', args: [], input: 'abc', endsWithUs})).toMatchObject({exitCode: 0, stdout: 'abc'})
    const early = await execGroup({file: 'sh', args: ['-c', 'exec <&-; exit 4'], input: 'x'.repeat(1 << 20), endsWithUs})
    expect(early).toMatchObject({exitCode: 4, stderr: ''})
  }
})

test('too much output ends the program and all that it started', async () => {
  for (const endsWithUs of [false, true]) {
    const script = 'sleep 60 & echo $!; while :; do echo more; done'
    const answer = await execGroup({file: 'sh', args: ['-c', script], maxOutputBytes: 100_000, timeoutMs: 30_000, endsWithUs})
    expect(answer).toMatchObject({exitCode: -1, timedOut: false, overflowed: true})
    expect(answer.stdout.length).toBeLessThanOrEqual(100_000)
    expect(isAlive(Number.parseInt(answer.stdout, 10))).toBe(false)
  }
})

test('a program that ends with us is answered for as any other', async () => {
  const sh = (script: string, timeoutMs = 20_000) => execGroup({file: 'sh', args: ['-c', script], timeoutMs, endsWithUs: true})
  expect(await sh('echo out; echo err >&2; exit 3')).toEqual({exitCode: 3, stdout: 'out\n', stderr: 'err\n', timedOut: false})
  expect(await sh('kill -SEGV $$')).toMatchObject({exitCode: 128 + 11, timedOut: false})
  expect(await execGroup({file: 'printf', args: ['%s', '$HOME; `id` "\''], endsWithUs: true})).toMatchObject({stdout: '$HOME; `id` "\''})
  await expect(execGroup({file: 'pxectl-no-such-program', args: [], endsWithUs: true})).rejects.toMatchObject({code: 'PROGRAM_MISSING'})
  const late = await sh('sleep 60 & echo $!; wait', 500)
  expect(late).toMatchObject({exitCode: -1, timedOut: true})
  expect(isAlive(Number(late.stdout))).toBe(false)
})

test('it ends also when we are killed', async () => {
  const program = fileURLToPath(new URL('exec-group-program.ts', import.meta.url))
  const note = join(temporaryFolder(), 'pid')
  const parent = spawn(process.execPath, ['--import', 'tsx', program, note], {stdio: 'ignore'})
  const ended = once(parent, 'exit')
  await vi.waitUntil(() => existsSync(note) && readFileSync(note, 'utf8').endsWith('\n'), {timeout: 30_000})
  const pid = Number(readFileSync(note, 'utf8'))
  expect(isAlive(pid)).toBe(true)
  parent.kill('SIGKILL')
  await ended
  await vi.waitUntil(() => !isAlive(pid), {timeout: 20_000})
}, 60_000)
