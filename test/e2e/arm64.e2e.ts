// A real arm64 UEFI (EDK2 in QEMU) asks each DHCP server, and fetches the loader that the lab names for it. No Debian package has an
// arm64 loader for other architectures, so the file is a stand-in and the machine goes no further.
//
//     br0 192.168.56.1: the DHCP server, pxectl serve ── tap1: QEMU, 52:54:00:a1:b2:c3
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {fetched, HOST} from './support/boot.js'
import {startDhcpd} from './support/dhcpd.js'
import {startDnsmasq} from './support/dnsmasq-server.js'
import {startKea} from './support/kea.js'
import {type LabOptions, makeLab, startServe} from './support/lab.js'
import {powerOn} from './support/machine.js'
import {type Network, withNetwork} from './support/network.js'
import {until} from './support/programs.js'

const LOADER = 'ipxe-arm64.efi'

type Started = Pick<LabOptions, 'dhcp' | 'dhcpd'>

const SERVERS: Readonly<Record<string, (network: Network) => Promise<Started>>> = {
  isc: async (network) => ({dhcp: 'isc', dhcpd: await startDhcpd(network)}),
  kea: async (network) => ({dhcp: 'kea', dhcpd: {config: (await startKea(network)).config}}),
  dnsmasq: async (network) => ({dhcp: 'dnsmasq', dhcpd: await startDnsmasq(network)}),
  builtin: async () => ({dhcp: 'builtin'}),
}

for (const [name, start] of Object.entries(SERVERS)) {
  test(`an arm64 UEFI machine gets its own loader from ${name}`, () =>
    withNetwork(`arm64-${name}`, async (network) => {
      const settings = {'boot.loader-arm64': LOADER, 'dhcp.boot-options': 'subnet'}
      const lab = await makeLab(network, {...(await start(network)), settings})
      await lab.must('loader', 'install')
      await writeFile(join(lab.tftpRoot, LOADER), Buffer.alloc(100_000, 'not a loader'))
      if (name !== 'builtin') await lab.must('dhcp', 'apply')
      await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip)
      const server = await startServe(lab, name === 'builtin' ? 'full' : 'off')
      const machine = await powerOn(network, 'uefi-arm64', HOST.mac)
      try {
        await until('the machine to fetch its loader', 150_000, () => fetched(server).length > 0)
        expect(new Set(fetched(server))).toEqual(new Set([`tftp:${LOADER}`]))
      } finally {
        await machine.stop()
      }
    }))
}
