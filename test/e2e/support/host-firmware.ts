// What every DHCP server must offer a host whose firmware the host database knows, whatever architecture its packets name.
import {expect} from 'vitest'
import type {BootOptions, KnownFirmware, Reservation} from '../../../src/dhcp/reservation.js'
import type {DhcpChange, DhcpServer} from '../../../src/dhcp/server.js'
import {parseHostname} from '../../../src/net/hostname.js'
import {parseIpv4} from '../../../src/net/ipv4.js'
import {parseMac} from '../../../src/net/mac.js'
import {askAsFirmwares, COUNTED_USER_CLASS, type Asking} from './firmware-client.js'
import {SERVER, type Client, type Network} from './network.js'

const url = (name: string): string => `http://${SERVER}/${name}`

const OPTIONS: BootOptions = {
  nextServer: parseIpv4(SERVER),
  ipxeScript: url('boot.ipxe'),
  loaders: {bios: 'undionly.kpxe', uefiX64: 'ipxe.efi', uefiArm64: 'arm64.efi'},
  httpLoaders: {uefiX64: url('ipxe.efi')},
}

const pxe = (architecture: number | undefined): Asking => ({architecture})
const ipxe = (architecture: number): Asking => ({architecture, isIpxe: true})
const HTTP: Asking = {architecture: 16, isHttpClient: true}

type Rows = readonly (readonly [Asking, string | null])[]

const UEFI: Rows = [
  [pxe(0), 'ipxe.efi'],
  [pxe(undefined), 'ipxe.efi'],
  [pxe(37), 'ipxe.efi'],
  // What agrees with the firmware still chooses among its files.
  [pxe(11), 'arm64.efi'],
  [ipxe(0), url('boot.ipxe')],
  [{architecture: 0, isIpxe: true, userClass: COUNTED_USER_CLASS}, url('boot.ipxe')],
  [HTTP, url('ipxe.efi')],
]
const BIOS: Rows = [
  [pxe(7), 'undionly.kpxe'],
  [pxe(0), 'undionly.kpxe'],
  [ipxe(7), url('boot.ipxe')],
]
const PXELINUX: Rows = [
  [pxe(7), 'pxelinux.0'],
  [ipxe(7), 'pxelinux.0'],
]
const ANY: Rows = [
  [pxe(0), 'undionly.kpxe'],
  [pxe(7), 'ipxe.efi'],
  [ipxe(7), url('boot.ipxe')],
]

const host = (mac: string, ip: string, firmware?: KnownFirmware): Reservation => ({
  name: parseHostname(`tk${ip.split('.').at(-1)}`),
  mac: parseMac(mac),
  ip: parseIpv4(ip),
  ...(firmware === undefined ? {} : {firmware}),
})

/** Gives two hosts a firmware, the other one, and none again, and asks as both of them; at the end nothing is declared. */
export async function expectHostFirmware(network: Network, server: DhcpServer): Promise<void> {
  const first = await clientAt(network, '52:54:00:a1:b2:c3', '192.168.56.31')
  const second = await clientAt(network, '52:54:00:a1:b2:c4', '192.168.56.32')
  const apply = async (change: DhcpChange): Promise<unknown> => server.apply(await server.plan(change), {restart: true})
  const declare = (one?: KnownFirmware, other?: KnownFirmware, options: Partial<BootOptions> = {}): Promise<unknown> =>
    apply({
      upsert: [host(first.mac, '192.168.56.21', one), host(second.mac, '192.168.56.22', other)].map((reservation) => ({reservation})),
      remove: [],
      bootOptions: {...OPTIONS, ...options},
    })

  await declare('uefi', 'bios')
  await expectFiles(first, '192.168.56.21', UEFI)
  await expectFiles(second, '192.168.56.22', BIOS)
  await declare('bios', 'uefi', {loaderForBiosIpxe: true, loaders: {...OPTIONS.loaders, bios: 'pxelinux.0'}})
  await expectFiles(first, '192.168.56.21', PXELINUX)
  await expectFiles(second, '192.168.56.22', UEFI)
  await declare('uefi')
  await expectFiles(first, '192.168.56.21', UEFI.slice(0, 1))
  await expectFiles(second, '192.168.56.22', ANY)
  await apply({upsert: [], remove: ['tk21', 'tk22'], bootOptions: 'remove'})
}

async function clientAt(network: Network, mac: string, ip: string): Promise<Client> {
  const client = await network.addClient(mac, `${ip}/24`)
  // 255.255.255.255 goes where the default route goes.
  await client.mustRun(['ip', 'route', 'add', 'default', 'dev', 'eth0'])
  return client
}

async function expectFiles(client: Client, ip: string, rows: Rows): Promise<void> {
  const offers = await askAsFirmwares(
    client,
    rows.map(([asking]) => asking),
  )
  for (const [index, [asking, filename]] of rows.entries()) {
    const what = `${client.mac} as ${JSON.stringify(asking)}`
    const offered = offers[index]
    expect(offered, what).toMatchObject({ip, filename, nextServer: SERVER})
    if (asking.isHttpClient === true) expect(offered?.vendorClass, what).toBe('HTTPClient')
  }
}
