// A BIOS machine boots Linux by PXELINUX, beside an ISC dhcpd whose hand-written configuration pxectl has edited.
//
//     br0 192.168.56.1: dhcpd, pxectl serve ── tap1: QEMU, SeaBIOS, iPXE ROM, 52:54:00:a1:b2:c3
//
//     ROM → pxelinux.0 → pxelinux.cfg/01-52-54-00-a1-b2-c3 → kernel, initrd, all by TFTP
import {readFile} from 'node:fs/promises'
import {expect, test} from 'vitest'
import {boot, expectHost, fetched, HOST} from './support/boot.js'
import {HAND_WRITTEN, startDhcpd} from './support/dhcpd.js'
import {makeLab, startServe} from './support/lab.js'
import {advertiseNoRouter, withNetwork} from './support/network.js'

test('a BIOS machine boots through the edited dhcpd.conf and PXELINUX to its own address and name', () =>
  withNetwork('pxelinux', async (network) => {
    const dhcpd = await startDhcpd(network)
    const lab = await makeLab(network, {dhcp: 'isc', dhcpd, settings: {'boot.loader': 'pxelinux', 'dhcp.boot-options': 'subnet'}})
    await lab.must('loader', 'install')
    await lab.addImage('debian')
    await lab.must('dhcp', 'apply')
    await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, '--image', 'debian', '--boot-args', 'e2e.host=tk1')

    const config = await readFile(dhcpd.config, 'utf8')
    for (const line of HAND_WRITTEN.split('\n')) expect(config.split('\n')).toContain(line)

    const server = await startServe(lab, 'off')
    await advertiseNoRouter(network)
    const report = await boot(network, 'bios')
    expectHost(report, 'bios')
    expect(report.cmdline).toContain('e2e.image=debian')
    expect(report.cmdline).toContain('e2e.host=tk1')
    expect(report.serial).toContain('PXELINUX')

    const files = fetched(server)
    expect(files).toEqual(
      expect.arrayContaining([
        'tftp:pxelinux.0',
        'tftp:pxelinux.cfg/01-52-54-00-a1-b2-c3',
        'tftp:images/debian/vmlinuz',
        'tftp:images/debian/initrd.img',
      ]),
    )
    expect(files.filter((file) => file.startsWith('http:'))).toEqual([])
  }))
