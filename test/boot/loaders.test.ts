import {describe, expect, test} from 'vitest'
import {findLinuxImage} from '../../src/boot/image-files.js'
import {identifyLoader} from '../../src/boot/loader-kind.js'
import {findLoaderVersion, loaderFiles, loaderPlaces} from '../../src/boot/loaders.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('a loader is told by its content, or else by its name', () => {
  test.each([
    ['boot.ipxe', '#!ipxe\nkernel x', {kind: 'ipxe-script', isEfi: false}],
    ['anything', '\xea\x05 PXELINUX 6.04 PXE 20200816 ldlinux.c32', {kind: 'pxelinux', needsLdlinux: true}],
    ['pxelinux.0', 'PXELINUX 3.86', {kind: 'pxelinux', needsLdlinux: false}],
    ['undionly.kpxe', 'packed', {kind: 'ipxe', isEfi: false}],
    ['efi/ipxe.efi', 'MZ', {kind: 'ipxe', isEfi: true}],
    ['grubnetx64.efi', 'MZ', {kind: 'grub', isEfi: true}],
    ['bootx64.efi', 'MZ shim', {kind: 'unknown', isEfi: true}],
  ])('%s', (name, content, expected) => {
    expect(identifyLoader(name, bytes(content))).toMatchObject(expected)
  })
})

test('the loader table names no file twice', () => {
  const names = loaderFiles.map((file) => file.name)
  expect(names).toEqual([...new Set(names)])
})

test('a loader is looked for in the packages of the distributions, or in one folder', () => {
  const efi = loaderFiles.find((file) => file.name === 'ipxe.efi')
  if (efi === undefined) return expect.unreachable()
  expect(loaderPlaces(efi)).toEqual(expect.arrayContaining(['/usr/lib/ipxe/ipxe.efi', '/usr/share/ipxe/ipxe-x86_64.efi']))
  expect(loaderPlaces(efi, '/src')).toEqual(['/src/ipxe.efi', '/src/ipxe-x86_64.efi'])
})

test('a version is read where the file says it', () => {
  expect(findLoaderVersion(bytes('\r\nPXELINUX 6.04 PXE 20200816 Copyright'))).toBe('PXELINUX 6.04')
  expect(findLoaderVersion(bytes('packed'))).toBeUndefined()
})

describe('an image is a folder with a kernel', () => {
  test.each([
    [['initrd.img', 'vmlinuz'], {kernel: 'images/x/vmlinuz', initrds: ['images/x/initrd.img']}],
    [['args', 'initrd.gz', 'linux'], {kernel: 'images/x/linux', initrds: ['images/x/initrd.gz']}],
    [
      ['initramfs-linux.img', 'initramfs.cpio', 'initrd.img.old', 'kernel'],
      {initrds: ['images/x/initramfs-linux.img', 'images/x/initramfs.cpio']},
    ],
    [['bzImage'], {kernel: 'images/x/bzImage', initrds: []}],
  ])('%j', (names, expected) => {
    expect(findLinuxImage('images/x', names)).toMatchObject(expected)
  })
  test('a folder without one is no image', () => {
    expect(findLinuxImage('images/x', ['initrd.img', 'README'])).toBeUndefined()
  })
})
