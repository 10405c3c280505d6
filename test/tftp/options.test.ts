import {expect, test} from 'vitest'
import {defaultLimits, limitsFor, negotiate, negotiatedBy} from '../../src/tftp/options.js'
import type {TftpOption} from '../../src/tftp/packet.js'

const options = (text: string): TftpOption[] =>
  text
    .split(' ')
    .filter(Boolean)
    .map((pair) => pair.split('=') as [string, string])

function check(asked: string, granted: string, sizeBytes: number | undefined = 5000): void {
  expect(
    negotiate(options(asked), sizeBytes, defaultLimits)
      .granted.map((option) => option.join('='))
      .join(' '),
  ).toBe(granted)
}

test('real firmware gets what it asks for, in its own order', () => {
  check('blksize=1432 tsize=0', 'blksize=1432 tsize=5000')
  check('tsize=0 blksize=1408', 'tsize=5000 blksize=1408')
  check('tsize=0 blksize=1468 windowsize=4', 'tsize=5000 blksize=1468 windowsize=4')
  check('', '')
})

test('names compare without case and come back as they were sent', () => check('BLKSIZE=1024 TSize=0', 'BLKSIZE=1024 TSize=5000'))

test('too much is cut to the limit, nonsense and the unknown are passed over', () => {
  check('blksize=65464 windowsize=65535', 'blksize=1468 windowsize=64')
  check('blksize=7', '')
  check('blksize=65465', '')
  check('blksize=8 windowsize=1', 'blksize=8 windowsize=1')
  check('windowsize=0 timeout=0 timeout=256', '')
  check('timeout=1', 'timeout=1')
  check('timeout=255', 'timeout=255')
  check('blksize=abc tsize=-1 timeout=1.5', '')
  check('blksize=1e3 blksize=+9', '')
  check('blksize2=1024 utimeout=50000 multicast= blksize=600', 'blksize=600')
  check('blksize=1000 blksize=600', 'blksize=1000')
})

test('a size that cannot be known is not told', () => {
  expect(negotiate(options('tsize=0 blksize=600'), undefined, defaultLimits).granted).toEqual([['blksize', '600']])
})

test('the terms are those granted; what was not is as in RFC 1350', () => {
  expect(negotiate(options('blksize=4000 timeout=3'), 1, defaultLimits).terms).toEqual({blksize: 1468, windowsize: 1, timeoutSeconds: 3})
})

test('a client takes no more than it asked for', () => {
  const asked = options('tsize=0 blksize=1468 windowsize=4')
  expect(negotiatedBy(asked, options('tsize=9 blksize=1024'))).toEqual({blksize: 1024, windowsize: 1})
  expect(negotiatedBy(asked, [])).toEqual({blksize: 512, windowsize: 1})
  for (const granted of ['blksize=1469', 'windowsize=5', 'timeout=3', 'blksize=0'])
    expect(negotiatedBy(asked, options(granted))).toBeUndefined()
})

test('blocks fit one frame of the network, and never more than Ethernet carries unasked', () => {
  const largest = (mtuBytes: number | undefined): number => limitsFor(mtuBytes).maxBlksize
  expect(largest(undefined)).toBe(1468)
  expect(largest(1500)).toBe(1468)
  expect(largest(1400)).toBe(1368)
  expect(largest(9000)).toBe(1468)
  expect(largest(65_536)).toBe(1468)
  // Below what every client may use without asking there is nothing to grant.
  expect(largest(296)).toBe(512)
})
