// A real arm64 UEFI (EDK2 in QEMU) asks each DHCP server, and fetches the loader that the lab names for it. No Debian package has an
// arm64 loader for other architectures, so the file is a stand-in and the machine goes no further.
//
//     br0 192.168.56.1: the DHCP server, pxectl serve ── tap1: QEMU, 52:54:00:a1:b2:c3
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {fetched, HOST} from './support/boot.js'
import {dhcpServerNames, serveHost} from './support/dhcp-servers.js'
import {powerOn} from './support/machine.js'
import {withNetwork} from './support/network.js'
import {until} from './support/programs.js'

const LOADER = 'ipxe-arm64.efi'

test.each(dhcpServerNames)('an arm64 UEFI machine gets its own loader: %s', (name) =>
  withNetwork(`arm64-${name}`, async (network) => {
    const server = await serveHost(network, name, {
      settings: {'boot.loader-arm64': LOADER},
      prepare: (lab) => writeFile(join(lab.tftpRoot, LOADER), Buffer.alloc(100_000, 'not a loader')),
    })
    const machine = await powerOn(network, 'uefi-arm64', HOST.mac)
    try {
      await until('the machine to fetch its loader', 150_000, () => fetched(server).length > 0)
      expect(new Set(fetched(server))).toEqual(new Set([`tftp:${LOADER}`]))
    } finally {
      await machine.stop()
    }
  }),
)
