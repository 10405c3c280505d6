// Imported images boot on real firmware: Debian's own installer, Memtest86+, and a medium whose kernel is told where its image lies.
//
//     br0 192.168.56.1: pxectl serve --dhcp full ── tap1: QEMU, 52:54:00:a1:b2:c3
import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {boot, expectHost, fetched, HOST} from './support/boot.js'
import {debianNetboot, isoOf, linuxTree, unpackPackage} from './support/image-media.js'
import {makeLab, startServe, type Lab} from './support/lab.js'
import {powerOn, type Firmware} from './support/machine.js'
import {advertiseNoRouter, withNetwork, type Network} from './support/network.js'

type Place = {readonly network: Network; readonly lab: Lab; readonly folder: string}

function withLab(title: string, work: (place: Place) => Promise<void>): Promise<void> {
  return withNetwork(title, async (network) => {
    await advertiseNoRouter(network)
    const lab = await makeLab(network, {dhcp: 'builtin'})
    await lab.must('loader', 'install')
    const folder = join(network.folder, 'media')
    await mkdir(folder)
    await work({network, lab, folder})
  })
}

async function addHost(lab: Lab, image: string): Promise<void> {
  await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, '--image', image)
}

/** Powers a machine on and waits for a text of the system on its serial line. */
async function bootsTo(network: Network, firmware: Firmware, pattern: RegExp): Promise<void> {
  const machine = await powerOn(network, firmware, HOST.mac)
  try {
    await machine.waitFor(pattern, 280_000)
  } finally {
    await machine.stop()
  }
}

test.each(['bios', 'uefi'] as const)(
  "Debian's netboot.tar.gz, imported, boots to the installer's first question on %s",
  (firmware) =>
    withLab(`img-di-${firmware}`, async ({network, lab, folder}) => {
      const tarball = await debianNetboot(folder)
      expect(await lab.must('image', 'add', tarball, '--boot-args', 'priority=high')).toMatchObject({
        image: {name: 'debian-installer-12', type: 'linux', version: '12'},
      })
      await addHost(lab, 'debian-installer-12')
      const server = await startServe(lab, 'full')
      try {
        // The BIOS machine has little memory, so its first question is another one.
        await bootsTo(network, firmware, /Select a language|Choose the language|Entering low memory mode/)
        expect(fetched(server)).toEqual(expect.arrayContaining(['http:images/debian-installer-12/debian-installer/amd64/initrd.gz']))
      } finally {
        await server.stop()
      }
    }),
  600_000,
)

test.each([
  ['bios', 'memtest86+x64.bin'],
  ['uefi', 'memtest86+x64.efi'],
] as const)(
  'Memtest86+ starts on %s',
  (firmware, file) =>
    withLab(`img-mt-${firmware}`, async ({network, lab, folder}) => {
      const tree = await unpackPackage(folder, 'memtest86+')
      const added = await lab.must('image', 'add', join(tree, 'boot', file), '--boot-args', 'console=ttyS0,115200')
      expect(added).toMatchObject({image: {name: 'memtest86plus-6.10', type: 'memtest'}})
      await addHost(lab, 'memtest86plus-6.10')
      const server = await startServe(lab, 'full')
      try {
        // On UEFI without a screen it starts, and says itself that it finds none.
        await bootsTo(network, firmware, firmware === 'bios' ? /Memtest86\+\s*v6\.10/ : /set_screen_info\(\) failed/)
      } finally {
        await server.stop()
      }
    }),
  600_000,
)

test('a medium of Fedora’s layout boots, and its kernel is told the address of its image', () =>
  withLab('img-fedora', async ({network, lab, folder}) => {
    const tree = await linuxTree(join(folder, 'tree'), {
      kernel: 'images/pxeboot/vmlinuz',
      initrd: 'images/pxeboot/initrd.img',
      more: ['images/install.img'],
      texts: {'.treeinfo': '[release]\nname = Fedora\nversion = 39\n'},
    })
    const iso = await isoOf(tree, join(folder, 'fedora.iso'), ['-R', '-J'], 'Fedora-39')
    await lab.must('image', 'add', iso, '--name', 'fedora39', '--kickstart', 'http://192.168.56.1:8069/ks.cfg')
    await addHost(lab, 'fedora39')
    const server = await startServe(lab, 'full')
    try {
      const report = await boot(network, 'bios')
      expectHost(report, 'bios')
      expect(report.cmdline).toContain(
        'inst.stage2=http://192.168.56.1:8069/images/fedora39/ ip=dhcp inst.ks=http://192.168.56.1:8069/ks.cfg',
      )
      // What the installer would fetch next is there.
      const answer = await network.mustRun([
        'curl',
        '-sf',
        '-o',
        '/dev/null',
        '-w',
        '%{size_download}',
        'http://192.168.56.1:8069/images/fedora39/images/install.img',
      ])
      expect(answer).toBe('100000')
    } finally {
      await server.stop()
    }
  }))
