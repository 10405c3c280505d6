// Programs that start others, with real shells.
import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {execGroup} from '../../src/system/exec-group.js'

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
