import {Readable} from 'node:stream'
import {gzipSync} from 'node:zlib'
import {pack, type Headers} from 'tar-stream'
import {describe, expect, test} from 'vitest'
import {compressionOf, decompress, peelCompression} from '../../src/archive/compression.js'
import {readTar} from '../../src/archive/tar.js'
import {fixtureBytes, readAll} from './fixture-image.js'

const LIMITS = {name: 'x.gz', maxBytes: 1 << 20}
const streamOf = (...chunks: Buffer[]): Readable => Readable.from(chunks, {objectMode: false})

describe('compression', () => {
  test.each([
    ['1f8b0800', 'gzip'],
    ['425a6839', 'bzip2'],
    ['425a6830', 'none'],
    ['425a6841', 'none'],
    ['fd377a585a00', 'xz'],
    ['28b52ffd', 'zstd'],
    ['1f8b', 'none'],
    ['', 'none'],
  ])('%s is %s', (hex, kind) => expect(compressionOf(Buffer.from(hex, 'hex'))).toBe(kind))

  test('gzip: byte by byte, in two members, twice', async () => {
    const packed = gzipSync('hello ')
    const chunks = [...packed, ...gzipSync('world')].map((byte) => Buffer.from([byte]))
    expect((await readAll(decompress(streamOf(...chunks), 'gzip', LIMITS))).toString()).toBe('hello world')
    const peeled = await peelCompression(streamOf(...[...gzipSync(packed)].map((byte) => Buffer.from([byte]))), LIMITS)
    expect(peeled.layers).toEqual(['gzip', 'gzip'])
    expect((await readAll(peeled.stream)).toString()).toBe('hello ')
  })

  test('plain bytes come as they are, even one or none', async () => {
    for (const text of ['', 'x', 'plain text']) {
      const {stream, layers} = await peelCompression(streamOf(Buffer.from(text)), LIMITS)
      expect(layers).toEqual([])
      expect((await readAll(stream)).toString()).toBe(text)
    }
    await expect(peelCompression(streamOf(Buffer.alloc(2 << 20)), LIMITS).then(({stream}) => readAll(stream))).rejects.toMatchObject({
      code: 'ARCHIVE_TOO_LARGE',
    })
  })

  test('cut, damaged, or more than allowed', async () => {
    const packed = gzipSync(Buffer.alloc(3 << 20))
    for (const bytes of [packed.subarray(0, 500), packed.subarray(0, -1), Buffer.concat([packed.subarray(0, -8), Buffer.alloc(8)])]) {
      const unpacking = readAll(decompress(streamOf(bytes), 'gzip', {...LIMITS, maxBytes: 4 << 20}))
      await expect(unpacking).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT', exitCode: 7, message: expect.stringContaining('x.gz')})
    }
    await expect(readAll(decompress(streamOf(packed), 'gzip', LIMITS))).rejects.toMatchObject({
      code: 'ARCHIVE_TOO_LARGE',
      details: {maxBytes: 1 << 20},
    })
  })

  test('an error of the source comes out as it is, and a source that is closed is no end', async () => {
    const packed = gzipSync(Buffer.from('content'))
    const failing = (end: (stream: Readable) => void): Readable => {
      const stream = new Readable({read: () => undefined})
      stream.push(packed.subarray(0, 10))
      setImmediate(() => end(stream))
      return stream
    }
    for (const kind of ['gzip', 'none'] as const) {
      await expect(
        readAll(
          decompress(
            failing((stream) => stream.destroy(new Error('no route'))),
            kind,
            LIMITS,
          ),
        ),
      ).rejects.toThrow('no route')
      await expect(
        readAll(
          decompress(
            failing((stream) => stream.destroy()),
            kind,
            LIMITS,
          ),
        ),
      ).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT'})
    }
  })
})

async function listTar(bytes: Buffer | Readable): Promise<string[]> {
  const seen: string[] = []
  const stream = bytes instanceof Readable ? bytes : streamOf(bytes)
  await readTar(stream, async ({path, kind, linkTarget, isHardLink}, content) => {
    const size = kind === 'file' ? ` ${(await readAll(content)).length}` : ''
    seen.push(`${kind} ${path}${size}${linkTarget === undefined ? '' : ` ${isHardLink ? '=' : '→'} ${linkTarget}`}`)
  })
  return seen
}

