import fc from 'fast-check'
import {expect, test} from 'vitest'
import {contentTypeOf} from '../../src/http/mime.js'
import {parseTarget} from '../../src/http/target.js'

const check = (target: string, path: string | undefined): void => expect(parseTarget(target)).toBe(path)

test('the path is what lies between host and query', () => {
  check('/boot/vmlinuz', '/boot/vmlinuz')
  check('//boot//x', '//boot//x')
  check('/boot.ipxe?mac=52:54:00:a1:b2:c3#x', '/boot.ipxe')
  check('http://10.0.0.1:8069/a', '/a')
  check('HTTP://10.0.0.1', '')
})

test('percent-encoding is undone once, and malformed encoding found out', () => {
  check('/a%20b%2Fc+d', '/a b/c+d')
  check('/%252e%252e/', '/%2e%2e/')
  check('/%c3%bc', '/ü')
  for (const target of ['/%', '/%2', '/%zz', '/%ff', '/%c3']) check(target, undefined)
})

test('any path survives being encoded', () => {
  fc.assert(fc.property(fc.string({unit: 'grapheme'}), (path) => parseTarget(`/${encodeURIComponent(path)}`) === `/${path}`))
})

test('types follow the last extension', () => {
  expect(contentTypeOf('/EFI/BOOT/BOOTX64.EFI')).toBe('application/efi')
  expect(contentTypeOf('boot.ipxe')).toBe('text/plain; charset=utf-8')
  expect(contentTypeOf('pxelinux.cfg/default')).toBe('application/octet-stream')
  expect(contentTypeOf('x.constructor')).toBe('application/octet-stream')
})
