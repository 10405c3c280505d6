import {mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Readable} from 'node:stream'
import {pack, type Headers} from 'tar-stream'
import {describe, expect, test} from 'vitest'
import {extractTree, type Extracted, type ExtractOptions} from '../../src/archive/extract.js'
import {openFat} from '../../src/archive/fat.js'
import {openIso} from '../../src/archive/iso9660.js'
import {spoolStream} from '../../src/archive/spool.js'
import {temporaryFolder} from '../support/temporary-folder.js'
import {fixtureBytes, fixtureSource} from './fixture-image.js'

const LIMITS = {bytes: 1 << 20, entries: 100}
const ALL = (path: string): string => path

type Member = Headers & {readonly content?: string}

function unpack(into: string, members: readonly Member[], options: Partial<ExtractOptions> = {}): Promise<Extracted> {
  const archive = pack()
  for (const {content, ...header} of members) archive.entry(header, content ?? '')
  archive.finalize()
  return extractTree(Readable.from(archive, {objectMode: false}), {into, select: ALL, limits: LIMITS, name: 'a.tar', ...options})
}

const namesIn = (folder: string): string[] => readdirSync(folder, {recursive: true, encoding: 'utf8'}).sort()

describe('unpacking', () => {
  test('files, folders and modes, whatever the umask; the times of the archive', async () => {
    const into = temporaryFolder()
    const mask = process.umask(0o077)
    const mtime = new Date(1_375_000_000_000)
    const {files, bytes} = await unpack(into, [
      {name: 'a/b', content: 'xyz', mtime, mode: 0o600},
      {name: 'c/', type: 'directory', mode: 0o700},
    ]).finally(() => process.umask(mask))
    expect({files, bytes}).toEqual({files: ['a/b'], bytes: 3})
    expect(namesIn(into)).toEqual(['a', 'a/b', 'c'])
    expect([statSync(join(into, 'a')).mode, statSync(join(into, 'c')).mode].map((mode) => mode & 0o777)).toEqual([0o755, 0o755])
    expect(statSync(join(into, 'a/b')).mode & 0o777).toBe(0o644)
    expect(statSync(join(into, 'a/b')).mtimeMs).toBe(mtime.getTime())
  })

  test('what select says, and where it says', async () => {
    const into = temporaryFolder()
    const select = (path: string): string | undefined => (path.startsWith('usr/') ? `new/${path.slice(4)}` : undefined)
    await unpack(
      into,
      [
        {name: 'usr/a', content: '1'},
        {name: 'etc/b', content: '2'},
      ],
      {select},
    )
    expect(namesIn(into)).toEqual(['new', 'new/a'])
  })

  test('links become copies of their files', async () => {
    const into = temporaryFolder()
    await unpack(into, [
      {name: 'early', type: 'symlink', linkname: 'boot/kernel'},
      {name: 'boot/kernel', content: 'kernel'},
      {name: 'boot/hard', type: 'link', linkname: 'boot/kernel'},
      {name: 'boot/twice', type: 'symlink', linkname: '../early'},
    ])
    for (const name of ['early', 'boot/hard', 'boot/twice']) expect(readFileSync(join(into, name), 'utf8')).toBe('kernel')
  })

  test('of two entries with one path the later counts', async () => {
    const into = temporaryFolder()
    await unpack(into, [
      {name: 'a', content: 'old'},
      {name: 'a', content: 'new'},
      {name: 'b', type: 'symlink', linkname: '/x'},
      {name: 'b', content: 'file'},
    ])
    expect([readFileSync(join(into, 'a'), 'utf8'), readFileSync(join(into, 'b'), 'utf8')]).toEqual(['new', 'file'])
  })

  test('an ISO image and a FAT file system', async () => {
    for (const tree of [await openIso(fixtureSource('both.iso')), await openFat(fixtureSource('fat12.img'))]) {
      const into = temporaryFolder()
      const seen: number[] = []
      await extractTree(tree, {into, select: ALL, limits: LIMITS, onProgress: ({bytes}) => seen.push(bytes)})
      expect(readFileSync(join(into, 'boot/kernel'), 'utf8')).toBe('k'.repeat(3000))
      expect(seen).toEqual([...seen].sort((a, b) => a - b))
    }
    const into = temporaryFolder()
    await extractTree(await openIso(fixtureSource('both.iso')), {
      into,
      select: (path) => (path === 'unix' ? 'kernel' : undefined),
      limits: LIMITS,
    })
    expect(readFileSync(join(into, 'kernel'), 'utf8')).toBe('k'.repeat(3000))
  })
})

