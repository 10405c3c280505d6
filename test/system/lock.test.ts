import {fork} from 'node:child_process'
import {once} from 'node:events'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {withLock} from '../../src/system/lock.js'
import {temporaryFolder} from '../support/temporary-folder.js'

test('only one holder at a time, and everybody gets a turn', async () => {
  const path = join(temporaryFolder(), 'lab.lock')
  let inside = 0
  let most = 0
  const turns = await Promise.all(
    Array.from({length: 10}, (_, index) =>
      withLock(path, {}, async () => {
        inside += 1
        most = Math.max(most, inside)
        await new Promise((resolve) => setImmediate(resolve))
        inside -= 1
        return index
      }),
    ),
  )
  expect(most).toBe(1)
  expect(turns).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('the lock is free again after an error', async () => {
  const path = join(temporaryFolder(), 'lab.lock')
  await expect(withLock(path, {}, async () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(await withLock(path, {waitMs: 0}, async () => 'mine')).toBe('mine')
})

test('a waiter is told so, and gives up in time', async () => {
  const path = join(temporaryFolder(), 'lab.lock')
  const waited: string[] = []
  await withLock(path, {}, async () => {
    await expect(withLock(path, {waitMs: 0, onWait: () => waited.push('waited')}, async () => undefined)).rejects.toMatchObject({
      code: 'LAB_BUSY',
      exitCode: 4,
    })
  })
  expect(waited).toEqual(['waited'])
})

test('a killed holder leaves no lock behind', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'lab.lock')
  const script = join(folder, 'holder.mjs')
  const libsql = import.meta.resolve('libsql')
  writeFileSync(
    script,
    `import Database from '${libsql}'; const d = new Database(${JSON.stringify(path)}); d.exec('begin exclusive'); process.send('held'); setInterval(() => {}, 1000)`,
  )
  const holder = fork(script)
  await once(holder, 'message')
  await expect(withLock(path, {waitMs: 0}, async () => undefined)).rejects.toMatchObject({code: 'LAB_BUSY'})
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  expect(await withLock(path, {waitMs: 5000}, async () => 'mine')).toBe('mine')
})

test('a lock that cannot be made says so', async () => {
  await expect(withLock(join(temporaryFolder(), 'missing', 'lab.lock'), {}, async () => undefined)).rejects.toMatchObject({
    code: 'LOCK_UNUSABLE',
    exitCode: 6,
  })
})
