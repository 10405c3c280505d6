import {expect, test} from 'vitest'
import {exec, renderCommandLine} from '../../src/system/exec.js'

test('a non-zero exit is an answer', async () => {
  expect(await exec({file: 'sh', args: ['-c', 'echo out; echo err >&2; exit 3']})).toEqual({
    exitCode: 3,
    stdout: 'out\n',
    stderr: 'err\n',
    timedOut: false,
  })
})

test('a signal and a time limit are told apart from an exit', async () => {
  expect(await exec({file: 'sh', args: ['-c', 'kill -SEGV $$']})).toMatchObject({exitCode: -1, signal: 'SIGSEGV', timedOut: false})
  expect(await exec({file: 'sleep', args: ['5'], timeoutMs: 50})).toMatchObject({exitCode: -1, timedOut: true})
})

test('input reaches the program', async () => {
  expect((await exec({file: 'cat', args: [], input: 'abc'})).stdout).toBe('abc')
})

test('a missing program says what to install', async () => {
  await expect(exec({file: 'pxectl-no-such-program', args: []})).rejects.toMatchObject({code: 'PROGRAM_MISSING', exitCode: 6})
})

test('arguments never pass through a shell, and are quoted only for reading', async () => {
  expect((await exec({file: 'printf', args: ['%s', '$HOME; `id`']})).stdout).toBe('$HOME; `id`')
  expect(renderCommandLine({file: 'dhcpd', args: ['-t', '-cf', "it's here"]})).toBe(String.raw`dhcpd -t -cf 'it'\''s here'`)
})
