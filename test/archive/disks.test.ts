import {describe, expect, test} from 'vitest'
import {memorySource, sliceSource} from '../../src/archive/byte-source.js'
import {openFat, readFatLabel} from '../../src/archive/fat.js'
import {readPartitions} from '../../src/archive/partitions.js'
import {fixtureBytes, fixtureSource, listAll, readAll, textOfNumbers} from './fixture-image.js'

const MIB = 1 << 20

describe('FAT', () => {
  test('12 bits: long names, folders, the label of the top folder', async () => {
    const fat = await openFat(fixtureSource('fat12.img'))
    expect(fat.volumeId).toBe('Fixture')
    expect(await listAll(fat)).toEqual(
      [
        'Größe.txt 3',
        'boot/',
        'boot/kernel 3000',
        'boot/menu.lst 1492',
        'boot/up 0',
        'empty 0',
        'sub/',
        'sub/a long name.txt 13893',
      ].sort(),
    )
    const entry = (await fat.find('SUB/A Long NAME.txt')) ?? expect.fail()
    expect((await readAll(fat.read(entry))).toString()).toBe(textOfNumbers(1, 3000))
  })

  test('32 bits', async () => {
    const fat = await openFat(fixtureSource('fat32.img'))
    expect(fat.volumeId).toBe('FIXTURE32')
    expect(await listAll(fat)).toEqual(['sub/', 'sub/a long name.txt 13893'])
    const entry = (await fat.find('sub/a long name.txt')) ?? expect.fail()
    expect((await readAll(fat.read(entry))).toString()).toBe(textOfNumbers(1, 3000))
  })

  test('a cluster chain that goes round, ends early, or leads nowhere', async () => {
    // FAT12 entries are 12 bits: 1.5 bytes each, from cluster 0 on.
    const setNext = (bytes: Buffer, cluster: number, next: number): void => {
      for (const table of [0, 1]) {
        const at = bytes.readUInt16LE(14) * 512 + table * bytes.readUInt16LE(22) * 512 + cluster + (cluster >> 1)
        const pair = bytes.readUInt16LE(at)
        bytes.writeUInt16LE(cluster % 2 === 1 ? (pair & 0x000f) | (next << 4) : (pair & 0xf000) | next, at)
      }
    }
    const firstOf = (bytes: Buffer, name: string): number => bytes.readUInt16LE(bytes.indexOf(name) + 26)
    for (const [next, problem] of [
      ['itself', 'circle|ends'],
      [0xfff, 'ends after'],
      [0x000, 'leads to cluster 0'],
      [0xff0, 'leads to cluster 4080'],
    ] as const) {
      const bytes = fixtureBytes('fat12.img')
      const folder = firstOf(bytes, 'SUB        ')
      const file = firstOf(bytes, 'ALONGN~1TXT')
      setNext(bytes, file, next === 'itself' ? file : next)
      const fat = await openFat(memorySource('fat.img', bytes))
      const entry = (await fat.find('sub/a long name.txt')) ?? expect.fail()
      // A chain that goes round gives the file's size of wrong bytes; no reader can tell. A folder has no size, so there it must end.
      if (next !== 'itself')
        await expect(readAll(fat.read(entry)), problem).rejects.toMatchObject({
          code: 'ARCHIVE_CORRUPT',
          message: expect.stringMatching(problem),
        })
      setNext(bytes, folder, folder)
      await expect((await openFat(memorySource('fat.img', bytes))).list('sub')).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT'})
    }
  })

  test('a folder that contains itself', async () => {
    const bytes = fixtureBytes('fat12.img')
    const folder = bytes.indexOf('SUB        ')
    const file = bytes.indexOf('ALONGN~1TXT')
    bytes[file + 11] = 0x10
    bytes.writeUInt16LE(bytes.readUInt16LE(folder + 26), file + 26)
    await expect(listAll(await openFat(memorySource('fat.img', bytes)))).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT'})
  })

  test('labels: none, no FAT, a source that is too short', async () => {
    expect(await readFatLabel(memorySource('zeros', Buffer.alloc(512)))).toBeUndefined()
    await expect(readFatLabel(memorySource('short', Buffer.alloc(100)))).rejects.toMatchObject({code: 'ARCHIVE_TRUNCATED'})
    const bytes = fixtureBytes('fat12.img')
    for (let at = bytes.indexOf('Fixture    ', 512); at >= 0; at = bytes.indexOf('Fixture    ', at + 1)) bytes[at] = 0xe5
    bytes.write('NO NAME    ', 43)
    expect(await readFatLabel(memorySource('fat.img', bytes))).toBeUndefined()
    bytes.write('Hypervisor1', 43)
    expect(await readFatLabel(memorySource('fat.img', bytes))).toBe('Hypervisor1')
  })
})

