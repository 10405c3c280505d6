import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {findRoot, readRoots} from '../../src/netroot/catalog.js'
import {parseRecord, renderRecord, type RootRecord} from '../../src/netroot/manifest.js'
import {isRootName, parseRootName} from '../../src/netroot/root-name.js'

const record: RootRecord = {
  format: 1,
  name: 'root_demo',
  style: 'squashfs',
  suite: 'bookworm',
  arch: 'amd64',
  mirror: 'http://mirror.example/debian',
  packages: ['vim'],
  user: 'lab',
  kernelVersion: '6.1.0-37-amd64',
  kernel: 'root_demo/vmlinuz',
  initrd: 'root_demo/initrd.img',
  squashfs: 'root_demo/root.squashfs',
  sha256: 'ab'.repeat(32),
  sizeBytes: 1234,
  createdAt: '2026-11-30T12:00:00.000Z',
}

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pxectl-roots-'))
})
afterEach(() => rm(folder, {recursive: true, force: true}))

test('a record is read as it was written', () => {
  expect(parseRecord(renderRecord(record), 'root.json')).toEqual(record)
})

test.each([
  ['{', /JSON/],
  ['[]', /format/],
  ['null', /no object/],
  [JSON.stringify({...record, format: 2}), /its format is 2/],
  [JSON.stringify({...record, style: 'nbd'}), /its style is "nbd"/],
  [JSON.stringify({...record, kernel: 1}), /kernel is missing/],
  [JSON.stringify({...record, squashfs: undefined}), /squashfs is missing/],
  [JSON.stringify({...record, style: 'nfs'}), /tree is missing/],
  [JSON.stringify({...record, packages: ['a', 1]}), /packages is missing/],
  [JSON.stringify({...record, sizeBytes: '1'}), /sizeBytes is missing/],
])('a record that is none is told by its path: %s', (text, problem) => {
  expect(() => parseRecord(text, '/lab/roots/a/root.json')).toThrow(problem)
  expect(() => parseRecord(text, '/lab/roots/a/root.json')).toThrow('/lab/roots/a/root.json')
})

test('a folder without a record, and one in the making, are no roots; a broken record is', async () => {
  const roots = folder
  for (const name of ['good', 'none', 'bad', 'new.partial', '.templates']) await mkdir(join(roots, name))
  await writeFile(join(roots, 'good/root.json'), renderRecord({...record, name: 'good'}))
  await writeFile(join(roots, 'new.partial/root.json'), renderRecord(record))
  await writeFile(join(roots, 'bad/root.json'), 'x')
  expect((await readRoots(roots)).map(({name, kind}) => `${name} ${kind}`)).toEqual(['bad broken', 'good finished'])
  expect(await findRoot(roots, 'none')).toBeUndefined()
  expect(await readRoots(join(roots, 'nowhere'))).toEqual([])
})

test.each(['root_demo', 'a', 'tk2', 'root-12.4', 'A1'])('%s is a name', (name) => {
  expect(parseRootName(name)).toBe(name)
})

test.each(['', '.', '..', '../x', '/etc', 'a/b', '-x', '.x', 'a b', 'ä', 'images', 'IPXE', 'pxelinux.cfg', 'x.partial', 'a'.repeat(64)])(
  '"%s" is no name',
  (name) => {
    expect(isRootName(name)).toBe(false)
    expect(() => parseRootName(name)).toThrow(/cannot be the name/)
  },
)
