// A real UEFI (OVMF in QEMU) that was told to boot by HTTP, and not by PXE, boots by each DHCP server.
//
//     br0 192.168.56.1: the DHCP server, pxectl serve ── tap1: QEMU, 52:54:00:a1:b2:c3
//
//     OVMF → ipxe.efi by its URL → iPXE script → kernel, initrd; not one file by TFTP
import {expect, test} from 'vitest'
import {boot, expectHost, fetched} from './support/boot.js'
import {dhcpServerNames, serveHost} from './support/dhcp-servers.js'
import {advertiseNoRouter, withNetwork} from './support/network.js'

test.each(dhcpServerNames)('a UEFI machine boots by HTTP alone: %s', (name) =>
  withNetwork(`uefi-http-${name}`, async (network) => {
    const server = await serveHost(network, name, {prepare: (lab) => lab.addImage('debian'), hostFlags: ['--image', 'debian']})
    await advertiseNoRouter(network)
    expectHost(await boot(network, 'uefi-http', 240_000), 'uefi')
    const files = fetched(server)
    expect(files).toEqual(expect.arrayContaining(['http:ipxe.efi', 'http:images/debian/vmlinuz', 'http:images/debian/initrd.img']))
    expect(files.filter((file) => file.startsWith('tftp:'))).toEqual([])
  }),
)
