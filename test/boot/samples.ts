// A lab and a host for the tests of this room.
import type {BootImage, LinuxBoot, SmartosBoot} from '../../src/boot/image.js'
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
  images: new Map(
    [
      linux('debian', ['initrd.img']),
      {
        ...linux('two-initrds', ['initrd.img', 'initrd2.img']),
        boot: {...linux('two-initrds', ['initrd.img', 'initrd2.img']).boot, kernel: 'images/two-initrds/linux', args: 'quiet'},
      },
      linux('memtest', []),
    ].map((image) => [image.name, image]),
  ),
  roots: new Map(
    (
      [
        ['root_own', {style: 'nfs', tree: '/srv/lab/roots/root_own/tree'}],
        ['root_shared', {style: 'nfs-overlay', tree: '/srv/lab/roots/root_shared/tree'}],
        ['root_demo', {style: 'squashfs', squashfs: 'root_demo/root.squashfs', sha256: '0123456789abcdef'.repeat(4)}],
        ['root_ram', {style: 'ramdisk', image: '/root.squashfs'}],
      ] as const
    ).map(([name, source]) => [name, {name, kernel: `${name}/vmlinuz`, initrd: `${name}/initrd.img`, ...source}]),
  ),
}

/** One image of each kind, as `image add` writes them; SmartOS with a hash and overlay files. */
export const images: ReadonlyMap<string, BootImage> = new Map(
  (
    [
      ['smartos', 'SmartOS 20140207T053435Z', '2026-01-03T00:00:00.000Z', smartos({})],
      ['SmartOS_plain', 'SmartOS 20121004T212912Z', '2026-01-02T00:00:00.000Z', smartos({overlays: []})],
      [
        'esx3i',
        'ESX Server 3i',
        '2026-01-01T00:00:00.000Z',
        {
          kind: 'multiboot',
          kernel: 'images/esx3i/vmkernel.gz',
          args: '',
          modules: ['binmod', 'environ', 'cim', 'oem', 'license'].map((name) => ({path: `images/esx3i/${name}.tgz`, args: ''})),
          mboot: 'images/esx3i/mboot.c32',
        },
      ],
      [
        'esxi',
        'ESXi 7.0',
        '2025-01-05T00:00:00.000Z',
        {kind: 'esxi', config: 'images/esxi/boot.cfg', bios: 'images/esxi/mboot.c32', uefi: 'images/esxi/mboot.efi'},
      ],
      [
        'memtest',
        'Memtest86+ 6.10',
        '2025-01-04T00:00:00.000Z',
        {
          kind: 'program',
          bios: {path: 'images/memtest/mt86plus.bin', protocol: 'linux'},
          uefi: {path: 'images/memtest/mt86plus.efi'},
          args: '',
        },
      ],
      ['pxegrub', 'pxegrub', '2025-01-03T00:00:00.000Z', {kind: 'program', bios: {path: 'pxegrub', protocol: 'nbp'}, args: ''}],
      ['shell', 'EFI shell', '2025-01-02T00:00:00.000Z', {kind: 'program', uefi: {path: 'images/shell/shell.efi'}, args: '-nostartup'}],
      ['disc', 'a disc', '2025-01-01T00:00:00.000Z', {kind: 'iso', path: 'images/disc/my disc.iso'}],
      [
        'evil',
        `"Quotes" 'n' $HOME %n ; { } é^ü \\ \${x} || #`,
        undefined,
        {kind: 'linux', kernel: 'images/evil/vmlinuz', initrds: [], args: `a="b c" url={image-url}/x $1 100% ; || 'q'`},
      ],
    ] as const
  ).map(([name, title, addedAt, boot]) => [name, {name, title, boot, ...(addedAt === undefined ? {} : {addedAt})}]),
)

function smartos(more: Partial<SmartosBoot>): SmartosBoot {
  const folder = 'images/smartos/platform/i86pc'
  return {
    kind: 'smartos',
    build: '20140207T053435Z',
    kernel: `${folder}/kernel/amd64/unix`,
    bootArchive: `${folder}/amd64/boot_archive`,
    ...(more.overlays === undefined ? {bootArchiveHash: `${folder}/amd64/boot_archive.hash`} : {}),
    overlays: [
      {path: 'overlay/etc/system', name: 'etc/system'},
      {path: 'images/smartos/overlay/kernel/drv/dtrace.conf', name: 'kernel/drv/dtrace.conf'},
    ],
    options: {
      smartos: true,
      rootShadow: '$5$2HOHRnK3$NvLlm.1KQBbB0WjoP7xcIwGnllhzp2HnT.mDO7DpxYA',
      noimport: false,
      standalone: false,
      kmdb: false,
      verbose: false,
      properties: [],
    },
    ...more,
  }
}

function linux(name: string, initrds: readonly string[]): BootImage & {readonly boot: LinuxBoot} {
  const kernel = `images/${name}/${initrds.length === 0 ? 'kernel' : 'vmlinuz'}`
  return {name, title: name, boot: {kind: 'linux', kernel, initrds: initrds.map((file) => `images/${name}/${file}`), args: ''}}
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
