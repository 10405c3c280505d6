import {expect, test} from 'vitest'
import {contentTypeOf} from '../../src/http/mime.js'

const check = (names: readonly string[], type: string): void => {
  for (const name of names) expect([name, contentTypeOf(name)]).toEqual([name, type])
}

test('UEFI tells programs from disk images by the type', () => {
  check(['/ipxe.efi', '/EFI/BOOT/BOOTX64.EFI', 'grubx64.efi.signed'], 'application/efi')
  check(['/a.iso', 'A.ISO'], 'application/vnd.efi-iso')
  check(['/disk.img', 'boot\\disk.IMG'], 'application/vnd.efi-img')
})

test('kernels, their archives and BIOS loaders are bytes, whatever their names look like', () => {
  const bytes = ['vmlinuz', 'vmlinuz-6.1.0-18-amd64', 'initrd', 'initrd.img', 'initrd.img-6.1.0', 'initramfs-6.1.img', 'undionly.kpxe']
  check(
    [...bytes, 'pxelinux.0', 'ldlinux.c32', 'wdsnbp.com', 'pxelinux.cfg/default', '/a.d/vmlinuz', '/.conf', 'x.', ''],
    'application/octet-stream',
  )
  check(['x.constructor', 'x.__proto__'], 'application/octet-stream')
})

test('texts have a charset, and nothing else has', () => {
  check(['boot.ipxe', 'grub.cfg', 'a.LST', 'x.conf', 'readme.txt'], 'text/plain; charset=utf-8')
  check(['user-data.yaml', 'a.yml'], 'application/yaml')
  check(['a.json'], 'application/json')
  check(['index.html'], 'text/html; charset=utf-8')
})

test('archives are named by their compression', () => {
  check(['initrd.gz', 'a.tar.gz', 'b.tgz'], 'application/gzip')
  check(['a.tar.xz'], 'application/x-xz')
  check(['a.zst'], 'application/zstd')
  check(['a.bz2'], 'application/x-bzip2')
})
