import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {type BootClient, bootRequest} from '../../src/dhcp4/boot-client.js'
import {firmwareOf} from '../../src/dhcp4/client-firmware.js'
import {encodePacket} from '../../src/dhcp4/packet.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'
import {decodeCapture, readCapture, toHex} from './captures.js'

const machine = {mac: parseMac('52:54:00:a1:b2:c3'), uuid: '00112233-4455-6677-8899-aabbccddeeff'}
const take = {ip: parseIpv4('10.77.0.50'), serverId: parseIpv4('10.77.0.1')}
const bios = {architecture: 0, isIpxe: false, isHttpClient: false}

/** Our imitation of the captured request, taking xid and secs from it. */
function imitate(name: string, firmware: BootClient['firmware']): string | undefined {
  const {xid, secs, options, broadcast} = decodeCapture(name)
  const packet = bootRequest({...machine, firmware}, {xid, secs, ...(options.get(53)?.[0] === 3 ? {take} : {})})
  return toHex(encodePacket({...packet, broadcast}))
}

describe('byte for byte what real firmware sent', () => {
  test.each<[string, BootClient['firmware']]>([
    ['ipxe-rom-discover', {...bios, isIpxe: true}],
    ['ipxe-rom-request', {...bios, isIpxe: true}],
    ['undionly-discover', {...bios, isIpxe: true}],
    ['ipxe-uefi-discover', {...bios, isIpxe: true, architecture: 7}],
    ['plain-rom-discover', bios],
    ['plain-rom-request', bios],
    ['ovmf-pxe-discover', {...bios, architecture: 7}],
    ['ovmf-pxe-request', {...bios, architecture: 7}],
    ['arm64-pxe-discover', {...bios, architecture: 11}],
  ])('%s', (name, firmware) => expect(imitate(name, firmware)).toBe(toHex(readCapture(name))))

  test.each([
    ['ovmf-http-discover', 16, 'eb'],
    ['ovmf-http-request', 16, 'eb'],
    ['arm64-http-discover', 19, '00'],
  ])('%s, but for the uninitialised byte where it should ask for 66', (name, architecture, garbage) => {
    const real = toHex(readCapture(name))?.replace(`3b3c${garbage}4361`, '3b3c424361')
    expect(imitate(name, {...bios, architecture, isHttpClient: true})).toBe(real)
  })
})

test('a machine without a UUID sends none', () => {
  const {options} = bootRequest({mac: machine.mac, firmware: bios}, {xid: 1, secs: 0})
  expect(options.has(97)).toBe(false)
})

test('the server sees the firmware that is imitated', () => {
  const firmwares = fc.record({architecture: fc.constantFrom(0, 6, 7, 9, 11), isIpxe: fc.boolean(), isHttpClient: fc.constant(false)})
  const https = fc.record({architecture: fc.constantFrom(15, 16, 19), isIpxe: fc.constant(false), isHttpClient: fc.constant(true)})
  fc.assert(
    fc.property(fc.oneof(firmwares, https), fc.uuid(), (firmware, uuid) => {
      expect(firmwareOf(bootRequest({mac: machine.mac, uuid, firmware}, {xid: 1, secs: 0}))).toEqual({
        ...firmware,
        isPxeClient: !firmware.isHttpClient,
        uuid,
      })
    }),
  )
})
