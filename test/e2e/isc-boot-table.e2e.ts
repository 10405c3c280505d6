// The real dhcpd gives every kind of firmware the file of its row in the boot table, and no file to those that have none.
//
//     br0 192.168.56.1: dhcpd ── c1 192.168.56.9: asks as a relay agent for each of them
import {readFile} from 'node:fs/promises'
import {expect, test} from 'vitest'
import {openIscServer} from '../../src/dhcp/isc.js'
import type {BootOptions} from '../../src/dhcp/reservation.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {exec} from '../../src/system/exec.js'
import {askAsRelay, type Asking, COUNTED_USER_CLASS} from './support/firmware-client.js'
import {startDhcpd} from './support/dhcpd.js'
import {expectHostFirmware} from './support/host-firmware.js'
import {SERVER, withNetwork} from './support/network.js'

const bootOptions: BootOptions = {
  nextServer: parseIpv4(SERVER),
  ipxeScript: 'http://192.168.56.1/boot.ipxe',
  loaders: {bios: 'undionly.kpxe', uefiX64: 'ipxe.efi', uefiIa32: 'ipxe32.efi', uefiArm64: 'arm64/ipxe.efi'},
  httpLoaders: {
    uefiX64: 'http://192.168.56.1/ipxe.efi',
    uefiIa32: 'http://192.168.56.1/ipxe32.efi',
    uefiArm64: 'http://192.168.56.1/arm64.efi',
  },
}

const rows: readonly (readonly [Asking, string | null])[] = [
  [{architecture: 0}, 'undionly.kpxe'],
  [{architecture: undefined}, 'undionly.kpxe'],
  [{architecture: 6}, 'ipxe32.efi'],
  [{architecture: 7}, 'ipxe.efi'],
  [{architecture: 9}, 'ipxe.efi'],
  [{architecture: 11}, 'arm64/ipxe.efi'],
  [{architecture: 15, isHttpClient: true}, 'http://192.168.56.1/ipxe32.efi'],
  [{architecture: 16, isHttpClient: true}, 'http://192.168.56.1/ipxe.efi'],
  [{architecture: 19, isHttpClient: true}, 'http://192.168.56.1/arm64.efi'],
  [{architecture: 0, isIpxe: true}, 'http://192.168.56.1/boot.ipxe'],
  [{architecture: 0, isIpxe: true, userClass: COUNTED_USER_CLASS}, 'http://192.168.56.1/boot.ipxe'],
  [{architecture: 7, isIpxe: true}, 'http://192.168.56.1/boot.ipxe'],
  [{architecture: 7, isIpxe: true, userClass: COUNTED_USER_CLASS}, 'http://192.168.56.1/boot.ipxe'],
  [{architecture: 27, isIpxe: true}, 'http://192.168.56.1/boot.ipxe'],
  // Architectures that the table does not know: arm32, a number nobody has, BIOS and x64 over HTTP in numbers of their own.
  [{architecture: 10}, null],
  [{architecture: 37}, null],
  [{architecture: 37, isHttpClient: true}, null],
  [{architecture: 20, isHttpClient: true}, null],
]

async function expectAnswers(title: string, options: BootOptions, scope: 'subnet' | 'global', expected: typeof rows): Promise<void> {
  await withNetwork(title, async (network) => {
    const dhcpd = await startDhcpd(network)
    const original = await readFile(dhcpd.config)
    const server = openIscServer({
      config: dhcpd.config,
      placement: 'region',
      bootOptionsScope: scope,
      stateFolder: network.folder,
      restart: `ip netns exec ${network.namespace} ${dhcpd.restart}`,
      exec,
    })
    await server.apply(await server.plan({upsert: [], remove: [], bootOptions: options}), {restart: true})
    const client = await network.addClient('52:54:00:a1:b2:c3', '192.168.56.9/24')
    const offers = await askAsRelay(
      client,
      '192.168.56.9',
      expected.map(([probe]) => probe),
    )
    for (const [index, [probe, filename]] of expected.entries()) {
      const offer = offers[index]
      expect(offer, `an answer to ${JSON.stringify(probe)}`).not.toBeNull()
      expect(offer?.filename, JSON.stringify(probe)).toBe(filename)
      expect(offer?.nextServer).toBe(SERVER)
      // Without it HTTP boot asks for ever.
      if (probe.isHttpClient === true && filename !== null) expect(offer?.vendorClass).toBe('HTTPClient')
    }
    await server.apply(await server.plan({upsert: [], remove: [], bootOptions: 'remove'}), {restart: true})
    expect(await readFile(dhcpd.config)).toEqual(original)
  })
}

test('each row, declared in the subnet', () => expectAnswers('rows', bootOptions, 'subnet', rows))

test('each row, declared for all', () => expectAnswers('rows-global', bootOptions, 'global', rows.slice(0, 4)))

test('a lab that boots by PXELINUX: BIOS gets it from iPXE too, UEFI goes on to the script', () =>
  expectAnswers(
    'rows-pxelinux',
    {...bootOptions, loaderForBiosIpxe: true, loaders: {...bootOptions.loaders, bios: 'pxelinux.0'}},
    'subnet',
    [
      [{architecture: 0, isIpxe: true}, 'pxelinux.0'],
      [{architecture: 0}, 'pxelinux.0'],
      [{architecture: 7, isIpxe: true}, 'http://192.168.56.1/boot.ipxe'],
      [{architecture: 7}, 'ipxe.efi'],
    ],
  ))

test('a host whose firmware is known is given the file of that, whatever it says', () =>
  withNetwork('rows-host', async (network) => {
    const dhcpd = await startDhcpd(network)
    const original = await readFile(dhcpd.config)
    const server = openIscServer({
      config: dhcpd.config,
      placement: 'region',
      bootOptionsScope: 'subnet',
      stateFolder: network.folder,
      restart: `ip netns exec ${network.namespace} ${dhcpd.restart}`,
      exec,
    })
    await expectHostFirmware(network, server)
    expect(await readFile(dhcpd.config)).toEqual(original)
  }))
