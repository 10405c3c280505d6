// A lab and a host for the tests of this room.
import type {BootContext, BootHost} from '../../src/boot/menu.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'

export const context: BootContext = {
  server: parseIpv4('192.168.56.1'),
  httpPort: 8069,
  tftpRoot: '/srv/lab/tftpboot',
  timeoutSeconds: 10,
  console: undefined,
  default: 'local',
  images: new Map([
    ['debian', {kernel: 'images/debian/vmlinuz', initrds: ['images/debian/initrd.img']}],
    [
      'two-initrds',
      {kernel: 'images/two-initrds/linux', initrds: ['images/two-initrds/initrd.img', 'images/two-initrds/initrd2.img'], args: 'quiet'},
    ],
    ['memtest', {kernel: 'images/memtest/kernel', initrds: []}],
  ]),
}

export const tk2: BootHost = {
  name: 'tk2',
  mac: parseMac('08:00:27:12:34:56'),
  ip: parseIpv4('192.168.56.21'),
  root: undefined,
  image: undefined,
  bootArgs: undefined,
  firmware: undefined,
}
