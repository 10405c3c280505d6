import fc from 'fast-check'
import {resolve, sep} from 'node:path'
import {expect, test} from 'vitest'
import {parseBootPath} from '../../src/bootfiles/safe-path.js'

function check(name: string, expected: string): void {
  const path = parseBootPath(name)
  expect('parts' in path ? path.parts.join('/') : path.refusal).toBe(expected)
}

test('the spellings that loaders use mean the same file', () => {
  check('pxelinux.0', 'pxelinux.0')
  check('/pxelinux.0', 'pxelinux.0')
  check('///pxelinux.cfg//default', 'pxelinux.cfg/default')
  check('./boot/./vmlinuz', 'boot/vmlinuz')
  check('\\boot\\x64\\wdsnbp.com', 'boot/x64/wdsnbp.com')
  check('boot\\x64/bcd', 'boot/x64/bcd')
  check('a file with spaces, ümlauts and %2e%2e', 'a file with spaces, ümlauts and %2e%2e')
  check('...', '...')
  check('..config', '..config')
})

test('a name that climbs is refused, even where it would come back down', () => {
  for (const name of ['..', '../etc/passwd', '/../etc/passwd', 'boot/../../x', 'a/../b', '..\\x', 'a\\..\\b', 'a/..'])
    check(name, 'the name contains ".."')
})

test('names that name nothing, or too much, are refused', () => {
  for (const name of ['', '/', '//', '.', './', '\\']) check(name, 'the name names no file')
  check('pxelinux.0\0', 'the name contains a NUL byte')
  check('x'.repeat(256), 'a part of the name is longer than 255 bytes')
  check('ü'.repeat(128), 'a part of the name is longer than 255 bytes')
  check('ab/'.repeat(1366), 'the name is longer than 4095 bytes')
  check('x'.repeat(255), 'x'.repeat(255))
})

test('no name leads out of the root', () => {
  const pieces = fc.constantFrom('..', '.', '/', '\\', '//', 'a', 'b.cfg', ' ', '\0', '%2e', '~', 'C:')
  const names = fc.oneof(
    fc.string({unit: 'binary'}),
    fc.array(pieces).map((list) => list.join('')),
  )
  fc.assert(
    fc.property(names, (name) => {
      const path = parseBootPath(name)
      if ('refusal' in path) return path.refusal !== ''
      return resolve('/root/of/tree', ...path.parts).startsWith(`/root/of/tree${sep}`) && path.parts.every((part) => !/[/\\\0]/.test(part))
    }),
    {numRuns: 2000},
  )
})
