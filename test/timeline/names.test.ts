import {expect, test} from 'vitest'
import {macInName, stepOfName} from '../../src/timeline/classify-name.js'

test.each([
  [
    'loader',
    [
      'undionly.kpxe',
      'ipxe.efi',
      'pxelinux.0',
      '/bios/lpxelinux.0',
      'ldlinux.c32',
      'menu.c32',
      'EFI\\BOOT\\shimx64.efi',
      'grub/x86_64-efi/normal.mod',
      'grub/i386-pc/command.lst',
      'pxegrub',
      'grubx64.efi.signed',
      'mboot.c32',
      'images/esxi/mboot.efi',
    ],
  ],
  [
    'config',
    [
      'pxelinux.cfg/default',
      'bios/pxelinux.cfg/01-08-00-27-12-34-56',
      '/boot.ipxe',
      'ipxe/default.ipxe',
      'autoexec.ipxe',
      'grub/grub.cfg',
      '/grub/grub.cfg-01-08-00-27-12-34-56',
      'menu.lst.01080027123456',
      'esxi/default/boot.cfg',
    ],
  ],
  [
    'kernel',
    [
      'images/debian12/vmlinuz',
      'vmlinuz-6.1.0',
      'images/smartos/platform/i86pc/kernel/amd64/unix',
      'vmkernel.gz',
      'memdisk',
      'images/x/tboot.b00',
      'bzImage',
      '/images/memtest/memtest86+.bin',
      'linux',
    ],
  ],
  [
    'initrd',
    [
      'images/debian12/initrd.img',
      'initrd.gz',
      'initramfs-linux.img',
      'platform/i86pc/amd64/boot_archive',
      'cim.vgz',
      'sys.vgz',
      'install.tgz',
      'sb.v00',
      's.t00',
      'overlay.cpio',
    ],
  ],
  ['root', ['/live/filesystem.squashfs', 'preseed.cfg', 'ks.cfg', '/cloud/user-data', 'rootfs.tar.gz', 'debian.iso']],
  ['other', ['', 'images/x/args', 'logo.png', '/favicon.ico']],
] as const)('%s', (step, names) => {
  for (const name of names) expect([name, stepOfName(name)]).toEqual([name, step])
})

test('a query and evil names do no harm', () => {
  expect(stepOfName('/images/vmlinuz?x=/pxelinux.cfg/')).toBe('kernel')
  expect(stepOfName('\u0000\u001b[2J'.repeat(1000))).toBe('other')
})

test.each([
  ['pxelinux.cfg/01-08-00-27-AB-34-56', '08:00:27:ab:34:56'],
  ['/ipxe/01-08-00-27-12-34-56.ipxe', '08:00:27:12:34:56'],
  ['//grub/grub.cfg-01-08-00-27-12-34-56', '08:00:27:12:34:56'],
  ['menu.lst.01080027AB3456', '08:00:27:ab:34:56'],
  ['pxelinux.cfg/01-08-00-27-12-34-56+esx', '08:00:27:12:34:56'],
  ['pxelinux.cfg/C0A83815', undefined],
])('the MAC in %s', (name, mac) => {
  expect(macInName(name)).toBe(mac)
})
