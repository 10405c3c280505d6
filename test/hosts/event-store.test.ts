import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {EVENT_BOUNDS, type EventBounds, openEventStore} from '../../src/hosts/event-store.js'
import type {Ipv4} from '../../src/net/ipv4.js'
import type {Mac} from '../../src/net/mac.js'
import type {BootEvent} from '../../src/timeline/boot-event.js'
import {temporaryFolder} from '../support/temporary-folder.js'

const macOf = (number: number): Mac =>
  `52:54:00:00:${Math.floor(number / 256)
    .toString(16)
    .padStart(2, '0')}:${(number % 256).toString(16).padStart(2, '0')}` as Mac

function event(timeMs: number, mac: Mac | undefined = macOf(1), more: Partial<BootEvent> = {}): BootEvent {
  return {timeMs, mac, ip: undefined, source: 'tftp', step: 'loader', name: 'ipxe.efi', result: 'done', details: {bytes: 5}, ...more}
}

const open = (bounds: EventBounds = EVENT_BOUNDS, path = join(temporaryFolder(), 'events')) => openEventStore(path, bounds)
const known = (events: readonly BootEvent[]) => events.map((one) => ({event: one, isKnown: true}))

test('what was added is read, oldest first, with growing numbers', async () => {
  const store = await open()
  const first = event(1000, macOf(1), {name: 'a "\u001b[2J\' 💥', ip: '10.0.0.1' as Ipv4, details: {message: "it's", blksize: 1468}})
  store.add(known([first, event(2000)]))
  store.add(known([event(3000, undefined, {ip: '10.0.0.9' as Ipv4})]))
  const read = store.read({limit: 10})
  expect(read.map(({id: _, ...rest}) => rest)).toEqual([first, event(2000), event(3000, undefined, {ip: '10.0.0.9' as Ipv4})])
  expect(read.map(({id}) => id)).toEqual([1, 2, 3])
  store.close()
})

test('names that SQLite cannot keep', async () => {
  const store = await open()
  store.add(known([event(1, macOf(1), {name: 'a\u0000b\ud800c'})]))
  expect(store.read({limit: 1})[0]?.name).toBe('a\ufffdb\ufffdc')
  store.close()
})

test('the newest, those after a number, of some clients, since a time', async () => {
  const store = await open()
  store.add(known([event(1000), event(2000, macOf(2)), event(3000, undefined, {ip: '10.0.0.9' as Ipv4})]))
  const times = (query: object): number[] => store.read({limit: 10, ...query}).map(({timeMs}) => timeMs)
  expect(times({limit: 2})).toEqual([2000, 3000])
  expect(times({afterId: 1})).toEqual([2000, 3000])
  expect(times({sinceMs: 2500})).toEqual([3000])
  expect(times({clients: [macOf(1), '10.0.0.9']})).toEqual([1000, 3000])
  store.close()
})

test('a client that never stops pushes nobody else out', async () => {
  const store = await open({perClient: 10, known: 1000, unknown: 1000})
  store.add(known([event(1, macOf(7))]))
  for (let round = 0; round < 20; round++) store.add(known(Array.from({length: 50}, (_, index) => event(round * 100 + index))))
  expect(store.read({limit: 5000, clients: [macOf(1)]})).toHaveLength(10)
  expect(store.read({limit: 5000, clients: [macOf(7)]})).toHaveLength(1)
  store.close()
})

test('10,000 unknown machines are bounded, and leave the hosts alone', async () => {
  const store = await open({perClient: 400, known: 1000, unknown: 2000})
  store.add(known([event(1, macOf(1)), event(2, macOf(1))]))
  for (let at = 0; at < 10_000; at += 1000) {
    store.add(Array.from({length: 1000}, (_, index) => ({event: event(10 + at + index, macOf(100 + at + index)), isKnown: false})))
  }
  expect(store.read({limit: 100_000})).toHaveLength(2002)
  expect(store.read({limit: 10, clients: [macOf(1)]})).toHaveLength(2)
  expect(store.clients(3).map(({mac, lastMs}) => [mac, lastMs])).toEqual(
    [10_099, 10_098, 10_097].map((number) => [macOf(number), number - 90]),
  )
  store.close()
})

test('two processes write and read one record', async () => {
  const path = join(temporaryFolder(), 'events')
  const [one, two] = [await open(EVENT_BOUNDS, path), await open(EVENT_BOUNDS, path)]
  one.add(known([event(1)]))
  two.add(known([event(2)]))
  expect(one.read({limit: 5}).map(({timeMs}) => timeMs)).toEqual([1, 2])
  one.close()
  two.close()
})

test('a damaged record, or one of another version, is begun anew', async () => {
  const path = join(temporaryFolder(), 'events')
  writeFileSync(path, 'this is no database, and long enough to be looked at as one '.repeat(100))
  const store = await open(EVENT_BOUNDS, path)
  store.add(known([event(1)]))
  expect(store.read({limit: 5})).toHaveLength(1)
  store.close()
})
