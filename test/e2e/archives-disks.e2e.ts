// What the readers of src/archive find in disk images that the real tools make: partition tables, FAT, and a disk image inside a
// compressed tar archive, as VMware ESX 3i comes.
import {mkdir, open, readFile, truncate, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {Readable} from 'node:stream'
import {expect, test} from 'vitest'
import {sliceSource, streamSource} from '../../src/archive/byte-source.js'
import {peelCompression} from '../../src/archive/compression.js'
import {extractTree} from '../../src/archive/extract.js'
import {openFat, readFatLabel} from '../../src/archive/fat.js'
import {readPartitions} from '../../src/archive/partitions.js'
import {spoolStream} from '../../src/archive/spool.js'
import {readTar} from '../../src/archive/tar.js'
import {listImage, listTree, makeFat, makeFiles, mcopy, sizeOf, SYSTEM_PATH, withFolder, withSource} from './support/archive-images.js'
import {mustRun} from './support/programs.js'

const MIB = 1 << 20
const FILES = {
  'vmkernel.gz': 1_234_567,
  'mboot.c32': 40_000,
  empty: 0,
  'UPPER.TXT': 5,
  'Größe naïve.config': 513,
  'a/long folder name/another one/file with a long name.txt': 100_000,
  [`${'n'.repeat(200)}.long`]: 4096,
}

for (const [bits, sizeBytes, args] of [
  [12, 3 * MIB, ['-F', '12']],
  [12, 4 * MIB, ['-F', '12', '-s', '8']],
  [16, 40 * MIB, ['-F', '16']],
  [16, 64 * MIB, ['-F', '16', '-S', '2048']],
  [32, 40 * MIB, ['-F', '32', '-s', '1']],
  [32, 300 * MIB, ['-F', '32']],
] as const) {
  test(`every file of a FAT${bits} file system of ${sizeBytes / MIB} MiB, made by mkfs.vfat ${args.join(' ')}`, () =>
    withFolder(async (folder) => {
      const image = join(folder, 'fat.img')
      const from = await makeFiles(join(folder, 'from'), FILES)
      await makeFat(image, sizeBytes, from, [...args, '-n', 'HYPERVISOR1'])
      // Files that were removed leave holes, which the next one fills in pieces.
      const holes = await makeFiles(join(folder, 'holes'), Object.fromEntries(Array.from({length: 20}, (_, at) => [`hole${at}`, 20_000])))
      await mcopy(image, holes)
      for (let at = 0; at < 20; at += 2) await mustRun(['mdel', '-i', image, `::hole${at}`])
      await mcopy(image, await makeFiles(join(folder, 'late'), {'fragmented.bin': 600_000}))
      await withSource(image, async (source) => {
        const fat = await openFat(source)
        expect(fat.volumeId).toBe('HYPERVISOR1')
        const odd = Object.fromEntries(Object.entries(await listTree(holes)).filter(([path]) => Number(path.slice(4)) % 2 === 1))
        expect(await listImage(fat)).toEqual({...(await listTree(from)), ...(await listTree(join(folder, 'late'))), ...odd})
        expect((await fat.find('VMKERNEL.GZ'))?.sizeBytes).toBe(1_234_567)
      })
      await mustRun(['mlabel', '-i', image, '::Hypervisor0'])
      await withSource(image, async (source) => expect(await readFatLabel(source)).toMatch(/^Hypervisor0$/i))
    }))
}

test('no label, and no FAT', () =>
  withFolder(async (folder) => {
    const image = join(folder, 'fat.img')
    await makeFat(image, 2 * MIB, await makeFiles(join(folder, 'from'), {a: 1}), [])
    await withSource(image, async (source) => expect(await readFatLabel(source)).toBeUndefined())
    await writeFile(image, Buffer.alloc(4096))
    await withSource(image, async (source) => expect(await readFatLabel(source)).toBeUndefined())
  }))

test('a GPT with several FAT file systems; its backup where the first is damaged; an error where both are', () =>
  withFolder(async (folder) => {
    const disk = join(folder, 'disk.img')
    await writeFile(disk, '')
    await truncate(disk, 40 * MIB)
    const script =
      'label: gpt\nsize=8MiB, type=uefi, name="EFI Größe"\nsize=12MiB, type=linux, name=second, attrs=LegacyBIOSBootable\nname=rest\n'
    await mustRun(['sfdisk', '-q', disk], {input: script, env: SYSTEM_PATH})
    const expected = [
      {index: 1, type: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b', name: 'EFI Größe', offset: MIB, length: 8 * MIB, bootable: false},
      {index: 2, type: '0fc63daf-8483-4772-8e79-3d69d8477de4', name: 'second', offset: 9 * MIB, length: 12 * MIB, bootable: true},
      expect.objectContaining({index: 3, name: 'rest', offset: 21 * MIB}),
    ]
    for (const [at, {offset, length}] of expected.slice(0, 2).entries()) {
      const part = join(folder, `part${at}`)
      await makeFat(part, length, await makeFiles(join(folder, `from${at}`), {[`only-in-${at}`]: 1000}), ['-n', `PART${at}`])
      await patch(disk, offset, await readFile(part))
    }
    const look = (): Promise<unknown> => withSource(disk, readPartitions)
    expect(await look()).toEqual(expected)
    await withSource(disk, async (source) => {
      for (const [at, {offset, length}] of expected.slice(0, 2).entries()) {
        const slice = sliceSource(source, offset, length)
        expect(await readFatLabel(slice)).toBe(`PART${at}`)
        expect(await listImage(await openFat(slice))).toEqual(await listTree(join(folder, `from${at}`)))
      }
    })
    await patch(disk, 512 + 40, Buffer.from('damaged'))
    expect(await look(), 'the backup').toEqual(expected)
    await patch(disk, 40 * MIB - 512 + 40, Buffer.from('damaged'))
    await expect(look()).rejects.toMatchObject({code: 'ARCHIVE_CORRUPT', exitCode: 7})
  }))

test('primary and logical partitions, as sfdisk and parted make them', () =>
  withFolder(async (folder) => {
    const disk = join(folder, 'disk.img')
    await writeFile(disk, '')
    await truncate(disk, 128 * MIB)
    const logical = Array.from({length: 12}, (_, at) => `size=${at + 1}MiB, type=6\n`).join('')
    await mustRun(['sfdisk', '-q', disk], {
      input: `label: dos\nsize=4MiB, type=4, bootable\nsize=2MiB, type=83\ntype=5\n${logical}`,
      env: SYSTEM_PATH,
    })
    const {partitiontable} = JSON.parse(await mustRun(['sfdisk', '--json', disk], {env: SYSTEM_PATH})) as {
      partitiontable: {partitions: {node: string; start: number; size: number; type: string; bootable?: boolean}[]}
    }
    const wanted = partitiontable.partitions
      .filter(({type}) => type !== '5')
      .map(({node, start, size, type, bootable}) => ({
        index: Number(node.slice(disk.length)),
        type: type.padStart(2, '0'),
        name: '',
        offset: start * 512,
        length: size * 512,
        bootable: bootable === true,
      }))
    expect(wanted).toHaveLength(14)
    expect(await withSource(disk, readPartitions)).toEqual(wanted)

    await mustRun(['parted', '-s', disk, 'mklabel', 'gpt', 'mkpart', 'one', 'fat32', '1MiB', '9MiB', 'mkpart', 'two', '9MiB', '10MiB'], {
      env: SYSTEM_PATH,
    })
    expect(await withSource(disk, readPartitions)).toMatchObject([
      {name: 'one', offset: MIB, length: 8 * MIB},
      {name: 'two', offset: 9 * MIB, length: MIB},
    ])
    await withSource(disk, async (source) => expect(await readPartitions(sliceSource(source, 20 * MIB, MIB))).toEqual([]))
  }))

test('a disk image, compressed by bzip2, inside a tar.gz: the files of the partition Hypervisor1', () =>
  withFolder(async (folder) => {
    const from = await makeFiles(join(folder, 'from'), FILES)
    const disk = join(folder, 'VMware-VMvisor-big.dd')
    await writeFile(disk, '')
    await truncate(disk, 80 * MIB)
    const table = ['label: dos', `${disk}1 : start=1MiB, size=30MiB, type=5`, `${disk}2 : start=37MiB, size=20MiB, type=fc`]
    table.push(`${disk}4 : start=32MiB, size=4MiB, type=4, bootable`, `${disk}5 : start=2MiB, size=28MiB, type=6`, '')
    await mustRun(['sfdisk', '-q', disk], {input: table.join('\n'), env: SYSTEM_PATH})
    const part = join(folder, 'part')
    await makeFat(part, 4 * MIB, await makeFiles(join(folder, 'boot'), {'mboot.c32': 40_000}), ['-n', 'Hypervisor0'])
    await patch(disk, 32 * MIB, await readFile(part))
    const inner = (await withSource(disk, readPartitions)).find(({index}) => index === 5)
    await makeFat(part, inner?.length ?? 0, from, ['-n', 'Hypervisor1'])
    await patch(disk, inner?.offset ?? 0, await readFile(part))
    await mustRun(
      [
        'sh',
        '-c',
        'mkdir -p usr/lib/vmware/installer && bzip2 -1 < VMware-VMvisor-big.dd > usr/lib/vmware/installer/big.dd.bz2 && tar czf install.tgz usr',
      ],
      {cwd: folder},
    )

    const limits = {name: 'install.tgz', maxBytes: 200 * MIB}
    await withSource(join(folder, 'install.tgz'), async (source) => {
      const {stream, layers} = await peelCompression(streamSource(source), limits)
      expect(layers).toEqual(['gzip'])
      await readTar(stream, async (entry, content) => {
        if (!entry.path.endsWith('.dd.bz2')) return
        const image = await peelCompression(Readable.from(content, {objectMode: false}), {...limits, name: entry.path})
        expect(image.layers).toEqual(['bzip2'])
        await spoolStream(image.stream, {into: folder, file: 'spooled', name: entry.path, maxBytes: 200 * MIB})
      })
    })
    expect(await sizeOf(join(folder, 'spooled'))).toBe(80 * MIB)
    const into = join(folder, 'into')
    await mkdir(into)
    await withSource(join(folder, 'spooled'), async (source) => {
      for (const {offset, length, type} of await readPartitions(source)) {
        if (type === 'fc') continue
        const slice = sliceSource(source, offset, length)
        if ((await readFatLabel(slice))?.toLowerCase() !== 'hypervisor1') continue
        await extractTree(await openFat(slice), {into, select: (path) => path, limits: {bytes: 1e9, entries: 100}})
      }
    })
    expect(await listTree(into)).toEqual(await listTree(from))
  }))

async function patch(file: string, offset: number, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.write(bytes, 0, bytes.length, offset)
  } finally {
    await handle.close()
  }
}
