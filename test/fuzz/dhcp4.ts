// The DHCPv4 codec, with noise and with damaged messages.
import {deepStrictEqual} from 'node:assert'
import fc from 'fast-check'
import {decodePacket, encodePacket} from '../../src/dhcp4/packet.js'
import {summarise} from '../../src/dhcp4/summarise.js'
import {type FuzzProperty, must} from './fuzz-property.js'

/** A header that is read as a message, then options as code, length, value, some of which lie about their length. */
const messages = fc
  .record({
    op: fc.constantFrom(1, 2, 1, 2, 0, 3),
    header: fc.uint8Array({minLength: 233, maxLength: 233}),
    options: fc.array(
      fc.record({code: fc.nat(255), value: fc.uint8Array({maxLength: 40}), lie: fc.constantFrom(0, 0, 0, 0, 0, 1, -1, 200)}),
      {maxLength: 12},
    ),
    hasEnd: fc.boolean(),
  })
  .map(({op, header, options, hasEnd}) => {
    const fields = options.flatMap(({code, value, lie}) => [code, (value.length + lie) & 0xff, ...value])
    return Uint8Array.of(op, 1, 6, ...header, 99, 130, 83, 99, ...fields, ...(hasEnd ? [255] : []))
  })

export const dhcp4Properties: readonly FuzzProperty[] = [
  {
    name: 'dhcp4: any datagram is decoded or refused with a reason, and what is decoded survives being written and read again',
    weight: 1,
    property: fc.property(fc.oneof({arbitrary: messages, weight: 4}, fc.uint8Array({maxLength: 600})), (datagram) => {
      const decoded = decodePacket(datagram)
      if (decoded.kind === 'malformed') return must(decoded.reason !== '', 'a reason')
      const {packet} = decoded
      must(!/[^ -~…]/.test(summarise(packet)), 'nothing that a terminal would obey')
      // Names that fill their fields move to options 66 and 67 and come back as those.
      if (packet.filename.length > 127 || packet.serverName.length > 63) return
      const again = decodePacket(encodePacket(packet))
      must(again.kind === 'packet', 'what was written is read')
      if (again.kind === 'packet') deepStrictEqual(again.packet, packet)
    }),
  },
]
