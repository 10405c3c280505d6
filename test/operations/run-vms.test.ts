import {expect, test} from 'vitest'
import {matchesName} from '../../src/operations/list-vms.js'
import {paced} from '../../src/operations/run-vms.js'

test('starts are paced: so many at once, and each no sooner than the delay after the one before', async () => {
  const log: string[] = []
  const finish: (() => void)[] = []
  const sleep = async (ms: number): Promise<void> => void log.push(`sleep ${ms}`)
  const work = (name: string): Promise<void> => {
    log.push(`start ${name}`)
    return new Promise((resolve) => finish.push(resolve))
  }
  const running = paced(['a', 'b', 'c'], {parallel: 2, delayMs: 5000, sleep}, work)
  await new Promise((resolve) => setImmediate(resolve))
  expect(log).toEqual(['start a', 'sleep 5000', 'start b'])
  finish[0]?.()
  await new Promise((resolve) => setImmediate(resolve))
  expect(log.slice(3)).toEqual(['sleep 5000', 'start c'])
  for (const end of finish) end()
  await running
  expect(log.length).toBe(5)
})

test('names are patterns, without their case', () => {
  expect(matchesName([], 'anything')).toBe(true)
  expect(matchesName(['node-*'], 'NODE-12')).toBe(true)
  expect(matchesName(['node-?'], 'node-12')).toBe(false)
  expect(matchesName(['a.b'], 'axb')).toBe(false)
})
