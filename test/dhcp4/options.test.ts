import {describe, expect, test} from 'vitest'
import {findMessageType, type MessageType, messageTypeNumber} from '../../src/dhcp4/option-codes.js'
import {
  findAddress,
  findAddresses,
  findText,
  findUint16s,
  findUint32,
  textBytes,
  uint16Bytes,
  uint32Bytes,
} from '../../src/dhcp4/option-values.js'
import {machineUuidBytes, machineUuidOf} from '../../src/dhcp4/machine-id.js'
import {findSubOptions, ipxeNoProxyBytes, pxeBootNowBytes, pxeCode} from '../../src/dhcp4/sub-options.js'
import {userClassesOf} from '../../src/dhcp4/user-class.js'
import {decodeCapture, toHex} from './captures.js'

function option(code: number, hex: string): ReadonlyMap<number, Uint8Array> {
  return new Map([[code, Uint8Array.from(Buffer.from(hex, 'hex'))]])
}

describe('message types', () => {
  test('have the numbers of RFC 2132 section 9.6', () => {
    const types: MessageType[] = ['discover', 'offer', 'request', 'decline', 'ack', 'nak', 'release', 'inform']
    expect(types.map(messageTypeNumber)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect([1, 2, 3, 4, 5, 6, 7, 8].map(findMessageType)).toEqual(types)
    expect([0, 9, 255].map(findMessageType)).toEqual([undefined, undefined, undefined])
  })
})

describe('plain values', () => {
  test('addresses: one, several, none, and a broken tail', () => {
    expect(findAddress(option(3, '0a4d0001'), 3)).toBe('10.77.0.1')
    expect(findAddresses(option(6, '0a4d00010a4d000208'), 6)).toEqual(['10.77.0.1', '10.77.0.2'])
    expect([findAddress(option(3, '0a4d00'), 3), findAddress(new Map(), 3)]).toEqual([undefined, undefined])
  })

  test('numbers keep all their bits', () => {
    expect(findUint32(option(51, toHex(uint32Bytes(0xffffffff)) ?? ''), 51)).toBe(0xffffffff)
    expect(findUint32(option(51, '000258'), 51)).toBeUndefined()
    expect(findUint16s(option(93, toHex(uint16Bytes(65_280)) ?? ''), 93)).toEqual([65_280])
    expect(findUint16s(option(93, '0007000900'), 93)).toEqual([7, 9])
  })

  test('text loses the NULs at its end and no others', () => {
    expect(findText(option(67, '61006200'), 67)).toBe('a\0b')
    expect(findText(decodeCapture('dnsmasq-offer').options, 67)).toBe('pxelinux.0')
    expect(toHex(textBytes('é'))).toBe('e9')
  })
})

describe('user class', () => {
  test.each([
    ['the bare string of iPXE', '69505845', ['iPXE']],
    ['a list of one', '0469505845', ['\x04iPXE', 'iPXE']],
    ['a list of two', '04695058450161', ['\x04iPXE\x01a', 'iPXE', 'a']],
    ['a list that runs past the end', '0569505845', ['\x05iPXE']],
    ['a list with an empty entry', '0400', ['\x04\0']],
    ['nothing', '', ['']],
  ])('%s', (_name, hex, classes) => expect(userClassesOf(option(77, hex))).toEqual(classes))

  test('absent', () => expect(userClassesOf(new Map())).toEqual([]))
})

describe('machine id', () => {
  test('firmware swaps the first three fields', () => {
    expect(machineUuidOf(option(97, '0033221100554477668899aabbccddeeff'))).toBe('00112233-4455-6677-8899-aabbccddeeff')
    expect(toHex(machineUuidBytes('00112233-4455-6677-8899-aabbccddeeff'))).toBe('0033221100554477668899aabbccddeeff')
  })

  test.each(['', '00', '01' + '00'.repeat(16), '00'.repeat(16), '00'.repeat(18)])('"%s" is none', (hex) => {
    expect(machineUuidOf(option(97, hex))).toBeUndefined()
  })
})

describe('options inside options', () => {
  test('what we send', () => {
    expect(toHex(pxeBootNowBytes())).toBe('060108ff')
    expect(toHex(ipxeNoProxyBytes())).toBe('b00101')
  })

  test("dnsmasq's menu is read", () => {
    const menu = findSubOptions(decodeCapture('proxy-menu-offer').options, 43)
    expect(menu?.has(pxeCode.menu)).toBe(true)
    expect(toHex(menu?.get(pxeCode.discoveryControl))).toBe('03')
  })

  test('the boot item that iPXE asks port 4011 for is read', () => {
    expect(toHex(findSubOptions(decodeCapture('proxy-4011-request').options, 43)?.get(pxeCode.bootItem))).toBe('80030000')
  })

  test('text in option 43 is no list', () => {
    expect(findSubOptions(option(43, '4142'), 43)).toBeUndefined()
    expect(findSubOptions(new Map(), 43)).toBeUndefined()
  })
})
