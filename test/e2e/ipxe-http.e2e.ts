// Machines boot by iPXE, with kernel and initrd over HTTP, beside ISC dhcpd.
//
//     br0 192.168.56.1: dhcpd, pxectl serve ── tap1: QEMU, 52:54:00:a1:b2:c3
//
//     BIOS  ROM → undionly.kpxe (TFTP) → iPXE script → kernel, initrd (HTTP)
//     UEFI  OVMF → ipxe.efi (TFTP)     → iPXE script → kernel, initrd (HTTP)
import {expect, test} from 'vitest'
import {boot, expectHost, fetched, HOST} from './support/boot.js'
import {HAND_WRITTEN, startDhcpd} from './support/dhcpd.js'
import {makeLab, startServe, type Server} from './support/lab.js'
import {advertiseNoRouter, withNetwork, type Network} from './support/network.js'

/**
 * QEMU's boot ROM is an iPXE and says so, so that a right configuration never gives it undionly.kpxe. This class, written by
 * the administrator outside of pxectl's part, picks the ROM out by a trait that undionly.kpxe does not share (it leaves
 * the broadcast flag of its DHCP packets off) and treats it as the plain ROM it stands for. A class goes before the subnet.
 */
const ROM_CLASS = `
class "plain-rom" {
  match if substring(option vendor-class-identifier, 0, 9) = "PXEClient" and packet(10, 2) = 00:00;
  filename "undionly.kpxe";
}
`

test('a BIOS machine boots by undionly.kpxe and an iPXE script, kernel and initrd over HTTP', () =>
  withNetwork('undionly', async (network) => {
    const {server} = await serveLab(network, HAND_WRITTEN + ROM_CLASS)
    const report = await boot(network, 'bios')
    expectHost(report, 'bios')
    expect(report.serial, 'undionly.kpxe drives the card through the ROM').toMatch(/net0: 52:54:00:a1:b2:c3 using undionly/)
    const files = fetched(server)
    expect(files).toContain('tftp:undionly.kpxe')
    expectHttpBoot(files)
  }))

test('a machine whose ROM is iPXE goes to the script at once', () =>
  withNetwork('ipxe-rom', async (network) => {
    const {server} = await serveLab(network, HAND_WRITTEN)
    const report = await boot(network, 'bios')
    expectHost(report, 'bios')
    const files = fetched(server)
    expect(files).not.toContain('tftp:undionly.kpxe')
    expectHttpBoot(files)
  }))

test('a UEFI machine boots by ipxe.efi and an iPXE script, kernel and initrd over HTTP', () =>
  withNetwork('ipxe-efi', async (network) => {
    const {server} = await serveLab(network, HAND_WRITTEN)
    const report = await boot(network, 'uefi')
    expectHost(report, 'uefi')
    const files = fetched(server)
    expect(files).toContain('tftp:ipxe.efi')
    expectHttpBoot(files)
  }))

async function serveLab(network: Network, config: string): Promise<{server: Server}> {
  const dhcpd = await startDhcpd(network, config)
  const lab = await makeLab(network, {dhcp: 'isc', dhcpd, settings: {'boot.loader': 'ipxe', 'dhcp.boot-options': 'subnet'}})
  await lab.must('loader', 'install')
  await lab.addImage('debian')
  await lab.must('dhcp', 'apply')
  await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, '--image', 'debian')
  const server = await startServe(lab, 'off')
  await advertiseNoRouter(network)
  return {server}
}

function expectHttpBoot(files: readonly string[]): void {
  expect(files).toEqual(expect.arrayContaining(['http:images/debian/vmlinuz', 'http:images/debian/initrd.img']))
}
