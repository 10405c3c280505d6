// What the readers of src/archive find in images that the real tools make, byte for byte: ISO 9660.
import {copyFile, mkdir, symlink, truncate, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {sliceSource} from '../../src/archive/byte-source.js'
import {extractTree} from '../../src/archive/extract.js'
import {openFat} from '../../src/archive/fat.js'
import {openIso} from '../../src/archive/iso9660.js'
import {readPartitions} from '../../src/archive/partitions.js'
import {bytesFor, listImage, listTree, makeFat, makeFiles, sizeOf, withFolder, withSource} from './support/archive-images.js'
import {mustRun} from './support/programs.js'

const SHORT = {
  'boot/kernel.gz': 300_001,
  'boot/grub/menu.lst': 17,
  'empty.txt': 0,
  one: 1,
  'sector.bin': 2048,
  'sector1.bin': 2049,
}
const LONG = {
  ...SHORT,
  'platform/i86pc/amd64/boot_archive': 5_000_000,
  'Größe/naïve café.txt': 99,
  'Größe/日本語.cfg': 33,
  [`${'long-name-'.repeat(6)}.iso-level`]: 70,
}
const DEEP = {
  ...LONG,
  'a/b/c/d/e/f/g/h/i/j/k/l/m/deep.txt': 4097,
  'a/b/c/d/e/f/g/h/other/second.txt': 12,
  [`${'x'.repeat(240)}.very-long`]: 321,
}

type Case = {
  readonly names: 'rock-ridge' | 'joliet' | 'plain'
  readonly files: Readonly<Record<string, number>>
  readonly command: readonly string[]
}

const GENISOIMAGE = ['genisoimage', '-quiet', '-input-charset', 'utf-8', '-V', 'LAB_CD']
const XORRISO = ['xorriso', '-as', 'mkisofs', '-quiet', '-input-charset', 'utf-8', '-V', 'LAB_CD']
const CASES: Readonly<Record<string, Case>> = {
  'genisoimage, neither extension': {names: 'plain', files: SHORT, command: [...GENISOIMAGE, '-iso-level', '1']},
  'genisoimage, neither, no version and lower case': {
    names: 'plain',
    files: SHORT,
    command: [...GENISOIMAGE, '-iso-level', '2', '-N', '-allow-lowercase'],
  },
  'genisoimage, Joliet': {names: 'joliet', files: LONG, command: [...GENISOIMAGE, '-J', '-joliet-long']},
  'genisoimage, Rock Ridge with moved folders': {names: 'rock-ridge', files: DEEP, command: [...GENISOIMAGE, '-R']},
  'genisoimage, both': {names: 'rock-ridge', files: LONG, command: [...GENISOIMAGE, '-J', '-joliet-long', '-r']},
  'xorriso, Rock Ridge': {names: 'rock-ridge', files: DEEP, command: [...XORRISO, '-R']},
  'xorriso, Rock Ridge with moved folders': {names: 'rock-ridge', files: DEEP, command: [...XORRISO, '-R', '-hide-rr-moved']},
  'xorriso, Joliet': {names: 'joliet', files: LONG, command: [...XORRISO, '--norock', '-J', '-joliet-long']},
  'xorriso, neither': {names: 'plain', files: SHORT, command: [...XORRISO, '--norock', '-iso-level', '1']},
}

for (const [title, {names, files, command}] of Object.entries(CASES)) {
  test(`every file of an ISO image: ${title}`, () =>
    withFolder(async (folder) => {
      const from = await makeFiles(join(folder, 'from'), files)
      if (names === 'rock-ridge') {
        await symlink('boot/kernel.gz', join(from, 'vmunix'))
        await symlink('../one', join(from, 'boot/up'))
        await symlink('/etc/passwd', join(from, 'absolute'))
        await symlink(`${'boot/../'.repeat(30)}one`, join(from, 'very-long-link'))
      }
      const image = join(folder, 'lab.iso')
      await mustRun([...command, '-o', image, from])
      await withSource(image, async (source) => {
        const iso = await openIso(source)
        expect(iso.names).toBe(names)
        expect(iso.volumeId).toBe('LAB_CD')
        expect(iso.declaredBytes).toBeLessThanOrEqual(await sizeOf(image))
        const found = await listImage(iso)
        // Where the moved folders were.
        delete found['rr_moved']
        expect(found).toEqual(await listTree(from))
        expect((await iso.find(names === 'rock-ridge' ? 'boot/kernel.gz' : 'BOOT/Kernel.GZ'))?.path).toBe('boot/kernel.gz')
        expect(await iso.find('boot/nothing')).toBeUndefined()
      })
    }))
}

test('a hybrid image: boot images for BIOS and EFI, the FAT in it, its partitions', () =>
  withFolder(async (folder) => {
    const from = await makeFiles(join(folder, 'from'), LONG)
    await mkdir(join(from, 'isolinux'))
    await copyFile('/usr/lib/ISOLINUX/isolinux.bin', join(from, 'isolinux/isolinux.bin'))
    const efi = join(from, 'efi.img')
    await makeFat(efi, 4 << 20, await makeFiles(join(folder, 'efi'), {'EFI/BOOT/BOOTX64.EFI': 123_456}), ['-n', 'ESP'])
    const image = join(folder, 'hybrid.iso')
    await mustRun([
      ...[...XORRISO, '-R', '-J', '-joliet-long', '-isohybrid-mbr', '/usr/lib/ISOLINUX/isohdpfx.bin', '-c', 'isolinux/boot.cat'],
      ...['-b', 'isolinux/isolinux.bin', '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table', '-eltorito-alt-boot'],
      ...['-e', 'efi.img', '-no-emul-boot', '-isohybrid-gpt-basdat', '-o', image, from],
    ])
    await withSource(image, async (source) => {
      const iso = await openIso(source)
      const [bios, uefi, ...others] = iso.bootImages
      expect(others).toEqual([])
      expect(bios).toMatchObject({platform: 'bios', emulation: 'none', isBootable: true, sizeBytes: 2048})
      expect(uefi).toMatchObject({platform: 'efi', emulation: 'none', isBootable: true, sizeBytes: 4 << 20})
      const fat = await openFat(sliceSource(source, uefi?.offset ?? 0, uefi?.sizeBytes ?? 0))
      expect(fat.volumeId).toBe('ESP')
      expect(await listImage(fat)).toEqual(await listTree(join(folder, 'efi')))
      const partitions = await readPartitions(source)
      expect(partitions).toContainEqual(expect.objectContaining({offset: uefi?.offset, length: uefi?.sizeBytes}))
    })
  }))

test('an emulated floppy, and a CD that boots nothing', () =>
  withFolder(async (folder) => {
    const from = await makeFiles(join(folder, 'from'), SHORT)
    await writeFile(join(from, 'floppy.img'), bytesFor('floppy', 1_474_560))
    const image = join(folder, 'floppy.iso')
    await mustRun([...GENISOIMAGE, '-R', '-b', 'floppy.img', '-c', 'boot.cat', '-o', image, from])
    await withSource(image, async (source) => {
      const {bootImages} = await openIso(source)
      expect(bootImages).toMatchObject([{platform: 'bios', emulation: 'floppy', sizeBytes: 1_474_560}])
      expect((await source.read(bootImages[0]?.offset ?? 0, 1_474_560)).equals(bytesFor('floppy', 1_474_560))).toBe(true)
    })
    await mustRun([...GENISOIMAGE, '-R', '-o', image, await makeFiles(join(folder, 'plain'), SHORT)])
    await withSource(image, async (source) => expect((await openIso(source)).bootImages).toEqual([]))
  }))

test('unpacking an image: links become copies, and a cut image leaves nothing behind', () =>
  withFolder(async (folder) => {
    const from = await makeFiles(join(folder, 'from'), LONG)
    await symlink('../one', join(from, 'boot/up'))
    await symlink('boot/up', join(from, 'twice'))
    const image = join(folder, 'lab.iso')
    await mustRun([...XORRISO, '-R', '-o', image, from])
    const into = join(folder, 'into')
    await mkdir(into)
    const limits = {bytes: 1e9, entries: 1000}
    const {files} = await withSource(image, async (source) => extractTree(await openIso(source), {into, limits, select: (path) => path}))
    const tree = await listTree(from)
    expect(await listTree(into)).toEqual({...tree, 'boot/up': tree['one'], twice: tree['one']})
    expect(files).toContain('boot/kernel.gz')

    await truncate(image, (await sizeOf(image)) - 3_000_000)
    const empty = join(folder, 'empty')
    await mkdir(empty)
    await withSource(image, async (source) => {
      const unpacking = extractTree(await openIso(source), {into: empty, limits, select: (path) => path})
      await expect(unpacking).rejects.toMatchObject({code: 'ARCHIVE_TRUNCATED', exitCode: 7})
    })
    expect(await listTree(empty)).toEqual({})
  }))