describe('partition tables', () => {
  const GPT = [
    {index: 1, type: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b', name: 'one', offset: MIB, length: MIB, bootable: false},
    {index: 2, type: '0fc63daf-8483-4772-8e79-3d69d8477de4', name: 'two', offset: 2 * MIB, length: expect.any(Number), bootable: false},
  ]

  test('GPT, from its header or from its backup', async () => {
    expect(await readPartitions(fixtureSource('gpt.img'))).toEqual(GPT)
    for (const at of [512, 512 + 16, 512 + 72, 1024 + 56]) {
      const bytes = fixtureBytes('gpt.img')
      bytes[at] = 0x55
      expect(await readPartitions(memorySource('gpt.img', bytes)), `damaged at ${at}`).toEqual(GPT)
    }
    const cut = memorySource('gpt.img', fixtureBytes('gpt.img').subarray(0, 3 * MIB))
    expect(await readPartitions(cut), 'cut, with its backup gone').toEqual(GPT)
    const both = fixtureBytes('gpt.img')
    both[512 + 72] = both[both.length - 512 + 72] = 0x55
    await expect(readPartitions(memorySource('gpt.img', both))).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT', exitCode: 7})
  })

  test('MBR with logical partitions', async () => {
    const partitions = await readPartitions(fixtureSource('mbr.img'))
    expect(partitions.map(({index, type, length, bootable}) => [index, type, length / MIB, bootable])).toEqual([
      [1, '04', 1, true],
      [5, '06', 1, false],
      [6, '06', 2, false],
      [7, '06', 1, false],
    ])
  })

  test('logical partitions that have no end, or lie nowhere', async () => {
    const start = fixtureBytes('mbr.img').readUInt32LE(446 + 16 + 8)
    const loop = fixtureBytes('mbr.img')
    loop.writeUInt32LE(0, start * 512 + 446 + 16 + 8)
    await expect(readPartitions(memorySource('mbr.img', loop))).rejects.toThrow('no end')
    const nowhere = fixtureBytes('mbr.img')
    nowhere.writeUInt32LE(0xfffffff0, start * 512 + 446 + 16 + 8)
    await expect(readPartitions(memorySource('mbr.img', nowhere))).rejects.toMatchObject({code: 'ARCHIVE_TRUNCATED'})
  })

  test('no table: an empty image, a file system, a small file', async () => {
    expect(await readPartitions(memorySource('x', Buffer.alloc(MIB)))).toEqual([])
    expect(await readPartitions(fixtureSource('fat12.img'))).toEqual([])
    expect(await readPartitions(memorySource('x', Buffer.alloc(100)))).toEqual([])
  })
})

test('a slice gives exactly its bytes, and no more', async () => {
  const slice = sliceSource(memorySource('x', Buffer.from('0123456789')), 2, 5)
  expect((await slice.read(1, 3)).toString()).toBe('345')
  await expect(slice.read(3, 3)).rejects.toMatchObject({code: 'ARCHIVE_TRUNCATED'})
  await expect(slice.read(-1, 1)).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT'})
  await expect(slice.read(0, Number.NaN)).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT'})
  const beyond = sliceSource(memorySource('x', Buffer.from('0123456789')), 8, 5)
  expect((await beyond.read(0, 2)).toString()).toBe('89')
  await expect(beyond.read(0, 3)).rejects.toMatchObject({code: 'ARCHIVE_TRUNCATED'})
})
