import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {firmwareOf} from '../../src/dhcp4/client-firmware.js'
import {decodePacket, type Dhcp4Packet, encodePacket, noAddress} from '../../src/dhcp4/packet.js'
import {bootFilenameOf} from '../../src/dhcp4/option-values.js'
import {summarise} from '../../src/dhcp4/summarise.js'
import {ipv4FromNumber} from '../../src/net/ipv4.js'
import {macFromBytes, parseMac} from '../../src/net/mac.js'
import {captureNames, decodeCapture, describePacket, expectGolden, mustDecode, readCapture, toHex} from './captures.js'

const plain: Dhcp4Packet = {
  op: 'request',
  hops: 0,
  xid: 0xdeadbeef,
  secs: 0,
  broadcast: false,
  ciaddr: noAddress,
  yiaddr: noAddress,
  siaddr: noAddress,
  giaddr: noAddress,
  mac: parseMac('52:54:00:a1:b2:c3'),
  serverName: '',
  filename: '',
  options: new Map([[53, Uint8Array.of(1)]]),
}

/** A message with these bytes in the options field, and optionally in `file` and `sname`. */
function messageWith(parts: {options: readonly number[]; file?: readonly number[]; sname?: readonly number[]}): Uint8Array {
  const bytes = new Uint8Array(240 + parts.options.length)
  bytes.set(encodePacket(plain).subarray(0, 240))
  bytes.set(parts.sname ?? [], 44)
  bytes.set(parts.file ?? [], 108)
  bytes.set(parts.options, 240)
  return bytes
}

function checkMalformed(bytes: Uint8Array, reason: RegExp): void {
  const decoded = decodePacket(bytes)
  expect(decoded).toEqual({kind: 'malformed', reason: expect.stringMatching(reason) as string})
}

describe.each(captureNames)('the captured %s', (name) => {
  test('is understood', () => {
    const packet = decodeCapture(name)
    expectGolden(name, 'expected.json', {summary: summarise(packet), firmware: firmwareOf(packet), packet: describePacket(packet)})
  })

  test('is written back with the same bytes', () => {
    const bytes = readCapture(name)
    const written = encodePacket(mustDecode(bytes))
    // Programs pad differently after END; everything before is the same.
    const length = Math.min(bytes.length, written.length)
    expect(toHex(written.subarray(0, length))).toBe(toHex(bytes.subarray(0, length)))
    expect([...bytes.subarray(length), ...written.subarray(length)].every((byte) => byte === 0)).toBe(true)
  })

  test('is unreadable or harmless when cut anywhere', () => {
    const bytes = readCapture(name)
    for (let length = 0; length < 240; length++) checkMalformed(bytes.subarray(0, length), /at least 240/)
    const whole = mustDecode(bytes).options
    for (let length = 240; length < bytes.length; length++) {
      const decoded = decodePacket(bytes.subarray(0, length))
      if (decoded.kind === 'packet') expect([...whole].slice(0, decoded.packet.options.size)).toEqual([...decoded.packet.options])
    }
  })
})

