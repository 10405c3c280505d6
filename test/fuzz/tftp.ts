// TFTP's codec and the negotiation of options, with anything a network can carry.
import {deepStrictEqual} from 'node:assert'
import fc from 'fast-check'
import {defaultLimits, negotiate} from '../../src/tftp/options.js'
import {decodePacket, encodePacket, type Packet, summarise} from '../../src/tftp/packet.js'
import {type FuzzProperty, must} from './fuzz-property.js'

// Graphemes: half a surrogate pair cannot be written as UTF-8 and read back.
const words = fc.string({unit: 'grapheme', maxLength: 40}).filter((text) => !text.includes('\0'))
const options = fc.array(fc.tuple(words, words), {maxLength: 8})
const number = fc.nat(0xffff)

export const packets: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({kind: fc.constantFrom('rrq' as const, 'wrq' as const), name: words, mode: words.map((mode) => mode.toLowerCase()), options}),
  fc.record({kind: fc.constant('data' as const), block: number, bytes: fc.uint8Array({maxLength: 1500})}),
  fc.record({kind: fc.constant('ack' as const), block: number}),
  fc.record({kind: fc.constant('error' as const), errorCode: number, message: words}),
  fc.record({kind: fc.constant('oack' as const), options}),
)

/** Datagrams: noise, and packets with a few bytes changed, cut or added. */
export const datagrams: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({maxLength: 600}),
  fc
    .tuple(fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7), fc.uint8Array({maxLength: 60}))
    .map(([opcode, rest]) => Uint8Array.of(0, opcode, ...rest)),
  fc
    .record({
      packet: packets,
      changes: fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), {maxLength: 4}),
      cut: fc.nat(80),
      more: fc.uint8Array({maxLength: 20}),
    })
    .map(({packet, changes, cut, more}) => mutate(encodePacket(packet), changes, cut, more)),
)

const askedOptions = fc.array(
  fc.tuple(
    fc.oneof(fc.constantFrom('blksize', 'BlkSize', 'windowsize', 'timeout', 'tsize', 'multicast', '__proto__', 'constructor'), words),
    fc.oneof(fc.integer({min: -2, max: 70_000}).map(String), fc.bigInt().map(String), words),
  ),
  {maxLength: 10},
)

export const tftpProperties: readonly FuzzProperty[] = [
  {
    name: 'tftp: any datagram is decoded or refused with a reason, and what is decoded survives being written and read again',
    weight: 1,
    property: fc.property(datagrams, (datagram) => {
      const packet = decodePacket(datagram)
      must(summarise(packet).length < 70_000, 'a summary of bounded length')
      if (packet.kind === 'malformed') return must(packet.reason !== '', 'a reason')
      const again = decodePacket(encodePacket(packet))
      deepStrictEqual(plain(again), plain(packet))
    }),
  },
  {
    name: 'tftp: every packet comes back as it was written',
    weight: 1,
    property: fc.property(packets, (packet) => deepStrictEqual(plain(decodePacket(encodePacket(packet))), plain(packet))),
  },
  {
    name: 'tftp: options are granted at most once, only as asked, and within their limits',
    weight: 1,
    property: fc.property(askedOptions, fc.option(fc.nat(), {nil: undefined}), (asked, size) => {
      const {granted, terms} = negotiate(asked, size, defaultLimits)
      const names = granted.map(([name]) => name.toLowerCase())
      must(new Set(names).size === names.length, 'an option was granted twice')
      must(
        granted.every(([name]) => asked.some(([other]) => other === name)),
        'an option was granted that nobody asked for',
      )
      must(
        names.every((name) => ['blksize', 'windowsize', 'timeout', 'tsize'].includes(name)),
        'an unknown option was granted',
      )
      must(terms.blksize >= 8 && terms.blksize <= Math.max(512, defaultLimits.maxBlksize), `blksize ${terms.blksize}`)
      must(terms.windowsize >= 1 && terms.windowsize <= defaultLimits.maxWindowsize, `windowsize ${terms.windowsize}`)
      for (const [name, value] of granted) if (name.toLowerCase() === 'tsize') must(value === String(size), `tsize ${value} of ${size}`)
    }),
  },
]

/** Without the kinds of arrays, which say nothing here. */
function plain(packet: ReturnType<typeof decodePacket>): object {
  return packet.kind === 'data' ? {...packet, bytes: [...packet.bytes]} : {...packet}
}

function mutate(bytes: Uint8Array, changes: readonly (readonly [number, number])[], cut: number, more: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(bytes)
  for (const [at, value] of changes) if (changed.length > 0) changed[at % changed.length] = value
  return Uint8Array.of(...changed.subarray(0, cut % 3 === 0 ? Math.max(0, changed.length - cut) : changed.length), ...more)
}
