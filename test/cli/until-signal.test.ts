import {expect, test} from 'vitest'
import {untilSignal, watchSignals} from '../../src/cli/until-signal.js'

// Signals are emitted, not sent: what is tested is what we do with them.
const raise = (signal: NodeJS.Signals): void => void process.emit(signal, signal)

test('a second signal of the other kind is not lost', async () => {
  let nowMs = 0
  const watch = watchSignals(() => nowMs)
  raise('SIGINT')
  nowMs = 1000
  raise('SIGTERM')
  expect([await watch.next(), await watch.next()]).toEqual(['SIGINT', 'SIGTERM'])
  watch.close()
})

test('Ctrl-C that comes from the terminal and from npm is one', async () => {
  let nowMs = 0
  const watch = watchSignals(() => nowMs)
  raise('SIGINT')
  nowMs = 5
  raise('SIGINT')
  expect(await watch.next()).toBe('SIGINT')
  const next = watch.next()
  // Somebody who holds Ctrl-C down is heard all the same.
  for (nowMs = 50; nowMs < 150; nowMs += 10) raise('SIGTERM')
  expect(await next).toBe('SIGTERM')
  watch.close()
})

test('after the first, the signals are the system’s again', async () => {
  const before = process.listenerCount('SIGTERM') + process.listenerCount('SIGINT')
  const signal = untilSignal()
  raise('SIGTERM')
  expect(await signal).toBe('SIGTERM')
  expect(process.listenerCount('SIGTERM') + process.listenerCount('SIGINT')).toBe(before)
})
