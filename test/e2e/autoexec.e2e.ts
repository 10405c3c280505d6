// iPXE under a DHCP server that has one boot file for everybody: it would be given itself for ever, but asks for autoexec.ipxe first.
//
//     br0 192.168.56.1: dnsmasq with a single boot file, pxectl serve ── tap1: QEMU, OVMF, 52:54:00:a1:b2:c3
import {expect, test} from 'vitest'
import {boot, expectHost, fetched, HOST} from './support/boot.js'
import {startForeignDnsmasq} from './support/foreign-dnsmasq.js'
import {makeLab, startServe, type Lab, type Server} from './support/lab.js'
import {powerOn} from './support/machine.js'
import {advertiseNoRouter, SERVER, withNetwork, type Network} from './support/network.js'
import {installNewIpxe} from './support/new-ipxe.js'
import {until} from './support/programs.js'

/** As pfSense: the file goes to the firmware and to iPXE alike. */
async function startUnconditional(network: Network, file: string): Promise<void> {
  const reservation = `--dhcp-host=${HOST.mac},${HOST.ip},${HOST.name}`
  const words = [reservation, `--dhcp-boot=${file},,${SERVER}`, '--interface=br0', '--bind-interfaces']
  await startForeignDnsmasq(network, network.folder, '192.168.56.100,192.168.56.199', ...words)
}

/** A lab with one host, and nobody but dnsmasq to answer DHCP. */
async function serveLab(network: Network, file: string, addLoaders: (lab: Lab) => Promise<unknown>): Promise<Server> {
  await startUnconditional(network, file)
  const lab = await makeLab(network, {dhcp: 'none'})
  await addLoaders(lab)
  await lab.addImage('debian')
  await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, '--image', 'debian', '--no-dhcp')
  const server = await startServe(lab, 'off')
  await advertiseNoRouter(network)
  return server
}

for (const loader of ['ipxe.efi', 'snponly.efi']) {
  test(`${loader} of 2025 boots its host, though DHCP names ${loader} to it again`, () =>
    withNetwork(`autoexec-${loader.slice(0, 3)}`, async (network) => {
      const server = await serveLab(network, loader, (lab) => installNewIpxe(lab.tftpRoot))
      expectHost(await boot(network, 'uefi'), 'uefi')
      const files = fetched(server)
      expect(files.filter((name) => !name.endsWith(loader))).toEqual([
        'tftp:autoexec.ipxe',
        'http:boot.ipxe',
        'http:ipxe/01-52-54-00-a1-b2-c3.ipxe',
        'http:images/debian/vmlinuz',
        'http:images/debian/initrd.img',
      ])
    }))
}

test('ipxe.efi of 2019 does not ask, and is given itself again', () =>
  withNetwork('autoexec-old', async (network) => {
    const server = await serveLab(network, 'ipxe.efi', (lab) => lab.must('loader', 'install'))
    const machine = await powerOn(network, 'uefi', HOST.mac)
    try {
      await until(
        'iPXE to be fetched for the third time',
        200_000,
        () => fetched(server).filter((name) => name === 'tftp:ipxe.efi').length > 2,
      )
      expect(fetched(server).filter((name) => name !== 'tftp:ipxe.efi')).toEqual([])
    } finally {
      await machine.stop()
    }
  }))
