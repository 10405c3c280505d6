import {expect, test} from 'vitest'
import {createWaitingRoom} from '../../src/tftp/waiting-room.js'

test('first come, first served; a repeated request keeps its place', () => {
  const room = createWaitingRoom<string, number>(10)
  for (const [key, request] of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
  ] as const)
    expect(room.enter(key, request, 0)).toBe(true)
  expect(room.next(1)).toEqual(['a', 3])
  expect(room.next(1)).toEqual(['b', 2])
  expect(room.next(1)).toBeUndefined()
})

test('a full room takes no more, but those inside may repeat themselves', () => {
  const room = createWaitingRoom<string, number>(2)
  expect(['a', 'b', 'c', 'a'].map((key) => room.enter(key, 0, 0))).toEqual([true, true, false, true])
  expect(room.size()).toBe(2)
})

test('one who asked too long ago has given up', () => {
  const room = createWaitingRoom<string, number>(10)
  room.enter('gone', 1, 0)
  room.enter('patient', 2, 0)
  room.enter('patient', 2, 15_000)
  expect(room.next(25_000)).toEqual(['patient', 2])
  expect(room.size()).toBe(0)
})
