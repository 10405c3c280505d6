import {describe, expect, test} from 'vitest'
import type {MachineFacts} from '../../src/machine/facts.js'
import {parsePercent, sizeFor} from '../../src/machine/size.js'

const MIB = 1024 * 1024
const machine = (memoryBytes: number, cpus = 4): MachineFacts => ({
  name: 'tk2',
  os: 'linux',
  cpus,
  memoryBytes,
  hypervisors: [],
  probedAt: '2026-11-22T00:00:00.000Z',
})
const memory = (memoryBytes: number, memoryPercent?: number, stepMiB?: number): number =>
  sizeFor(machine(memoryBytes), {
    hostCpus: 64,
    ...(memoryPercent === undefined ? {} : {memoryPercent}),
    ...(stepMiB === undefined ? {} : {stepMiB}),
  }).memoryMiB

describe('memory', () => {
  test('is 80 % of the real total without a word, rounded down to 4 MiB', () => {
    // 24684092 kB: 80 % are 19284.4… MiB.
    expect(memory(24_684_092 * 1024)).toBe(19_284)
    expect(memory(16 * 1024 * MIB)).toBe(13_104)
    expect(memory(16 * 1024 * MIB, 80, 1)).toBe(13_107)
  })

  test.each([
    [100, 1000 * MIB, 1000],
    [100, 1000 * MIB - 1, 996],
    [50, 8 * MIB, 4],
    [1, 400 * MIB, 4],
    [12.5, 4096 * MIB, 512],
    [33.33, 30_000 * MIB, 9996],
    [0.29 * 100, 10_000 * MIB, 2900],
  ])('%d %% of %d bytes are %d MiB', (percent, bytes, expected) => expect(memory(bytes, percent)).toBe(expected))

  test('of the largest machine is counted in whole numbers', () => {
    expect(memory(8 * 1024 ** 5, 99.99)).toBe(8_589_075_596)
  })

  test('less than one step is refused', () => {
    expect(() => memory(399 * MIB, 1)).toThrow(expect.objectContaining({code: 'MACHINE_TOO_SMALL', exitCode: 2}))
  })

  test('more than the host has is a note, not less memory', () => {
    const size = sizeFor(machine(1024 * MIB), {hostCpus: 4, hostMemoryBytes: 512 * MIB})
    expect(size).toEqual({cpus: 4, memoryMiB: 816, notes: ['816 MiB are more than the machine that runs the VM has (512 MiB)']})
  })
})

test('CPUs are as many as the machine has, up to what the host has, with a note', () => {
  expect(sizeFor(machine(1024 * MIB, 8), {hostCpus: 8})).toEqual({cpus: 8, memoryMiB: 816, notes: []})
  expect(sizeFor(machine(1024 * MIB, 64), {hostCpus: 8})).toMatchObject({
    cpus: 8,
    notes: ['tk2 has 64 CPUs, the machine that runs the VM 8: it gets 8'],
  })
})

test('percentages are whole or have two decimals, from 1 to 100', () => {
  expect(['1', '80', '80%', ' 80 ', '12.5', '99.99', '100', '100.00'].map(parsePercent)).toEqual([1, 80, 80, 80, 12.5, 99.99, 100, 100])
  for (const bad of ['', '0', '0.99', '101', '100.01', '-80', '+80', '8e1', '80.125', '80 %%', 'eighty', 'NaN', '0x50', '1000']) {
    expect(() => parsePercent(bad), bad).toThrow(expect.objectContaining({code: 'MEMORY_PERCENT_INVALID', exitCode: 2}))
  }
})
