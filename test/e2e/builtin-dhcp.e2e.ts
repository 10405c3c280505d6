// pxectl alone: its own DHCP server in place of dhcpd.
//
//     br0 192.168.56.1: pxectl serve --dhcp full ─┬─ tap1: QEMU, 52:54:00:a1:b2:c3
//                                                 └─ c2: busybox udhcpc
import {existsSync} from 'node:fs'
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {boot, expectHost, fetched, HOST} from './support/boot.js'
import {makeLab, startServe, type Lab, type Server} from './support/lab.js'
import {requestLease} from './support/lease.js'
import {advertiseNoRouter, withNetwork, type Network} from './support/network.js'

for (const [firmware, loader] of [
  ['bios', 'pxelinux'],
  ['bios', 'ipxe'],
  ['uefi', 'ipxe'],
] as const) {
  test(`a ${firmware.toUpperCase()} machine boots from pxectl serve alone, with the ${loader} loader`, () =>
    withNetwork(`builtin-${firmware}-${loader}`, async (network) => {
      const {server} = await serveLab(network, loader)
      await advertiseNoRouter(network)
      const report = await boot(network, firmware)
      expectHost(report, firmware)
      const by = loader === 'pxelinux' ? 'tftp' : 'http'
      expect(fetched(server)).toEqual(expect.arrayContaining([`${by}:images/debian/vmlinuz`, `${by}:images/debian/initrd.img`]))
    }))
}

test('a client gets the address and name of its host, and one that is no host gets no answer; the doctor finds nothing, and mends a loader', () =>
  withNetwork('builtin-lease', async (network) => {
    const {lab} = await serveLab(network, 'ipxe')
    expect(await lab.must('doctor')).toMatchObject({ok: true})
    await rm(join(lab.tftpRoot, 'undionly.kpxe'))
    const mended = await lab.must('doctor', '--fix')
    expect(mended).toMatchObject({ok: true, mended: [{codes: ['LOADER_MISSING'], does: 'pxectl loader install', outcome: 'done'}]})
    expect(existsSync(join(lab.tftpRoot, 'undionly.kpxe'))).toBe(true)
    const known = await requestLease(await network.addClient(HOST.mac))
    expect(known).toMatchObject({address: HOST.ip, hostname: HOST.name})
    expect(await requestLease(await network.addClient('52:54:00:00:00:77'))).toBeUndefined()
  }))

async function serveLab(network: Network, loader: 'pxelinux' | 'ipxe'): Promise<{lab: Lab; server: Server}> {
  const lab = await makeLab(network, {dhcp: 'builtin', settings: {'boot.loader': loader}})
  await lab.must('loader', 'install')
  await lab.addImage('debian')
  await lab.must('add-host', HOST.name, '--mac', HOST.mac, '--ip', HOST.ip, '--image', 'debian')
  return {lab, server: await startServe(lab, 'full')}
}
