import {expect, test} from 'vitest'
import {findMenuName} from '../../src/operations/menu-names.js'

const mac = '08:00:27:12:34:56'

test.each([
  ['pxelinux.cfg/01-08-00-27-12-34-56', {kind: 'mac', loader: 'pxelinux', mac}],
  ['/pxelinux.cfg//01-08-00-27-12-34-56', {kind: 'mac', loader: 'pxelinux', mac}],
  ['\\pxelinux.cfg\\01-08-00-27-12-34-56', {kind: 'mac', loader: 'pxelinux', mac}],
  ['ipxe/01-08-00-27-12-34-56.ipxe', {kind: 'mac', loader: 'ipxe', mac}],
  ['/grub/grub.cfg-01-08-00-27-12-34-56', {kind: 'mac', loader: 'grub', mac}],
  ['pxelinux.cfg/C0A83815', {kind: 'ip', loader: 'pxelinux', ip: '192.168.56.21'}],
  ['pxelinux.cfg/c0a83815', {kind: 'ip', loader: 'pxelinux', ip: '192.168.56.21'}],
  ['grub/grub.cfg-C0A83815', {kind: 'ip', loader: 'grub', ip: '192.168.56.21'}],
  ['//pxelinux.cfg/default', {kind: 'default', loader: 'pxelinux'}],
  ['ipxe/default.ipxe', {kind: 'default', loader: 'ipxe'}],
  ['grub/default.cfg', {kind: 'default', loader: 'grub'}],
  ['/boot.ipxe', {kind: 'script', path: 'boot.ipxe'}],
  ['grub/grub.cfg', {kind: 'script', path: 'grub/grub.cfg'}],
  ['autoexec.ipxe', {kind: 'script', path: 'autoexec.ipxe'}],
  ['/efi\\arm64/autoexec.ipxe', {kind: 'script', path: 'autoexec.ipxe'}],
  ['menu.lst.01080027123456', {kind: 'mac', loader: 'menu.lst', mac}],
  ['/menu.lst', {kind: 'default', loader: 'menu.lst'}],
  ['boot/grub/menu.lst', {kind: 'default', loader: 'menu.lst'}],
  ['pxelinux.cfg/01-08-00-27-12-34-56+smartos-rescue', {kind: 'mac', loader: 'pxelinux', mac, only: 'smartos-rescue'}],
  ['pxelinux.cfg/default+esx-3i', {kind: 'default', loader: 'pxelinux', only: 'esx-3i'}],
  ['esxi/01-08-00-27-12-34-56/7.0.CFG', {kind: 'boot-cfg', mac, image: '7.0'}],
  ['/esxi/default/7.0.cfg', {kind: 'boot-cfg', mac: undefined, image: '7.0'}],
])('%s is a menu', (name, expected) => {
  expect(findMenuName(name)).toMatchObject(expected)
  if (!name.startsWith('esxi')) expect(findMenuName(name.toUpperCase())).toMatchObject(expected)
})

test.each([
  'pxelinux.0',
  'ipxe.efi',
  'undionly.kpxe',
  'images/debian/vmlinuz',
  'images/grub/initrd.img',
  'images/boot.ipxe',
  'autoexec.ipxe/x',
  'noautoexec.ipxe',
  'pxelinux.cfg/33221100-5544-7766-8899-aabbccddeeff',
  'pxelinux.cfg/C0A8381',
  'pxelinux.cfg/C0A838150',
  'pxelinux.cfg/C',
  'pxelinux.cfg/',
  'pxelinux.cfg/01-08-00-27-12-34',
  'pxelinux.cfg/01-08-00-27-12-34-5',
  'pxelinux.cfg/01-08-00-27-12-34-56-78',
  'pxelinux.cfg/01-08-00-27-12-34-zz',
  'pxelinux.cfg/01-08:00:27:12:34:56',
  'pxelinux.cfg/01-..%2f',
  'pxelinux.cfg/../pxelinux.cfg/default',
  'pxelinux.cfg/01-08-00-27-12-34-56/x',
  'pxelinux.cfg/01-08-00-27-12-34-56.ipxe',
  'pxelinux.cfg/default\0',
  `${'/'.repeat(300)}pxelinux.cfg/default`,
  'ipxe/01-08-00-27-12-34-56',
  'ipxe/C0A83815',
  'ipxe/C0A83815.ipxe',
  'grub/01-08-00-27-12-34-56',
  'grub/grub.cfg-C0A838',
  'grub/grub.cfg-01-08-00-27-12-34-56.ipxe',
  'grub/x86_64-efi/normal.mod',
  'menu.lst.010800271234',
  'menu.lst.pxegrub',
  'images/menu.lst',
  'pxelinux.cfg/default+',
  'pxelinux.cfg/default+a b',
  'ipxe/01-08-00-27-12-34-56.ipxe+linux',
  'esxi/01-08-00-27-12-34-56/boot.cfg/x',
  'esxi/somebody/7.0.cfg',
  '',
])('%j is not', (name) => {
  expect(findMenuName(name)).toBeUndefined()
})
