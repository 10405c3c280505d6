import {expect, test} from 'vitest'
import {stepList} from '../../src/cli/step-list.js'

/** What is told of a step, and when it has ended. */
function watch(list: ReturnType<typeof stepList>, index: number, all: Promise<unknown>): {output: string; state: string} {
  const seen = {output: '', state: 'at work'}
  list.passed(index, seen, all).then(
    () => (seen.state = 'done'),
    () => (seen.state = 'failed'),
  )
  return seen
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const never = new Promise<never>(() => undefined)

test('a step ends when the next begins, and has the texts that are told meanwhile', async () => {
  const list = stepList()
  const prepared = watch(list, -1, never)
  await settle()
  expect(prepared.state).toBe('at work')
  list.report.onSteps(['install the packages', 'make it a root', 'pack'])
  expect(await list.titles).toEqual(['install the packages', 'make it a root', 'pack'])
  await settle()
  expect(prepared.state).toBe('done')
  const first = watch(list, 0, never)
  list.report.onProgress('install the packages')
  list.report.onProgress('install the packages: unpacking: 1 of 2')
  list.report.onProgress('waiting for another')
  expect(first.output).toBe('waiting for another')
  list.report.onProgress('make it a root: the user')
  await settle()
  expect(first.state).toBe('done')
  // One that was passed over, or is told late, has ended as well.
  list.report.onProgress('pack')
  const second = watch(list, 1, never)
  await settle()
  expect(second).toEqual({output: '', state: 'done'})
})

test('a failure is that of the step at work; the end of all is the end of the last', async () => {
  for (const [all, state] of [
    [Promise.reject(new Error('no')), 'failed'],
    [Promise.resolve(), 'done'],
  ] as const) {
    const list = stepList()
    list.report.onSteps(['one'])
    const one = watch(list, 0, all)
    await settle()
    expect(one.state).toBe(state)
  }
})

test('work that ends before its steps are known has none', async () => {
  const list = stepList()
  list.end()
  expect(await list.titles).toEqual([])
})
