// UEFI machines and menus: GRUB 2 boots Linux by its own configuration, and what needs a BIOS says so instead of hanging.
//
//     br0 192.168.56.1: dhcpd, pxectl serve ── tap1: QEMU, OVMF, 52:54:00:a1:b2:c3
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {boot, expectHost, fetched, HOST} from './support/boot.js'
import {HAND_WRITTEN, startDhcpd} from './support/dhcpd.js'
import {grubClass, installGrub} from './support/grub.js'
import {smartosBoot, writeFileAt, writeImage} from './support/images.js'
import {type Lab, makeLab, startServe} from './support/lab.js'
import {powerOn} from './support/machine.js'
import {advertiseNoRouter, withNetwork} from './support/network.js'

async function addHost(lab: Lab, image: string): Promise<void> {
  await lab.must(
    'add-host',
    HOST.name,
    '--mac',
    HOST.mac,
    '--ip',
    HOST.ip,
    '--image',
    image,
    '--boot-args',
    'e2e.host=tk1 e2e.signs=$1;#{}',
  )
}

test('a UEFI machine boots Linux by GRUB 2, from the menu under its own name', () =>
  withNetwork('uefi-grub', async (network) => {
    const dhcpd = await startDhcpd(network, HAND_WRITTEN + grubClass())
    const lab = await makeLab(network, {dhcp: 'isc', dhcpd})
    await installGrub(lab.tftpRoot)
    await lab.addImage('debian')
    await addHost(lab, 'debian')
    const server = await startServe(lab, 'off')
    const report = await boot(network, 'uefi')
    expectHost(report, 'uefi')
    expect(report.cmdline).toContain('e2e.image=debian')
    expect(report.cmdline).toContain('e2e.signs=$1;#{}')
    const files = fetched(server)
    expect(files).toEqual(expect.arrayContaining(['tftp:grub/grub.cfg-01-52-54-00-a1-b2-c3', 'tftp:images/debian/vmlinuz']))
  }))

test('iPXE on a UEFI machine says that SmartOS needs a BIOS', () =>
  withNetwork('uefi-needs-bios', async (network) => {
    const lab = await makeLab(network, {dhcp: 'builtin'})
    await lab.must('loader', 'install')
    const files = {[smartosBoot.kernel]: 'a kernel', [smartosBoot.bootArchive]: 'an archive'}
    const {bootArchiveHash: _, ...plain} = smartosBoot
    await writeImage(lab.tftpRoot, {name: 'smartos', type: 'smartos', boot: plain, files})
    await writeFileAt(join(lab.tftpRoot, 'overlay/etc/motd'), 'hello\n')
    await addHost(lab, 'smartos')
    const server = await startServe(lab, 'full')
    await advertiseNoRouter(network)
    const machine = await powerOn(network, 'uefi', HOST.mac)
    try {
      await machine.waitFor(/This starts on machines with a BIOS alone/, 150_000)
      expect(fetched(server).filter((file) => file.includes('images/'))).toEqual([])
    } finally {
      await machine.stop()
    }
  }))