async function tarOf(entries: readonly (Headers & {readonly content?: string})[]): Promise<Buffer> {
  const archive = pack()
  for (const {content, ...header} of entries) archive.entry(header, content ?? '')
  archive.finalize()
  return readAll(archive)
}

/** Changes a header and gives it a right checksum again. */
function patched(bytes: Buffer, change: (header: Buffer) => void): Buffer {
  const header = bytes.subarray(0, 512)
  change(header)
  header.fill(' ', 148, 156)
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  return bytes
}

describe('tar', () => {
  test.each(['pax.tar', 'gnu.tar'])('%s of GNU tar', async (name) => {
    const seen = await listTar(fixtureBytes(name))
    expect(seen).toEqual(expect.arrayContaining(['folder boot', 'file boot/kernel 3000', 'link boot/up → ../empty', 'file Größe.txt 3']))
    expect(seen).toContain(`file ${'long'.repeat(50)}.txt 18`)
  })

  test('in pieces of any size', async () => {
    const bytes = fixtureBytes('pax.tar')
    const whole = await listTar(bytes)
    for (const size of [1, 511, 513, 5000]) {
      const pieces = Array.from({length: Math.ceil(bytes.length / size)}, (_, at) => bytes.subarray(at * size, (at + 1) * size))
      expect(await listTar(streamOf(...pieces))).toEqual(whole)
    }
  })

  test('hard links, devices, unsafe paths', async () => {
    expect(
      await listTar(
        await tarOf([
          {name: 'a', content: 'x'},
          {name: 'b/c', type: 'link', linkname: 'a'},
        ]),
      ),
    ).toEqual(['file a 1', 'link b/c = a'])
    expect(await listTar(await tarOf([{name: 'null', type: 'character-device'}, {name: './'}, {name: 'a'}]))).toEqual(['file a 0'])
    for (const name of ['../x', '/x', 'a\\b']) {
      await expect(listTar(await tarOf([{name, content: 'x'}])), name).rejects.toMatchObject({code: 'ARCHIVE_PATH_UNSAFE', exitCode: 7})
    }
  })

  test('sizes that are none do not make it wait for ever', async () => {
    for (const size of [
      Buffer.from('ffffffffffffffffffffff00', 'hex'),
      Buffer.from('80ffffffffffffffffffffff', 'hex'),
      Buffer.from('hello world\0'),
    ]) {
      const bytes = patched(await tarOf([{name: 'a', content: 'x'}]), (header) => size.copy(header, 124))
      await expect(listTar(bytes)).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT'})
    }
  })

  test('a long name without end is not collected in memory', async () => {
    const header = patched((await tarOf([{name: 'a', content: 'x'}])).subarray(0, 512), (bytes) => {
      bytes.write('77777777777\0', 124)
      bytes.write('L', 156)
    })
    const zeros = Buffer.alloc(1 << 20)
    const endless = Readable.from(
      (function* () {
        yield header
        for (;;) yield zeros
      })(),
      {objectMode: false},
    )
    await expect(listTar(endless)).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT'})
    expect(endless.destroyed).toBe(true)
  })

  test('cut between two entries, in one, before the first; text; kinds that nobody knows', async () => {
    const bytes = await tarOf([
      {name: 'a', content: 'x'},
      {name: 'b', content: 'y'.repeat(600)},
    ])
    for (const at of [0, 100, 512, 1024, 1700, 2560]) {
      await expect(listTar(bytes.subarray(0, at)), `cut at ${at}`).rejects.toMatchObject({code: 'ARCHIVE_TRUNCATED', exitCode: 7})
    }
    await expect(listTar(Buffer.alloc(2048, 'text\n'))).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT'})
    const odd = patched(await tarOf([{name: 'a', content: 'x'}]), (header) => header.write('S', 156))
    await expect(listTar(odd)).rejects.toMatchObject({code: 'ARCHIVE_UNSUPPORTED'})
  })

  test('an error of the reader ends the reading, and is what comes out', async () => {
    const stream = streamOf(fixtureBytes('pax.tar'))
    await expect(readTar(stream, () => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full')
    expect(stream.destroyed).toBe(true)
    const broken = new Readable({read: () => undefined})
    setImmediate(() => broken.destroy(new Error('no route')))
    await expect(listTar(broken)).rejects.toThrow('no route')
  })
})
