import {expect, test} from 'vitest'
import {architectureName, type ClientFirmware, firmwareOf} from '../../src/dhcp4/client-firmware.js'
import {decodeCapture} from './captures.js'

const uuid = '00112233-4455-6677-8899-aabbccddeeff'
const rom = {architecture: 0, isIpxe: false, isHttpClient: false, isPxeClient: true, uuid}

test.each<[string, ClientFirmware]>([
  ['plain-rom-discover', rom],
  ['ipxe-rom-discover', {...rom, isIpxe: true}],
  ['undionly-discover', {...rom, isIpxe: true}],
  ['ipxe-uefi-discover', {...rom, isIpxe: true, architecture: 7}],
  ['ovmf-pxe-discover', {...rom, architecture: 7}],
  ['arm64-pxe-discover', {...rom, architecture: 11}],
  ['ovmf-http-discover', {...rom, architecture: 16, isPxeClient: false, isHttpClient: true}],
  ['arm64-http-discover', {...rom, architecture: 19, isPxeClient: false, isHttpClient: true}],
  ['proxy-4011-request', {...rom, isIpxe: true}],
  ['udhcpc-discover', {architecture: 0, isIpxe: false, isHttpClient: false, isPxeClient: false}],
])('%s', (name, firmware) => expect(firmwareOf(decodeCapture(name))).toEqual(firmware))

function architectureWith(options: Record<number, string>): number {
  const packet = decodeCapture('udhcpc-discover')
  const entries = Object.entries(options).map(([code, text]) => [Number(code), Uint8Array.from(Buffer.from(text, 'latin1'))] as const)
  return firmwareOf({...packet, options: new Map(entries)}).architecture
}

test.each<[string, Record<number, string>, number]>([
  ['the first known of several', {93: '\0\x63\0\x07\0\x09'}, 7],
  ['the first when none is known (RISC-V)', {93: '\0\x1b'}, 27],
  ['option 60 when 93 is missing', {60: 'PXEClient:Arch:00007:UNDI:003016'}, 7],
  ['option 93 before option 60', {93: '\0\x0b', 60: 'PXEClient:Arch:00007:UNDI:003016'}, 11],
  ['option 60 when 93 is a single byte', {93: '\x07', 60: 'PXEClient:Arch:00009'}, 9],
  ['BIOS when nothing says', {60: 'PXEClient'}, 0],
])('the architecture is %s', (_name, options, architecture) => expect(architectureWith(options)).toBe(architecture))

test('a user class list, and option 175 alone, mean iPXE', () => {
  const packet = decodeCapture('plain-rom-discover')
  const withOption = (code: number, text: string) => ({
    ...packet,
    options: new Map([...packet.options, [code, Uint8Array.from(Buffer.from(text))]]),
  })
  expect(firmwareOf(withOption(77, '\x04iPXE')).isIpxe).toBe(true)
  expect(firmwareOf(withOption(175, '')).isIpxe).toBe(true)
  expect(firmwareOf(withOption(77, 'ipxe-installer')).isIpxe).toBe(false)
})

test('an architecture has a name, known or not', () => {
  expect([0, 7, 19, 27].map(architectureName)).toEqual(['BIOS', 'UEFI x64', 'UEFI arm64 HTTP', 'architecture 27'])
})
