import {expect, test} from 'vitest'
import {exportLines, parseExports, renderExports} from '../../src/netroot/exports.js'

const SHARED = {path: '/srv/lab/roots/root_shared/tree', client: '192.168.56.0/24', access: 'ro'} as const
const OWN = {path: '/srv/lab/roots/root_tk2/tree', client: '192.168.56.22', access: 'rw'} as const

test('a shared root is read-only and checked, one that is written to by a host is not', () => {
  expect(exportLines([OWN, SHARED])).toEqual([
    '/srv/lab/roots/root_shared/tree 192.168.56.0/24(ro,no_root_squash,subtree_check,fsid=1052dc30-e380-c4aa-dd1d-a3256b135969)',
    '/srv/lab/roots/root_tk2/tree 192.168.56.22(rw,no_root_squash,no_subtree_check,fsid=88f78a07-c3a8-fe49-0a0d-0ee7bd9b4a2d)',
  ])
})

test('each lab has a section, and what another lab wrote stays', () => {
  const text = renderExports(
    new Map([
      ['/srv/a/pxectl.ini', exportLines([SHARED])],
      ['/srv/b/pxectl.ini', exportLines([OWN])],
    ]),
  )
  expect(text?.split('\n')[0]).toBe('# Made by pxectl. It rewrites this file: what you change here is lost.')
  const sections = parseExports(text ?? '')
  expect([...(sections ?? [])]).toEqual([
    ['/srv/a/pxectl.ini', exportLines([SHARED])],
    ['/srv/b/pxectl.ini', exportLines([OWN])],
  ])
})

test('nothing to export is no file, and a file of somebody else is known as such', () => {
  expect(renderExports(new Map([['/srv/a/pxectl.ini', []]]))).toBeUndefined()
  expect(parseExports('/srv *(ro)\n')).toBeUndefined()
  expect(parseExports('')).toEqual(new Map())
})
