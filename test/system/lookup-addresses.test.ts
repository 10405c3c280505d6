// Looking up names through getent(1), whose answers are replayed as glibc 2.36's prints them.
import {expect, test} from 'vitest'
import {PxectlError} from '../../src/errors.js'
import {lookupAddresses} from '../../src/system/network.js'
import type {Exec, Finished} from '../../src/system/exec.js'

const answering =
  (finished: Partial<Finished>): Exec =>
  async () => ({exitCode: 0, stdout: '', stderr: '', timedOut: false, ...finished})

test('addresses, each once', async () => {
  const stdout = '127.0.0.1       STREAM localhost\n127.0.0.1       DGRAM\n127.0.0.1       RAW\n10.0.0.1        STREAM\n'
  expect(await lookupAddresses('localhost', answering({stdout}), 1000)).toEqual(['127.0.0.1', '10.0.0.1'])
})

test('a name that is not there has none; one that nobody answered for is not known', async () => {
  expect(await lookupAddresses('nowhere.invalid', answering({exitCode: 2}), 1000)).toEqual([])
  expect(await lookupAddresses('slow.example', answering({exitCode: -1, timedOut: true}), 1000)).toBeUndefined()
  const missing: Exec = () => Promise.reject(new PxectlError('no getent', {code: 'PROGRAM_MISSING', kind: 'environment'}))
  expect(await lookupAddresses('x', missing, 1000)).toBeUndefined()
})

test('a name that looks like an option is none', async () => {
  expect(await lookupAddresses('--help', answering({stdout: '10.0.0.1'}), 1000)).toEqual([])
})
