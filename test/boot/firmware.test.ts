import {describe, expect, test} from 'vitest'
import {type BootClientKind, filenameFor, type FilenameSettings} from '../../src/boot/firmware.js'
import {parseIpv4} from '../../src/net/ipv4.js'

const ipxe: FilenameSettings = {server: parseIpv4('192.168.56.1'), httpPort: 8069, bootLoader: 'ipxe'}
const pxelinux: FilenameSettings = {...ipxe, bootLoader: 'pxelinux'}

function check(client: Partial<BootClientKind>, settings: FilenameSettings, expected: string | undefined): void {
  expect(filenameFor({architecture: 0, isIpxe: false, isHttpClient: false, ...client}, settings)).toBe(expected)
}

const script = 'http://192.168.56.1:8069/boot.ipxe'

describe('a lab that boots by iPXE', () => {
  test('gives firmware its iPXE binary', () => {
    check({architecture: 0}, ipxe, 'undionly.kpxe')
    check({architecture: 7}, ipxe, 'ipxe.efi')
    check({architecture: 9}, ipxe, 'ipxe.efi')
  })
  test('gives iPXE the script, never iPXE again', () => {
    for (const architecture of [0, 6, 7, 9, 11]) check({architecture, isIpxe: true}, ipxe, script)
  })
  test('gives UEFI HTTP boot a whole URL', () => {
    check({architecture: 16, isHttpClient: true}, ipxe, 'http://192.168.56.1:8069/ipxe.efi')
    check({architecture: 16, isHttpClient: true}, {...ipxe, httpPort: 80}, 'http://192.168.56.1/ipxe.efi')
  })
})

describe('a lab that boots by PXELINUX', () => {
  test('gives BIOS pxelinux.0, even where the ROM is iPXE', () => {
    check({architecture: 0}, pxelinux, 'pxelinux.0')
    check({architecture: 0, isIpxe: true}, pxelinux, 'pxelinux.0')
  })
  test('gives UEFI iPXE, and that the script', () => {
    check({architecture: 7}, pxelinux, 'ipxe.efi')
    check({architecture: 7, isIpxe: true}, pxelinux, script)
  })
})

test('a lab that boots by pxegrub gives it to plain firmware, and iPXE the script', () => {
  const pxegrub: FilenameSettings = {...ipxe, bootLoader: 'pxegrub'}
  check({architecture: 0}, pxegrub, 'pxegrub')
  check({architecture: 0, isIpxe: true}, pxegrub, script)
  check({architecture: 7}, pxegrub, 'ipxe.efi')
})

test('32-bit and arm firmware gets nothing, unless the lab names a loader', () => {
  for (const architecture of [6, 10, 11]) check({architecture}, ipxe, undefined)
  for (const architecture of [15, 18, 19]) check({architecture, isHttpClient: true}, ipxe, undefined)
  const arm = {...ipxe, loaders: {uefiArm64: 'arm64/grubnetaa64.efi'}}
  check({architecture: 11}, arm, 'arm64/grubnetaa64.efi')
  check({architecture: 19, isHttpClient: true}, arm, 'http://192.168.56.1:8069/arm64/grubnetaa64.efi')
})

test('an architecture that nobody registered gets nothing, but where iPXE runs on it, that gets the script', () => {
  check({architecture: 4711}, ipxe, undefined)
  for (const settings of [ipxe, pxelinux]) check({architecture: 27, isIpxe: true}, settings, script)
})

test('BIOS over HTTP gets nothing, as from every other server: no ROM is known that would start the loader', () => {
  for (const settings of [ipxe, pxelinux]) check({architecture: 20, isHttpClient: true}, settings, undefined)
})
