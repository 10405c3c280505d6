import fc from 'fast-check'
import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {decodePacket, encodePacket, type Packet, summarise} from '../../src/tftp/packet.js'

type Captured = {from: string; capture: string; summary: string; hex: string}
const captured = JSON.parse(readFileSync(new URL('../../fixtures/tftp/packets.json', import.meta.url), 'utf8')) as Captured[]

test.each(captured)('reads and writes what $from sends', ({hex, summary}) => {
  const packet = decodePacket(Buffer.from(hex, 'hex'))
  expect(summarise(packet)).toBe(summary)
  if (packet.kind !== 'malformed') expect(Buffer.from(encodePacket(packet)).toString('hex')).toBe(hex)
})

const text = fc.string({unit: 'grapheme'}).filter((value) => !value.includes('\0'))
const uint16 = fc.integer({min: 0, max: 65_535})
const options = fc.array(fc.tuple(text, text))
const packets: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('rrq' as const, 'wrq' as const),
    name: text,
    mode: fc.constantFrom('octet', 'netascii', 'mail'),
    options,
  }),
  fc.record({kind: fc.constant('data' as const), block: uint16, bytes: fc.uint8Array()}),
  fc.record({kind: fc.constant('ack' as const), block: uint16}),
  fc.record({kind: fc.constant('error' as const), errorCode: uint16, message: text}),
  fc.record({kind: fc.constant('oack' as const), options}),
)

test('a packet survives being written and read', () => {
  fc.assert(
    fc.property(packets, (packet) => {
      expect(decodePacket(encodePacket(packet))).toEqual(packet)
    }),
  )
})

test('any bytes are a packet or a PacketError, and have a summary', () => {
  const opcode = fc.constantFrom(...[0, 1, 2, 3, 4, 5, 6, 7, 255].map((code) => Uint8Array.of(0, code)))
  const datagrams = fc.tuple(fc.oneof(opcode, fc.uint8Array({maxLength: 2})), fc.uint8Array()).map((parts) => Buffer.concat(parts))
  fc.assert(
    fc.property(datagrams, (datagram) => summarise(decodePacket(datagram)) !== ''),
    {numRuns: 5000},
  )
})

test('a packet cut anywhere is never read past its end', () => {
  fc.assert(
    fc.property(packets, fc.nat(40), fc.uint8Array(), (packet, length, behind) => {
      const cut = encodePacket(packet).slice(0, length)
      const inside = new Uint8Array(Buffer.concat([cut, behind])).subarray(0, cut.length)
      expect(decodePacket(inside)).toEqual(decodePacket(cut))
    }),
  )
})

function check(bytes: string, expected: string): void {
  expect(summarise(decodePacket(Buffer.from(bytes, 'latin1')))).toBe(expected)
}

test('what is broken is named, what is only sloppy is read', () => {
  check('', 'malformed: shorter than an opcode')
  check('\0', 'malformed: shorter than an opcode')
  check('\0\x09abc', 'malformed: unknown opcode 9')
  check('\0\x01file', 'malformed: a request without file name and mode')
  check('\0\x01file\0octet', 'malformed: a request without file name and mode')
  check('\0\x04\0', 'malformed: shorter than its header')
  check('\0\x01file\0OcTeT\0', 'RRQ file octet')
  check('\0\x01file\0octet\0blksize\0', 'RRQ file octet')
  check('\0\x01file\0octet\0BLKSIZE\x001024\0garbage', 'RRQ file octet BLKSIZE=1024')
  check('\0\x05\0\x01no end', 'ERROR 1 no end')
  check('\0\x05\0\x01', 'ERROR 1 ')
  check('\0\x04\xff\xff', 'ACK 65535')
  check('\0\x03\0\x01', 'DATA 1 (0 bytes)')
})
