import fc from 'fast-check'
import {expect, test} from 'vitest'
import {createChunkCache} from '../../src/bootfiles/chunk-cache.js'

const piece = (length: number) => () => Promise.resolve(new Uint8Array(length))

test('those who wait for one piece share one load', async () => {
  const cache = createChunkCache(100)
  let loads = 0
  const load = async () => {
    loads += 1
    return Promise.resolve(new Uint8Array(10))
  }
  const [first, second] = await Promise.all([cache.get('a', load), cache.get('a', load)])
  const third = await cache.get('a', load)
  expect(loads).toBe(1)
  expect(second).toBe(first)
  expect(third).toBe(first)
})

test('the piece that was not asked for the longest goes first', async () => {
  const cache = createChunkCache(30)
  const asked: string[] = []
  const get = (key: string) =>
    cache.get(key, () => {
      asked.push(key)
      return Promise.resolve(new Uint8Array(10))
    })
  for (const key of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) await get(key)
  expect(asked).toEqual(['a', 'b', 'c', 'd', 'b'])
})

test('a failed load is not remembered', async () => {
  const cache = createChunkCache(30)
  await expect(cache.get('a', () => Promise.reject(new Error('disk gone')))).rejects.toThrow('disk gone')
  expect(await cache.get('a', piece(3))).toHaveLength(3)
})

test('it never holds more than its limit', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(9), fc.nat(60))), async (requests) => {
      const cache = createChunkCache(50)
      for (const [key, length] of requests) {
        await cache.get(String(key), piece(length))
        expect(cache.heldBytes()).toBeLessThanOrEqual(50)
      }
    }),
  )
})
