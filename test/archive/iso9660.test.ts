import {describe, expect, test} from 'vitest'
import {memorySource} from '../../src/archive/byte-source.js'
import {openIso} from '../../src/archive/iso9660.js'
import {fixtureBytes, fixtureSource, listAll, readAll, textOfNumbers} from './fixture-image.js'

const SECTOR = 2048

describe('an image with Rock Ridge and Joliet', () => {
  const long = `${'long'.repeat(50)}.txt`

  test('Rock Ridge: names, links, folders that were moved because they are deep', async () => {
    const iso = await openIso(fixtureSource('both.iso'))
    expect([iso.names, iso.volumeId]).toEqual(['rock-ridge', 'FIXTURE'])
    const all = await listAll(iso)
    expect(all).toEqual(expect.arrayContaining(['unix → boot/kernel', 'boot/up → ../empty', 'Größe.txt 3', `${long} 18`, 'empty 0']))
    expect(all).toContain('a/b/c/d/e/f/g/h/i/j/deep.txt 5')
    expect(all.filter((line) => line.startsWith('rr_moved'))).toEqual(['rr_moved/'])
    const deep = await iso.find('a/b/c/d/e/f/g/h/i/j/deep.txt')
    expect(deep?.modifiedMs).toBeGreaterThan(Date.UTC(2020, 0))
    expect((await readAll(iso.read(deep ?? expect.fail()))).toString()).toBe('deep\n')
    expect(await iso.find('BOOT/KERNEL')).toBeUndefined()
  })

  test('Joliet, where Rock Ridge is not announced', async () => {
    const bytes = fixtureBytes('both.iso')
    for (let at = bytes.indexOf('SP\x07\x01'); at >= 0; at = bytes.indexOf('SP\x07\x01', at + 1)) bytes.write('XX', at)
    const iso = await openIso(memorySource('joliet.iso', bytes))
    expect(iso.names).toBe('joliet')
    expect(await listAll(iso)).toEqual(expect.arrayContaining(['Größe.txt 3', 'boot/kernel 3000']))
    expect((await iso.find('gröSSe.TXT'.replace('SS', 'ß')))?.path).toBe('Größe.txt')
  })

  test('its boot image', async () => {
    const {bootImages} = await openIso(fixtureSource('both.iso'))
    expect(bootImages).toEqual([{platform: 'bios', emulation: 'none', isBootable: true, offset: expect.any(Number), sizeBytes: 2048}])
  })
})

describe('an image with neither', () => {
  test('names are in lower case, without version, and found in any case', async () => {
    const iso = await openIso(fixtureSource('plain.iso'))
    expect(iso.names).toBe('plain')
    expect(await listAll(iso)).toEqual(['part1.bin 3893', 'part2.bin 5000', 'sub/', 'sub/readme.txt 4'])
    const entry = await iso.find('/Sub/README.txt')
    expect(entry).toMatchObject({path: 'sub/readme.txt', kind: 'file', sizeBytes: 4})
    expect((await readAll(iso.read(entry ?? expect.fail()))).toString()).toBe('sub\n')
    expect((await iso.list('SUB')).map(({path}) => path)).toEqual(['sub/readme.txt'])
    await expect(iso.list('nowhere')).rejects.toMatchObject({code: 'ARCHIVE_ENTRY_MISSING', exitCode: 3})
    await expect(iso.find('../x')).rejects.toMatchObject({code: 'ARCHIVE_PATH_UNSAFE'})
  })

  test('a file in two extents is one file', async () => {
    const bytes = fixtureBytes('plain.iso')
    setFlags(bytes, 'PART1.BIN;1', 0x80)
    const iso = await openIso(memorySource('extents.iso', bytes))
    expect(await listAll(iso)).toEqual(['part1.bin 8893', 'sub/', 'sub/readme.txt 4'])
    const entry = (await iso.find('part1.bin')) ?? expect.fail()
    expect((await readAll(iso.read(entry))).toString()).toBe(textOfNumbers(1, 2000))
  })

  test('a file whose next extent is missing', async () => {
    const bytes = fixtureBytes('plain.iso')
    setFlags(bytes, 'README.TXT;1', 0x80)
    const iso = await openIso(memorySource('extents.iso', bytes))
    await expect(iso.list('sub')).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT'})
  })

  test('a folder that contains itself', async () => {
    const bytes = fixtureBytes('plain.iso')
    const folder = recordOf(bytes, 'SUB')
    const inner = recordOf(bytes, 'README.TXT;1')
    bytes.copy(bytes, inner + 2, folder + 2, folder + 18)
    setFlags(bytes, 'README.TXT;1', 0x02)
    const iso = await openIso(memorySource('loop.iso', bytes))
    await expect(listAll(iso)).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT', message: expect.stringContaining('contains itself')})
  })

  test('names that would leave the folder', async () => {
    for (const name of ['../../X.TXT', '/README.TX;', 'READ\0ME.TXT', 'A\\B\\C.TXT;', '..;123456789']) {
      const bytes = fixtureBytes('plain.iso')
      bytes.write(name.padEnd(12).slice(0, 12), recordOf(bytes, 'README.TXT;1') + 33, 'latin1')
      await expect(listAll(await openIso(memorySource('names.iso', bytes))), name).rejects.toMatchObject({code: 'ARCHIVE_PATH_UNSAFE'})
    }
  })

  test('a record that claims more than its sector has', async () => {
    const bytes = fixtureBytes('plain.iso')
    bytes[recordOf(bytes, 'PART2.BIN;1')] = 0xff
    bytes[recordOf(bytes, 'PART2.BIN;1') + 32] = 0xff
    await expect(openIso(memorySource('records.iso', bytes)).then(listAll)).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT'})
  })
})

