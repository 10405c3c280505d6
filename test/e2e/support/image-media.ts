// Boot media made with the real tools, in the layouts that are published, with other bytes: small, but nothing in them is shortened.
import {existsSync} from 'node:fs'
import {copyFile, mkdir, readdir, rename, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {mustRun} from './programs.js'
import {assets} from './assets.js'
import {projectFolder} from './program.js'

const CACHE = join(projectFolder, 'node_modules/.cache/pxectl-e2e')

/** Different for each name, and not compressible to nothing. */
export function contentOf(name: string, sizeBytes = 100_000): Buffer {
  const bytes = Buffer.alloc(sizeBytes)
  let state = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7)
  for (let at = 0; at < sizeBytes; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

/** Writes files below a folder: the content of each follows from its path. */
export async function writeFiles(folder: string, paths: readonly string[], texts: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const path of [...paths, ...Object.keys(texts)]) {
    await mkdir(dirname(join(folder, path)), {recursive: true})
    await writeFile(join(folder, path), texts[path] ?? contentOf(path))
  }
}

export const PLATFORM_FILES = ['i86pc/kernel/amd64/unix', 'i86pc/amd64/boot_archive', 'i86pc/amd64/boot_archive.manifest'] as const

/** platform-STAMP.tgz as smartos.org publishes it. */
export async function platformTarball(folder: string, stamp: string): Promise<string> {
  const top = `platform-${stamp}`
  await writeFiles(
    folder,
    PLATFORM_FILES.map((path) => `${top}/${path}`),
    {[`${top}/root.password`]: 'published\n'},
  )
  const tarball = join(folder, `${top}.tgz`)
  await mustRun(['tar', '-C', folder, '-czf', tarball, top])
  return tarball
}

/** An ISO image of a folder; `flags` choose Rock Ridge, Joliet or neither. */
export async function isoOf(folder: string, iso: string, flags: readonly string[], volume = 'TEST'): Promise<string> {
  await mustRun(['xorriso', '-as', 'mkisofs', '-quiet', '-V', volume, ...flags, '-o', iso, folder])
  return iso
}

/** A disc that starts the kernel of these tests by ISOLINUX, on a BIOS, as installation media do. `args`: its kernel's. */
export async function bootableDisc(folder: string, iso: string, args: string): Promise<string> {
  const tree = await linuxTree(join(folder, 'disc'), {kernel: 'boot/vmlinuz', initrd: 'boot/initrd.img'})
  await mkdir(join(tree, 'isolinux'))
  await copyFile('/usr/lib/ISOLINUX/isolinux.bin', join(tree, 'isolinux/isolinux.bin'))
  await copyFile('/usr/lib/syslinux/modules/bios/ldlinux.c32', join(tree, 'isolinux/ldlinux.c32'))
  const config = `DEFAULT it\nLABEL it\n  KERNEL /boot/vmlinuz\n  INITRD /boot/initrd.img\n  APPEND ${args}\n`
  await writeFile(join(tree, 'isolinux/isolinux.cfg'), config)
  const loader = ['-b', 'isolinux/isolinux.bin', '-c', 'isolinux/boot.cat', '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table']
  return isoOf(tree, iso, ['-R', ...loader], 'DISC')
}

/** A USB image: one FAT partition in an MBR, holding a folder's content. */
export async function usbImage(folder: string, image: string): Promise<string> {
  await mustRun(['truncate', '-s', '24M', image])
  await mustRun(['sfdisk', '-q', image], {input: 'label: dos\n2048,,c,*\n'})
  await fillPartition(image, {sector: 2048, kilobytes: 23 * 1024, label: 'SMARTOS'}, folder)
  return image
}

export const HYPERVISOR1_FILES = ['vmkernel.gz', 'binmod.tgz', 'environ.tgz', 'cim.tgz', 'oem.tgz', 'license.tgz', 'boot.cfg'] as const

/**
 * install.tgz of ESX 3i: in it the compressed disk image, in that the FAT volumes Hypervisor0 and Hypervisor1. Its kernel and
 * modules are what their names say: gzipped.
 */
export async function esx3iTarball(folder: string): Promise<string> {
  const installer = join(folder, 'tree/usr/lib/vmware/installer')
  await writeFiles(join(folder, 'hypervisor0'), ['mboot.c32'])
  await writeFiles(join(folder, 'hypervisor1'), HYPERVISOR1_FILES)
  await mkdir(installer, {recursive: true})
  const image = join(installer, 'VMware-VMvisor-big-3.5.0-67921.i386.dd')
  await mustRun(['truncate', '-s', '64M', image])
  // A VMFS partition stands between them in the original; its type is 0xfb.
  await mustRun(['sfdisk', '-q', image], {input: 'label: dos\n2048,32768,4,*\n34816,32768,fb\n67584,32768,6\n'})
  await fillPartition(image, {sector: 2048, kilobytes: 16_384, label: 'Hypervisor0'}, join(folder, 'hypervisor0'))
  await fillPartition(image, {sector: 67_584, kilobytes: 16_384, label: 'Hypervisor1'}, join(folder, 'hypervisor1'))
  await mustRun(['bzip2', image])
  const tarball = join(folder, 'install.tgz')
  await mustRun(['tar', '-C', join(folder, 'tree'), '-czf', tarball, 'usr'])
  return tarball
}

type Partition = {readonly sector: number; readonly kilobytes: number; readonly label: string}

async function fillPartition(image: string, {sector, kilobytes, label}: Partition, folder: string): Promise<void> {
  const volume = `${image}.fat`
  await mustRun(['truncate', '-s', `${kilobytes}K`, volume])
  await mustRun(['mkfs.vfat', '-n', label.toUpperCase(), volume])
  await mustRun(['sh', '-c', `cd '${folder}' && mcopy -s -i '${volume}' * ::/`])
  await mustRun(['dd', `if=${volume}`, `of=${image}`, 'bs=512', `seek=${sector}`, 'conv=notrunc', 'status=none'])
  await mustRun(['rm', volume])
}

/** The tree of an ESXi installer; names as on the medium, in capitals. */
export async function esxiTree(folder: string): Promise<string> {
  const config = `bootstate=0
title=Loading ESXi installer
prefix=
kernel=/b.b00
kernelopt=runweasel cdromBoot
modules=/jumpstrt.gz --- /useropts.gz --- /s.v00
build=7.0.3-0.0.18644231
`
  await writeFiles(folder, ['B.B00', 'JUMPSTRT.GZ', 'USEROPTS.GZ', 'S.V00', 'MBOOT.C32', 'EFI/BOOT/BOOTX64.EFI'], {'BOOT.CFG': config})
  return folder
}

/** Debian's netboot.tar.gz, made of the package that holds its content. */
export async function debianNetboot(folder: string): Promise<string> {
  const tree = await unpackPackage(folder, 'debian-installer-12-netboot-amd64')
  const tarball = join(folder, 'netboot.tar.gz')
  await mustRun(['tar', '-C', join(tree, 'usr/lib/debian-installer/images/12/amd64/text'), '-czf', tarball, '.'], {timeoutMs: 300_000})
  return tarball
}

/** The files of a Debian package, unpacked and not installed; gives the folder. Packages are downloaded once. */
export async function unpackPackage(folder: string, name: string): Promise<string> {
  const cache = join(CACHE, 'packages', name)
  if (!existsSync(cache)) {
    const candidate = `${cache}.${process.pid}`
    await mkdir(candidate, {recursive: true})
    await mustRun(['apt-get', 'download', '-q', name], {cwd: candidate, timeoutMs: 900_000})
    await rename(candidate, cache)
  }
  const tree = join(folder, `tree-${name}`)
  await mkdir(tree)
  for (const deb of await readdir(cache)) await mustRun(['dpkg-deb', '-x', join(cache, deb), tree], {timeoutMs: 300_000})
  return tree
}

/** Linux media with the kernel and initramfs of these tests at the places that each distribution has them. */
export async function linuxTree(
  folder: string,
  places: {kernel: string; initrd: string; texts?: Readonly<Record<string, string>>; more?: readonly string[]},
): Promise<string> {
  await writeFiles(folder, places.more ?? [], places.texts)
  for (const [from, to] of [
    [assets.vmlinuz, places.kernel],
    [assets.initrd, places.initrd],
  ] as const) {
    await mkdir(dirname(join(folder, to)), {recursive: true})
    await copyFile(from, join(folder, to))
  }
  return folder
}
