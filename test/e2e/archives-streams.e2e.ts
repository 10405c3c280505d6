// Compressed streams and tar archives as the real tools make them, good ones and ones made to hurt.
import {execFileSync} from 'node:child_process'
import {createReadStream} from 'node:fs'
import {link, mkdir, readdir, readFile, symlink, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {Readable} from 'node:stream'
import {expect, test} from 'vitest'
import {decompress, peelCompression, type CompressionKind} from '../../src/archive/compression.js'
import type {ArchiveEntry} from '../../src/archive/entry.js'
import {extractTree, type Extracted} from '../../src/archive/extract.js'
import {readTar} from '../../src/archive/tar.js'
import {bytesFor, listTree, makeFiles, readAll, withFolder} from './support/archive-images.js'
import {mustRun, run, until} from './support/programs.js'

const KINDS = ['gzip', 'bzip2', 'xz', 'zstd'] as const
const LIMITS = {name: 'the archive', maxBytes: 100_000_000}

for (const kind of KINDS) {
  test(`${kind}: whole, in two members, cut anywhere, damaged, and too large`, async () => {
    const bytes = Buffer.concat([bytesFor(kind, 700_000), Buffer.alloc(3_000_000)])
    const packed = pack(kind, bytes)
    const unpack = (input: Buffer, maxBytes = LIMITS.maxBytes): Promise<Buffer> =>
      readAll(decompress(Readable.from([input], {objectMode: false}), kind, {...LIMITS, maxBytes}))
    expect((await unpack(packed)).equals(bytes)).toBe(true)
    expect(
      (await unpack(Buffer.concat([packed, pack(kind, Buffer.from('second'))]))).equals(Buffer.concat([bytes, Buffer.from('second')])),
    ).toBe(true)
    for (const at of [10, 100, packed.length >> 1, packed.length - 5, packed.length - 1]) {
      await expect(unpack(packed.subarray(0, at)), `cut after ${at}`).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT', exitCode: 7})
    }
    const damaged = Buffer.from(packed)
    damaged.writeUInt32LE(0xdeadbeef, 300_000)
    await expect(unpack(damaged)).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT'})
    await expect(unpack(packed, bytes.length - 1)).rejects.toMatchObject({code: 'ARCHIVE_TOO_LARGE'})
    expect((await unpack(packed, bytes.length)).length).toBe(bytes.length)
  })
}

test('layers of compression come off one after the other, and a stream that is left early ends its programs', async () => {
  const bytes = bytesFor('layers', 300_000)
  const packed = KINDS.reduce<Buffer>((plain, kind) => pack(kind, plain), bytes)
  const {stream, layers} = await peelCompression(Readable.from([packed], {objectMode: false}), LIMITS)
  expect(layers).toEqual([...KINDS].reverse())
  expect((await readAll(stream)).equals(bytes)).toBe(true)
  const fifth = Readable.from([pack('gzip', packed)], {objectMode: false})
  await expect(peelCompression(fifth, LIMITS)).rejects.toMatchObject({code: 'ARCHIVE_UNSUPPORTED'})

  const endless = Readable.from(
    (async function* () {
      yield pack('xz', bytesFor('endless', 1_000_000))
      await new Promise(() => undefined)
    })(),
    {objectMode: false},
  )
  const left = decompress(endless, 'xz', LIMITS)
  for await (const chunk of left) {
    expect(chunk).toBeInstanceOf(Buffer)
    break
  }
  expect(left.destroyed).toBe(true)
  await until(
    'xz to be ended',
    10_000,
    async () => !(await run(['ps', '--ppid', String(process.pid), '-o', 'comm='])).stdout.includes('xz'),
  )
})

test('a program that is missing is named with its package', async () => {
  const path = process.env['PATH']
  process.env['PATH'] = '/nonexistent'
  try {
    const unpacking = readAll(decompress(Readable.from([Buffer.from('x')], {objectMode: false}), 'bzip2', LIMITS))
    await expect(unpacking).rejects.toMatchObject({
      code: 'PROGRAM_MISSING',
      exitCode: 6,
      suggestions: ['apt-get install bzip2', expect.anything()],
    })
  } finally {
    process.env['PATH'] = path
  }
})

const FILES = {
  'platform-20130808T195337Z/i86pc/kernel/amd64/unix': 200_000,
  'platform-20130808T195337Z/i86pc/amd64/boot_archive': 3_000_000,
  empty: 0,
  [`${'deep/'.repeat(40)}file`]: 513,
  [`${'n'.repeat(200)}`]: 512,
}

for (const format of ['ustar', 'pax', 'gnu', 'oldgnu', 'v7']) {
  test(`a tar archive of the format ${format}, unpacked`, () =>
    withFolder(async (folder) => {
      const small = format === 'ustar' || format === 'v7'
      const files = small ? Object.fromEntries(Object.entries(FILES).filter(([path]) => path.length < 90)) : {...FILES, 'Größe/日本語': 10}
      const from = await makeFiles(join(folder, 'from'), files)
      await link(join(from, 'empty'), join(from, 'hard'))
      await symlink('platform-20130808T195337Z/i86pc/kernel/amd64/unix', join(from, 'unix'))
      await symlink('unix', join(from, 'twice'))
      if (format !== 'v7') await mustRun(['mkfifo', join(from, 'fifo')])
      await mustRun(['tar', `--format=${format}`, '-C', from, '-czf', join(folder, 'a.tgz'), '.'])
      const notes: string[] = []
      await unpack(folder, 'a.tgz', {onNote: (note) => notes.push(note)})
      expect(notes).toEqual(format === 'v7' ? [] : ['fifo is left out: it is a fifo'])
      const wanted = await listTree(from)
      delete wanted['fifo']
      const unix = wanted['platform-20130808T195337Z/i86pc/kernel/amd64/unix']
      expect(await listTree(join(folder, 'into'))).toEqual({...wanted, unix, twice: unix})
    }))
}

test('sparse files are refused, in every way that tar has for them', () =>
  withFolder(async (folder) => {
    await mustRun(['sh', '-c', 'truncate -s 4M s && printf x >> s && truncate -s 8M s'], {cwd: folder})
    for (const format of [
      '--format=gnu',
      '--format=pax --sparse-version=0.0',
      '--format=pax --sparse-version=0.1',
      '--format=pax --sparse-version=1.0',
    ]) {
      await mustRun(['sh', '-c', `tar --sparse ${format} -cf a.tar s`], {cwd: folder})
      await expect(unpack(folder, 'a.tar'), format).rejects.toMatchObject({code: 'ARCHIVE_UNSUPPORTED'})
    }
  }))

const HOSTILE: Readonly<Record<string, {readonly code: string; readonly make: string}>> = {
  'a path with ..': {code: 'ARCHIVE_PATH_UNSAFE', make: "tar -P --transform 's,^x,../x,' -cf a.tar x"},
  'a path with .. inside': {code: 'ARCHIVE_PATH_UNSAFE', make: "tar -P --transform 's,^x,a/../../x,' -cf a.tar x"},
  'an absolute path': {code: 'ARCHIVE_PATH_UNSAFE', make: 'tar -P -cf a.tar "$PWD/x"'},
  'a backslash': {code: 'ARCHIVE_PATH_UNSAFE', make: "tar --transform 's,^x,..\\\\x,' -cf a.tar x"},
  'a line feed': {code: 'ARCHIVE_PATH_UNSAFE', make: "touch 'new\nline' && tar -cf a.tar new*"},
  'a file through a link': {
    code: 'ARCHIVE_PATH_UNSAFE',
    make: "ln -s /tmp l && tar -cf a.tar l && tar -P --transform 's,^x,l/x,' -rf a.tar x",
  },
  'a link out of it': {code: 'ARCHIVE_LINK_REFUSED', make: 'ln -s ../outside l && tar -cf a.tar l'},
  'an absolute link': {code: 'ARCHIVE_LINK_REFUSED', make: 'ln -s /etc/passwd l && tar -cf a.tar l'},
  'a hard link outside': {code: 'ARCHIVE_LINK_REFUSED', make: "ln x y && tar -P --transform 's,^x$,../outside,RSh' -cf a.tar x y"},
  'links in a circle': {code: 'ARCHIVE_LINK_REFUSED', make: 'ln -s b a && ln -s a b && tar -cf a.tar a b'},
  'a link to a folder': {code: 'ARCHIVE_LINK_REFUSED', make: 'mkdir d && ln -s d l && tar -cf a.tar d l'},
  'a wrong checksum': {code: 'ARCHIVE_CORRUPT', make: 'tar -cf a.tar x && printf Y | dd of=a.tar bs=1 seek=3 conv=notrunc status=none'},
  'a cut in the middle of a file': {
    code: 'ARCHIVE_TRUNCATED',
    make: 'head -c 100000 /dev/zero > z && tar -cf a.tar x z && truncate -s 50000 a.tar',
  },
  'a cut between two files': {code: 'ARCHIVE_TRUNCATED', make: 'tar -cf a.tar x x && truncate -s 1024 a.tar'},
  nothing: {code: 'ARCHIVE_TRUNCATED', make: ': > a.tar'},
  text: {code: 'ARCHIVE_CORRUPT', make: 'seq 1 1000 > a.tar'},
}

for (const [title, {code, make}] of Object.entries(HOSTILE)) {
  test(`a tar archive made to hurt, or broken, leaves nothing behind: ${title}`, () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'x'), 'content')
      await writeFile(join(folder, 'good'), bytesFor('good', 50_000))
      await mustRun(['sh', '-c', make], {cwd: folder})
      const before = await readdir(folder)
      await expect(unpack(folder, 'a.tar')).rejects.toMatchObject({code, exitCode: 7})
      expect(await listTree(join(folder, 'into'))).toEqual({})
      expect(await readdir(folder)).toEqual([...before, 'into'].sort())
      expect(await readFile(join(folder, 'x'), 'utf8')).toBe('content')
    }))
}