describe('Rock Ridge made to hurt', () => {
  test('continuations that go round in a circle', async () => {
    const bytes = fixtureBytes('both.iso')
    // The long name goes on in a continuation area; there, another CE leads to that same place.
    const at = bytes.indexOf('CE\x1c\x01', 20 * SECTOR)
    const area = bytes.readUInt32LE(at + 4) * SECTOR + bytes.readUInt32LE(at + 12)
    bytes.copy(bytes, area, at, at + 28)
    bytes.writeUInt32LE(28, area + 20)
    bytes.writeUInt32LE(28, at + 20)
    const listing = openIso(memorySource('circle.iso', bytes)).then(listAll)
    await expect(listing).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT', message: expect.stringContaining('no end')})
  })
})

describe('what is no ISO image', () => {
  test.each([
    ['an empty file', 0, 'ARCHIVE_TRUNCATED'],
    ['zeros', 100_000, 'ARCHIVE_UNSUPPORTED'],
  ])('%s', async (_title, size, code) => {
    await expect(openIso(memorySource('x', Buffer.alloc(size)))).rejects.toMatchObject({code, exitCode: 7})
  })

  test('a raw CD image, and UDF alone', async () => {
    const raw = Buffer.alloc(100_000)
    raw.write('\x01CD001', 16 * 2352 + 16, 'latin1')
    await expect(openIso(memorySource('x', raw))).rejects.toThrow('raw CD image')
    const udf = Buffer.alloc(100_000)
    udf.write('BEA01', 16 * SECTOR + 1, 'latin1')
    await expect(openIso(memorySource('x', udf))).rejects.toThrow('UDF')
  })

  test('an image that was cut: the folders may be whole, a file is not', async () => {
    const bytes = fixtureBytes('plain.iso')
    const cut = memorySource('cut.iso', bytes.subarray(0, bytes.readUInt32LE(recordOf(bytes, 'PART2.BIN;1') + 2) * SECTOR + 10))
    const iso = await openIso(cut)
    expect(iso.declaredBytes).toBeGreaterThan(cut.sizeBytes)
    const entry = (await iso.find('part2.bin')) ?? expect.fail()
    await expect(readAll(iso.read(entry))).rejects.toMatchObject({code: 'ARCHIVE_TRUNCATED'})
  })
})

/** Where the folder record of that name starts. */
function recordOf(bytes: Buffer, name: string): number {
  for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) {
    if (bytes[at - 1] === name.length && at > 18 * SECTOR && (bytes[at - 33] ?? 0) >= 33 + name.length && bytes.readUInt32LE(at - 23) > 0)
      return at - 33
  }
  return expect.fail(`no record ${name}`)
}

function setFlags(bytes: Buffer, name: string, flags: number): void {
  bytes[recordOf(bytes, name) + 25] = flags
}
