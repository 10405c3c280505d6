import {expect, test} from 'vitest'
import {parseHostname} from '../../src/net/hostname.js'
import {findNearest} from '../../src/net/nearest.js'

test.each(['tk2', 'a', 'node-07', '602dhcp7.jsk.t.u-tokyo.ac.jp', 'A1', `${'a'.repeat(63)}.b`])('%s is a host name (RFC 1123)', (name) => {
  expect(parseHostname(name)).toBe(name)
})

test.each([
  ['', 'empty'],
  ['tk 2', 'character " "'],
  ['tk_2', 'character "_"'],
  ['tk2;', 'character ";"'],
  ['-tk2', 'hyphen'],
  ['tk2-', 'hyphen'],
  ['a..b', 'empty label'],
  ['tk2.', 'empty label'],
  ['10.0.0.1', 'IP address'],
  ['a'.repeat(64), '63 are allowed'],
  [`${'abcdefgh.'.repeat(29)}a`, '253 are allowed'],
  ['täk', 'character "ä"'],
])('%j is none: %s', (name, reason) => expect(() => parseHostname(name)).toThrow(reason))

test('the nearest word is found, and none when nothing is near', () => {
  expect(findNearest('tk3', ['tk2', 'web1'])).toBe('tk2')
  expect(findNearest('dhcp.confg', ['dhcp.config', 'dhcp.include'])).toBe('dhcp.config')
  expect(findNearest('zzz', ['tk2', 'web1'])).toBeUndefined()
})
