import fc from 'fast-check'
import {expect, test} from 'vitest'
import {parse} from 'ini'
import {findIniKeys, setIniValue} from '../../src/lab/ini-lines.js'

function check(text: string, name: string, value: string, expected: string): void {
  expect(setIniValue(text, name, value)).toBe(expected)
}

test('a value is changed where it stands; its comment and all other lines stay', () => {
  check(
    '; head\n[dhcp]\nbackend = isc ; which\n\n[boot]\ntimeout=3\n',
    'dhcp.backend',
    'none',
    '; head\n[dhcp]\nbackend = none ; which\n\n[boot]\ntimeout=3\n',
  )
})

test('a new key goes to the end of its section', () => {
  check(
    '[dhcp]\nbackend = isc\n\n[boot]\ntimeout = 3\n',
    'dhcp.restart',
    'true',
    '[dhcp]\nbackend = isc\nrestart = true\n\n[boot]\ntimeout = 3\n',
  )
})

test('a new section goes to the end of the file, also without a final newline', () => {
  check('[dhcp]\nbackend = isc', 'boot.timeout', '3', '[dhcp]\nbackend = isc\n\n[boot]\ntimeout = 3\n')
  check('', 'boot.timeout', '3', '[boot]\ntimeout = 3\n')
})

test('CRLF files stay CRLF', () => {
  check('[boot]\r\ntimeout = 3\r\n', 'boot.timeout', '4', '[boot]\r\ntimeout = 4\r\n')
})

test('the last of two equal keys is changed, because it is the one that counts', () => {
  check('[boot]\ntimeout = 3\ntimeout = 5\n', 'boot.timeout', '4', '[boot]\ntimeout = 3\ntimeout = 4\n')
})

test('keys are found with their lines, comments are not keys', () => {
  expect(findIniKeys('; a = b\n[lab]\nname = x\n# c = d\n\n[boot]\ntimeout\n')).toEqual([
    {name: 'lab.name', line: 3},
    {name: 'boot.timeout', line: 7},
  ])
})

test('any value that is set is read back by the ini package', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9/._;#:, -]{0,30}$/), (text) => {
      const value = text.trim()
      const parsed = parse(setIniValue('[dhcp]\nbackend = isc\n', 'dhcp.restart', value)) as {dhcp: Record<string, unknown>}
      expect(String(parsed.dhcp['restart'] ?? '')).toBe(value)
    }),
  )
})
