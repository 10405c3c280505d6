// A boot test over real packets, on loopback: our own servers, and a lab in a temporary folder.
import {randomBytes} from 'node:crypto'
import {mkdirSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {expect, onTestFinished, test} from 'vitest'
import {filenameFor} from '../../src/boot/firmware.js'
import {hostBootFiles, labBootFiles} from '../../src/boot/host-files.js'
import type {BootContext} from '../../src/boot/menu.js'
import {openTree} from '../../src/bootfiles/resolve.js'
import {decideReply} from '../../src/dhcp4/decide.js'
import {startDhcp4Server} from '../../src/dhcp4/server.js'
import {startHttpServer} from '../../src/http/server.js'
import {parseIpv4, parseSubnet} from '../../src/net/ipv4.js'
import {openBootDoors} from '../../src/operations/boot-test-clients.js'
import {bootTest, type TestFirmware} from '../../src/operations/boot-test.js'
import {startTftpServer} from '../../src/tftp/server.js'
import {context, tk2} from '../boot/samples.js'
import {temporaryFolder} from '../support/temporary-folder.js'

const address = parseIpv4('127.0.0.1')
const ip = parseIpv4('127.0.0.21')
const initrd = randomBytes(3_000_000)

/** Starts all three servers on free ports and plays the firmware against them. */
async function play(firmware: TestFirmware, bootLoader: 'ipxe' | 'pxelinux', lost?: string) {
  const tftpRoot = temporaryFolder()
  const files = openTree(tftpRoot)
  const onEvent = (): void => undefined
  const tftp = await startTftpServer({address, port: 0, files, onEvent})
  onTestFinished(() => tftp.close())
  const http = await startHttpServer({address, port: 0, files, onEvent})
  onTestFinished(() => http.close())
  const settings = {server: address, httpPort: http.port, bootLoader}
  const network = {server: address, subnet: parseSubnet('127.0.0.0/24'), gateway: undefined, dns: [], domain: undefined}
  const dhcp = await startDhcp4Server({
    address,
    port: 0,
    subnet: network.subnet,
    onEvent,
    decide: async (request) =>
      decideReply(request, {...network, filenameFor: (client) => filenameFor(client, settings)}, {name: 'tk2', mac: tk2.mac, ip}),
  })
  onTestFinished(() => dhcp.close())

  const lab: BootContext = {...context, server: address, httpPort: http.port, tftpRoot}
  const contents = new Map<string, string | Uint8Array>([
    ['undionly.kpxe', 'packed'],
    ['ipxe.efi', Buffer.concat([Buffer.from('MZ'), randomBytes(100_000)])],
    ['pxelinux.0', 'PXELINUX 6.04 ldlinux.c32'],
    ['ldlinux.c32', 'core'],
    ['images/debian/vmlinuz', randomBytes(100_000)],
    ['images/debian/initrd.img', initrd],
    ...labBootFiles(lab),
    ...hostBootFiles({...tk2, image: 'debian'}, lab),
  ])
  for (const [name, content] of contents) {
    if (name === lost) continue
    mkdirSync(dirname(join(tftpRoot, name)), {recursive: true})
    writeFileSync(join(tftpRoot, name), content)
  }
  const host = {name: 'tk2', mac: tk2.mac, ip}
  const doors = openBootDoors({
    host,
    server: address,
    tftpPort: tftp.port,
    dhcpPort: dhcp.port,
    relay: undefined,
    timeoutMs: 10_000,
    randomXid: () => 0x12345678,
    now: () => performance.now(),
  })
  return bootTest({host, firmware, doors, tftpRoot})
}

test.each([
  ['bios', 'ipxe'],
  ['bios-ipxe', 'ipxe'],
  ['uefi', 'ipxe'],
  ['uefi-http', 'ipxe'],
  ['bios', 'pxelinux'],
] as const)('%s boots by %s over real packets', async (firmware, bootLoader) => {
  const result = await play(firmware, bootLoader)
  expect(result.failure).toBeUndefined()
  expect(result.steps.at(-1)).toMatchObject({step: 'initrd', bytes: initrd.length})
})

test.each([
  ['bios', 'pxelinux', 'pxelinux.0', 'loader', 'pxectl loader install'],
  ['bios', 'ipxe', 'images/debian/vmlinuz', 'kernel', 'vmlinuz'],
  ['uefi-http', 'ipxe', 'ipxe.efi', 'loader', 'pxectl loader install'],
] as const)('%s by %s without %s fails at the %s', async (firmware, bootLoader, lost, step, suggestion) => {
  const {failure} = await play(firmware, bootLoader, lost)
  expect(failure).toMatchObject({step, suggestions: expect.arrayContaining([expect.stringContaining(suggestion) as string]) as string[]})
})