test('content that nobody reads is skipped', () =>
  withFolder(async (folder) => {
    const from = await makeFiles(join(folder, 'from'), {a: 300_000, b: 10, c: 3_000_000, d: 1})
    await mustRun(['tar', '-C', from, '-cf', join(folder, 'a.tar'), 'a', 'b', 'c', 'd'])
    const seen: string[] = []
    await readTar(createReadStream(join(folder, 'a.tar')), async (entry: ArchiveEntry, content) => {
      seen.push(entry.path)
      if (entry.path !== 'c') return
      for await (const chunk of content) {
        expect(chunk.length).toBeGreaterThan(0)
        break
      }
    })
    expect(seen).toEqual(['a', 'b', 'c', 'd'])
  }))

async function unpack(folder: string, file: string, options: {onNote?: (note: string) => void} = {}): Promise<Extracted> {
  const into = join(folder, 'into')
  await mkdir(into, {recursive: true})
  const {stream} = await peelCompression(createReadStream(join(folder, file)), LIMITS)
  return extractTree(stream, {into, name: file, select: (path) => path, limits: {bytes: 100_000_000, entries: 1000}, ...options})
}

function pack(kind: Exclude<CompressionKind, 'none'>, bytes: Buffer): Buffer {
  return execFileSync(kind, ['-c'], {input: bytes, maxBuffer: 1 << 28})
}
