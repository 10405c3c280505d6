import fc from 'fast-check'
import {expect, test} from 'vitest'
import {createBufferPool, LARGE_BYTES, SMALL_BYTES} from '../../src/http/buffer-pool.js'

const MIB = 1024 * 1024

test('whatever is taken and given, memory stays within the budget and a small buffer for each taker', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('take', 'takeSpare', 'give', 'give'), fc.integer({min: 1, max: 2 * MIB})), {
    maxLength: 100,
  })
  const check = (list: readonly (readonly [string, number])[]): void => {
    const budget = 4 * MIB
    const pool = createBufferPool(budget)
    const lent: Uint8Array[] = []
    let mostSmall = 0
    for (const [step, size] of list) {
      const given = step === 'give' ? lent.splice(size % (lent.length || 1), 1)[0] : undefined
      if (given !== undefined) pool.give(given)
      const taken = step === 'take' ? pool.take(size) : step === 'takeSpare' ? pool.takeSpare(size) : undefined
      if (taken !== undefined) {
        expect(lent.includes(taken)).toBe(false)
        lent.push(taken)
      }
      if (step === 'take') expect(taken?.length).toBeGreaterThanOrEqual(Math.min(size, SMALL_BYTES))
      mostSmall = Math.max(mostSmall, lent.filter(({length}) => length === SMALL_BYTES).length)
      expect(pool.lentBytes()).toBe(lent.reduce((sum, {length}) => sum + length, 0))
      expect(pool.heldBytes()).toBeLessThanOrEqual(budget + mostSmall * SMALL_BYTES)
    }
  }
  fc.assert(fc.property(steps, check), {numRuns: 50})
})

test('many takers get middle buffers before any gets a small one', () => {
  const pool = createBufferPool(4 * MIB)
  const sizes = Array.from({length: 12}, () => pool.take(LARGE_BYTES).length)
  expect(sizes.filter((size) => size === LARGE_BYTES)).toHaveLength(2)
  expect(sizes.filter((size) => size === SMALL_BYTES * 4)).toHaveLength(8)
  expect(sizes.filter((size) => size === SMALL_BYTES)).toHaveLength(2)
})

test('the pool forgets buffers that nobody wants any more', () => {
  const pool = createBufferPool(4 * MIB)
  const first = pool.take(1)
  pool.give(first)
  pool.trim()
  expect(pool.take(1)).toBe(first)
  pool.give(first)
  pool.trim()
  pool.trim()
  expect(pool.take(1)).not.toBe(first)
})
