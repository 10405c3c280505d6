import {expect, test} from 'vitest'
import {createFeed} from '../../src/dashboard/feed.js'
import type {EventSink} from '../../src/dashboard/web-request.js'

/** A reader whose connection takes `room` messages before it is full. */
function reader(room = Infinity) {
  const got: string[] = []
  let [left, isOpen] = [room, true]
  let drained: () => void = () => undefined
  let closed: () => void = () => undefined
  const sink: EventSink = {
    write: (text) => {
      got.push(text)
      return --left > 0
    },
    onDrain: (listener) => (drained = listener),
    onClose: (listener) => (closed = listener),
    destroy: () => {
      isOpen = false
      closed()
    },
  }
  const drain = (more: number): void => {
    left = more
    drained()
  }
  const values = (): unknown[] =>
    got.flatMap((text) => [...text.matchAll(/^data: (.*)$/gm)].map(([, json = '']) => JSON.parse(json) as unknown))
  return {sink, got, drain, values, isOpen: () => isOpen}
}

const now = {ms: 0}
const feedOf = (most = 3, mostReaders = 2) =>
  createFeed({runId: 'run1', state: () => [{event: 'state', value: 'all'}], nowMs: () => now.ms, most, mostReaders, standstillMs: 100})

test('a new reader gets the whole state and then each message, one line of data whatever is in it', () => {
  const feed = feedOf()
  const one = reader()
  feed.join(one.sink, undefined)
  feed.publish({event: 'note', value: 'a\n\nevent: evil\ndata: 1'})
  expect(one.got).toEqual([
    'id: run1-0\nevent: reset\ndata: {}\n\nid: run1-0\nevent: state\ndata: "all"\n\n',
    'id: run1-1\nevent: note\ndata: "a\\n\\nevent: evil\\ndata: 1"\n\n',
  ])
})

test('who comes back gets what was missed; after too long, or from another run, the whole state', () => {
  const feed = feedOf()
  for (let value = 1; value <= 5; value++) feed.publish({event: 'n', value})
  const [near, far] = [reader(), reader()]
  feed.join(near.sink, 'run1-3')
  expect(near.values()).toEqual([4, 5])
  feed.join(far.sink, 'run1-1')
  expect(far.values()).toEqual([{}, 'all'])
  near.sink.destroy()
  far.sink.destroy()
  for (const id of ['run0-5', 'run1-99', 'nonsense', 'run1--1', 'run1-1e3']) {
    const other = reader()
    feed.join(other.sink, id)
    expect(other.values()).toEqual([{}, 'all'])
    other.sink.destroy()
  }
})

test('a slow reader costs nothing: it is sent on from where it was when it takes again, or the whole state', () => {
  const feed = feedOf()
  const slow = reader(1)
  feed.join(slow.sink, 'run1-0')
  feed.publish({event: 'n', value: 1})
  feed.publish({event: 'n', value: 2})
  feed.flash({event: 'f', value: 'flash'})
  feed.publish({event: 'n', value: 3})
  expect(slow.values()).toEqual([1])
  slow.drain(1)
  expect(slow.values()).toEqual([1, 2])
  for (let value = 4; value <= 9; value++) feed.publish({event: 'n', value})
  slow.drain(10)
  expect(slow.values()).toEqual([1, 2, {}, 'all'])
  feed.publish({event: 'n', value: 10})
  expect(slow.values().at(-1)).toBe(10)
})

test('a reader that stands still is dropped; the others hear that we are here', () => {
  now.ms = 0
  const feed = feedOf()
  const [quick, stuck] = [reader(), reader(1)]
  feed.join(quick.sink, 'run1-0')
  feed.join(stuck.sink, 'run1-0')
  feed.publish({event: 'n', value: 1})
  now.ms = 101
  feed.check()
  expect([quick.isOpen(), stuck.isOpen(), feed.readers()]).toEqual([true, false, 1])
  expect(quick.got.at(-1)).toBe(': still here\n\n')
})

test('there are so many readers at most', () => {
  const feed = feedOf(3, 1)
  feed.checkRoom()
  feed.join(reader().sink, undefined)
  expect(() => feed.checkRoom()).toThrow(expect.objectContaining({code: 'TOO_MANY_READERS'}))
})
