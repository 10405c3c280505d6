import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {findMac, generateMac, macFromBytes, macToBytes, parseHostMac, parseMac} from '../../src/net/mac.js'

describe('a MAC address is read in any usual spelling', () => {
  const cases: [string, string][] = [
    ['08:00:27:12:34:56', '08:00:27:12:34:56'],
    ['08:00:27:AB:CD:EF', '08:00:27:ab:cd:ef'],
    ['08-00-27-12-34-56', '08:00:27:12:34:56'],
    ['0800.2712.3456', '08:00:27:12:34:56'],
    ['080027123456', '08:00:27:12:34:56'],
    ['080027-123456', '08:00:27:12:34:56'],
    ['0:c:29:1:2:3', '00:0c:29:01:02:03'],
    ['  08:00:27:12:34:56 ', '08:00:27:12:34:56'],
  ]
  test.each(cases)('%s', (text, expected) => expect(parseMac(text)).toBe(expected))
})

describe('what is not a MAC address is refused by name', () => {
  test.each(['', 'tk2', '08:00:27:12:34', '08:00:27:12:34:56:78', '08:00:27:12:34:5g', '08:00-27:12:34:56', '08 00 27 12 34 56'])(
    '%j',
    (text) => {
      expect(findMac(text)).toBeUndefined()
      expect(() => parseMac(text)).toThrow(`"${text}" is not a MAC address`)
    },
  )
})

test.each([
  ['00:00:00:00:00:00', 'all zeros'],
  ['ff:ff:ff:ff:ff:ff', 'broadcast'],
  ['01:00:5e:00:00:01', 'multicast'],
  ['33:33:00:00:00:01', 'multicast'],
])('no host has %s', (text, reason) => expect(() => parseHostMac(text)).toThrow(reason))

test('bytes and text say the same address', () => {
  fc.assert(
    fc.property(fc.uint8Array({minLength: 6, maxLength: 6}), (bytes) => {
      const mac = macFromBytes(bytes)
      expect(parseMac(mac)).toBe(mac)
      expect([...macToBytes(mac)]).toEqual([...bytes])
    }),
  )
})

test('a generated address has the prefix of the hypervisor and is not taken', () => {
  const numbers = [1, 2, 3, 4, 5, 6]
  const taken = new Set(['08:00:27:01:02:03'])
  expect(
    generateMac(
      'virtualbox',
      (mac) => taken.has(mac),
      () => numbers.shift() ?? 0,
    ),
  ).toBe('08:00:27:04:05:06')
})

test('VMware takes static addresses only up to 00:50:56:3f', () => {
  const bounds: number[] = []
  generateMac(
    'vmware',
    () => false,
    (below) => {
      bounds.push(below)
      return below - 1
    },
  )
  expect(bounds[0]).toBe(0x40)
})

test('generating ends with an error where all are taken', () => {
  expect(() =>
    generateMac(
      'qemu',
      () => true,
      () => 0,
    ),
  ).toThrow('no unused MAC address')
})
