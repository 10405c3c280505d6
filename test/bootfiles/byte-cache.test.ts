import fc from 'fast-check'
import {expect, test} from 'vitest'
import {createByteCache} from '../../src/bootfiles/byte-cache.js'

const piece = (length: number) => () => Promise.resolve(new Uint8Array(length))

test('those who wait for one piece share one load', async () => {
  const cache = createByteCache(100)
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
  const cache = createByteCache(40)
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
  const cache = createByteCache(30)
  await expect(cache.get('a', () => Promise.reject(new Error('disk gone')))).rejects.toThrow('disk gone')
  expect(await cache.get('a', piece(3))).toHaveLength(3)
})

test('it never holds more than its limit', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(9), fc.nat(60))), async (requests) => {
      const cache = createByteCache(50)
      for (const [key, length] of requests) {
        await cache.get(String(key), piece(length))
        expect(cache.heldBytes()).toBeLessThanOrEqual(50)
      }
    }),
  )
})

test('what is here already comes at once, without a promise', async () => {
  const cache = createByteCache(100)
  const bytes = await cache.get('a', piece(3))
  expect(cache.get('a', piece(4))).toBe(bytes)
  expect(cache.peek('a')).toBe(bytes)
  expect(cache.peek('b')).toBeUndefined()
  const made = new Uint8Array(5)
  expect(cache.get('b', () => made)).toBe(made)
})

test('a piece larger than half of the cache is given and not kept', async () => {
  const cache = createByteCache(20)
  expect(await cache.get('a', piece(11))).toHaveLength(11)
  expect(cache.peek('a')).toBeUndefined()
})