describe('reading', () => {
  test('a 0 inside an option is not padding, and a 0 between options is', () => {
    const packet = mustDecode(messageWith({options: [0, 55, 3, 60, 0, 67, 0, 0, 53, 1, 1, 255]}))
    expect([...packet.options]).toEqual([
      [55, Uint8Array.of(60, 0, 67)],
      [53, Uint8Array.of(1)],
    ])
  })

  test('what follows END is ignored, and END may be missing', () => {
    expect(mustDecode(messageWith({options: [53, 1, 1, 255, 54, 9]})).options.size).toBe(1)
    expect(mustDecode(messageWith({options: [53, 1, 1]})).options.size).toBe(1)
  })

  test('an option in several parts is one', () => {
    const packet = mustDecode(messageWith({options: [67, 2, 0x61, 0x62, 53, 1, 1, 67, 1, 0x63, 255]}))
    expect(bootFilenameOf(packet)).toBe('abc')
  })

  test('overloaded fields are read in the order options, file, sname', () => {
    const options = [52, 1, 3, 12, 1, 0x61, 255]
    const packet = mustDecode(messageWith({options, file: [12, 1, 0x62, 255, 12, 1, 0x7a], sname: [12, 1, 0x63, 255]}))
    expect(Object.fromEntries(packet.options)).toEqual({12: Uint8Array.from(Buffer.from('abc'))})
    expect([packet.filename, packet.serverName]).toEqual(['', ''])
  })

  test('a field that is not overloaded stays text', () => {
    const packet = mustDecode(messageWith({options: [52, 1, 2, 255], file: [0x61, 0x62, 0], sname: [12, 1, 0x63, 255]}))
    expect(packet.filename).toBe('ab')
    expect(toHex(packet.options.get(12))).toBe('63')
  })

  test('a field filled to its last byte needs no NUL', () => {
    expect(mustDecode(messageWith({options: [255], file: new Array<number>(128).fill(0x61)})).filename).toBe('a'.repeat(128))
  })

  test('an option may have no bytes', () => {
    expect(toHex(mustDecode(messageWith({options: [80, 0, 255]})).options.get(80))).toBe('')
  })

  test.each<[string, Uint8Array, RegExp]>([
    ['a length past the end', messageWith({options: [53, 1, 1, 67, 200, 0x61]}), /runs past the end/],
    ['a code without a length', messageWith({options: [53, 1, 1, 67]}), /runs past the end/],
    [
      'an overloaded file field that runs past its end',
      messageWith({options: [52, 1, 1, 255], file: [12, 200]}),
      /past the end of its field/,
    ],
    ['a server id of 3 bytes', messageWith({options: [54, 3, 1, 2, 3, 255]}), /option 54 has 3 bytes, not 4/],
    ['an empty message type', messageWith({options: [53, 0, 255]}), /option 53 has 0 bytes, not 1/],
    ['no magic cookie', messageWith({options: [255]}).fill(0, 236, 240), /magic cookie/],
    ['op 3', messageWith({options: [255]}).fill(3, 0, 1), /op 3/],
    ['InfiniBand', messageWith({options: [255]}).fill(32, 1, 2), /Ethernet/],
    ['a hardware address of 16 bytes', messageWith({options: [255]}).fill(16, 2, 3), /Ethernet/],
  ])('%s is malformed', (_name, bytes, reason) => checkMalformed(bytes, reason))
})

describe('writing', () => {
  test('a short message is padded to 300 bytes', () => {
    expect(encodePacket(plain).length).toBe(300)
  })

  test.each([126, 127])('a filename of %i bytes stands in the file field', (length) => {
    const packet = mustDecode(encodePacket({...plain, filename: 'f'.repeat(length)}))
    expect([packet.filename.length, packet.options.has(67)]).toEqual([length, false])
  })

  test.each([128, 129, 254, 255, 256, 600])('a filename of %i bytes moves to option 67, whole', (length) => {
    const packet = mustDecode(encodePacket({...plain, filename: 'f'.repeat(length)}))
    expect([packet.filename, bootFilenameOf(packet)]).toEqual(['', 'f'.repeat(length)])
  })

  test('a server name of 64 bytes moves to option 66', () => {
    const packet = mustDecode(encodePacket({...plain, serverName: 's'.repeat(64)}))
    expect([packet.serverName, packet.options.get(66)?.length]).toEqual(['', 64])
  })

  test('any packet comes back as it was', () => {
    const address = fc.nat(0xffffffff).map(ipv4FromNumber)
    const bytes = (length: number) => fc.uint8Array({minLength: length, maxLength: length})
    const text = (maxLength: number) => fc.array(fc.integer({min: 1, max: 255}), {maxLength}).map((codes) => String.fromCharCode(...codes))
    const options = fc
      .uniqueArray(fc.tuple(fc.integer({min: 1, max: 254}), fc.uint8Array({maxLength: 600})), {maxLength: 12, selector: ([code]) => code})
      .map((list) => new Map(list.filter(([code]) => ![50, 52, 53, 54].includes(code))))
    const packets: fc.Arbitrary<Dhcp4Packet> = fc.record({
      op: fc.constantFrom('request', 'reply'),
      hops: fc.nat(255),
      xid: fc.nat(0xffffffff),
      secs: fc.nat(0xffff),
      broadcast: fc.boolean(),
      ciaddr: address,
      yiaddr: address,
      siaddr: address,
      giaddr: address,
      mac: bytes(6).map(macFromBytes),
      serverName: text(63),
      filename: text(127),
      options,
    })
    fc.assert(
      fc.property(packets, (packet) => {
        expect(mustDecode(encodePacket(packet))).toEqual(packet)
      }),
      {numRuns: 500},
    )
  })
})
