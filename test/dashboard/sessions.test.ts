import {expect, test} from 'vitest'
import {createLoginLimit} from '../../src/dashboard/login-limit.js'
import {createSessions} from '../../src/dashboard/sessions.js'

function sessionsAt(now: {ms: number}, most = 10) {
  let next = 0
  return createSessions({random: () => `r${next++}`, nowMs: () => now.ms, idleMs: 100, mostMs: 250, most})
}

test('a session is found by its id, and ends when it is not used, or is old', () => {
  const now = {ms: 0}
  const sessions = sessionsAt(now)
  const {id} = sessions.create('hash')
  expect(sessions.find(id)?.loggedInWith).toBe('hash')
  now.ms = 100
  expect(sessions.find(id)).toBeDefined()
  now.ms = 201
  expect(sessions.find(id)).toBeUndefined()
  const other = sessions.create(undefined)
  for (let ms = 250; ms <= 450; ms += 50) {
    now.ms = ms
    expect(sessions.find(other.id)).toBeDefined()
  }
  now.ms = 452
  expect(sessions.find(other.id)).toBeUndefined()
  expect(sessions.find(undefined)).toBeUndefined()
})

test('there are so many at most, and those used longest ago go first', () => {
  const sessions = sessionsAt({ms: 0}, 3)
  const [first, second] = [sessions.create(undefined), sessions.create(undefined)]
  sessions.create(undefined)
  sessions.find(first.id)
  sessions.create(undefined)
  expect(sessions.find(first.id)).toBeDefined()
  expect(sessions.find(second.id)).toBeUndefined()
})

test('a login may be tried a few times at once, then one each while; a right one begins anew', () => {
  const now = {ms: 0}
  const limit = createLoginLimit(() => now.ms, 3, 1000)
  const attempt = (client: string, succeeded = false): number | undefined => {
    const wait = limit.begin(client)
    if (wait === undefined) limit.end(client, succeeded)
    return wait
  }
  expect([attempt('a'), attempt('a'), attempt('a'), attempt('a')]).toEqual([undefined, undefined, undefined, 1])
  expect(attempt('b')).toBeUndefined()
  now.ms = 1000
  expect([attempt('a'), attempt('a')]).toEqual([undefined, 1])
  now.ms = 2000
  expect([attempt('a', true), attempt('a'), attempt('a'), attempt('a'), attempt('a')]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    1,
  ])
})

test('no more than two are tried at the same moment, whoever they are', () => {
  const limit = createLoginLimit(() => 0)
  expect([limit.begin('a'), limit.begin('b'), limit.begin('c')]).toEqual([undefined, undefined, 1])
  limit.end('a', false)
  expect(limit.begin('c')).toBeUndefined()
})