describe('unpacking that fails leaves what was there, and nothing else', () => {
  const good: Member = {name: 'good/file', content: 'good'}
  const big: Member = {name: 'big', content: 'x'.repeat(10_000)}
  const cases: [string, Member[], string, Partial<ExtractOptions>][] = [
    ['a path outside', [good, {name: '../x', content: 'x'}], 'ARCHIVE_PATH_UNSAFE', {}],
    ['a target outside', [good], 'ARCHIVE_PATH_UNSAFE', {select: () => '../x'}],
    [
      'through a link of the archive',
      [good, {name: 'l', type: 'symlink', linkname: '/tmp'}, {name: 'l/x', content: 'x'}],
      'ARCHIVE_PATH_UNSAFE',
      {},
    ],
    ['a link outside', [good, {name: 'l', type: 'symlink', linkname: '../x'}], 'ARCHIVE_LINK_REFUSED', {}],
    ['a hard link outside', [good, {name: 'l', type: 'link', linkname: '/etc/passwd'}], 'ARCHIVE_LINK_REFUSED', {}],
    [
      'a link to a file that was not selected',
      [good, {name: 'l', type: 'symlink', linkname: 'good/file'}],
      'ARCHIVE_LINK_REFUSED',
      {select: (path) => (path === 'l' ? 'l' : undefined)},
    ],
    ['a link to itself', [good, {name: 'l', type: 'symlink', linkname: 'l'}], 'ARCHIVE_LINK_REFUSED', {}],
    ['two files of one target', [good, {name: 'other', content: 'x'}], 'ARCHIVE_TARGET_TWICE', {select: () => 'same'}],
    ['too many bytes', [good, big], 'ARCHIVE_TOO_LARGE', {limits: {bytes: 10_003, entries: 10}}],
    [
      'too many bytes by links',
      [good, big, {name: 'l', type: 'link', linkname: 'big'}],
      'ARCHIVE_TOO_LARGE',
      {limits: {bytes: 15_000, entries: 10}},
    ],
    ['too many entries', [good, big], 'ARCHIVE_TOO_LARGE', {limits: {bytes: 100_000, entries: 1}}],
    ['a file that stands there', [good, {name: 'mine/file', content: 'x'}], 'FILE_IN_THE_WAY', {}],
    ['a folder that stands there', [good, {name: 'mine', content: 'x'}], 'FILE_IN_THE_WAY', {}],
    ['a file where a folder is needed', [good, {name: 'mine/file/x', content: 'x'}], 'FILE_IN_THE_WAY', {}],
    ['a symbolic link that stands there', [good, {name: 'out/x', content: 'x'}], 'FILE_IN_THE_WAY', {}],
    ['a symbolic link that stands there for a file', [good, {name: 'out-file', content: 'x'}], 'FILE_IN_THE_WAY', {}],
    ['a file and a folder of one path', [good, {name: 'good/file/below', content: 'x'}], 'FILE_IN_THE_WAY', {}],
  ]
  test.each(cases)('%s', async (_title, members, code, options) => {
    const around = temporaryFolder()
    const into = join(around, 'into')
    mkdirSync(join(into, 'mine'), {recursive: true})
    mkdirSync(join(around, 'outside'))
    writeFileSync(join(into, 'mine/file'), 'mine')
    writeFileSync(join(around, 'outside/file'), 'outside')
    symlinkSync('../outside', join(into, 'out'))
    symlinkSync('../outside/file', join(into, 'out-file'))
    const before = namesIn(around)
    await expect(unpack(into, members, options)).rejects.toMatchObject({code})
    expect(namesIn(around)).toEqual(before)
    expect(readFileSync(join(into, 'mine/file'), 'utf8')).toBe('mine')
    expect(readFileSync(join(around, 'outside/file'), 'utf8')).toBe('outside')
  })

  test('a cut archive, and a reader of progress that throws', async () => {
    const into = temporaryFolder()
    const cut = fixtureBytes('pax.tar').subarray(0, 8000)
    await expect(extractTree(Readable.from([cut], {objectMode: false}), {into, select: ALL, limits: LIMITS})).rejects.toMatchObject({
      exitCode: 7,
    })
    const onProgress = (): void => {
      throw new Error('stopped')
    }
    await expect(unpack(into, [good], {onProgress})).rejects.toThrow('stopped')
    expect(namesIn(into)).toEqual([])
  })

  test('a folder that is not there', async () => {
    await expect(unpack(join(temporaryFolder(), 'none'), [good])).rejects.toMatchObject({code: 'FILE_MISSING', exitCode: 3})
  })
})

test('a stream as a file: whole, or not at all', async () => {
  const into = temporaryFolder()
  const options = {into, file: 'disk', name: 'x.dd.bz2', maxBytes: 10}
  expect(await spoolStream(Readable.from([Buffer.from('12345'), Buffer.from('67890')]), options)).toBe(10)
  expect(readFileSync(join(into, 'disk'), 'utf8')).toBe('1234567890')
  await expect(spoolStream(Readable.from([Buffer.alloc(11)]), {...options, file: 'other'})).rejects.toMatchObject({
    code: 'ARCHIVE_TOO_LARGE',
  })
  await expect(spoolStream(Readable.from([Buffer.alloc(1)]), options)).rejects.toMatchObject({code: 'FILE_IN_THE_WAY', exitCode: 4})
  expect(namesIn(into)).toEqual(['disk'])
})
