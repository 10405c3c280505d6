import {expect, test} from 'vitest'
import {shareNext} from '../../src/system/share-next.js'

test('who asks during a run waits for one that begins later, together with all others', async () => {
  const ends: (() => void)[] = []
  const share = shareNext(() => new Promise<void>((resolve) => ends.push(resolve)))
  const done: string[] = []
  const ask = (name: string): Promise<void> => share().then(() => void done.push(name))

  const first = [ask('a'), ask('b')]
  await Promise.resolve()
  expect(ends).toHaveLength(1)
  const second = [ask('c'), ask('d'), ask('e')]
  ends[0]?.()
  await Promise.all(first)
  expect(done).toEqual(['a', 'b'])
  expect(ends).toHaveLength(2)
  ends[1]?.()
  await Promise.all(second)
  expect(done).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(ends).toHaveLength(2)
})
