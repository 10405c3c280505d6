import {expect, test} from 'vitest'
import {firmwareOf, isBootClient} from '../../src/dhcp4/client-firmware.js'
import {decideProxy} from '../../src/dhcp4/decide-proxy.js'
import {findText} from '../../src/dhcp4/option-values.js'
import {decodePacket, encodePacket, noAddress} from '../../src/dhcp4/packet.js'
import {summarise} from '../../src/dhcp4/summarise.js'
import {mustDecode} from './captures.js'
import {decideForLab, network} from './lab.js'
import {mutants} from './mutants.js'

test('100,000 broken datagrams are each understood or refused with a reason', () => {
  const count = {packet: 0, malformed: 0, withoutReason: 0}
  for (const bytes of mutants(100_000, 20_261_121)) {
    const decoded = decodePacket(bytes)
    count[decoded.kind]++
    if (decoded.kind === 'malformed' && decoded.reason === '') count.withoutReason++
  }
  expect(count.packet + count.malformed).toBe(100_000)
  expect(Math.min(count.packet, count.malformed)).toBeGreaterThan(10_000)
  expect(count.withoutReason).toBe(0)
})

test('what is understood of 10,000 more is shown, judged and written back whole', () => {
  const wrong: string[] = []
  for (const bytes of mutants(10_000, 42)) {
    const decoded = decodePacket(bytes)
    if (decoded.kind === 'malformed') continue
    const {packet} = decoded
    if (/[^ -~…]/.test(summarise(packet))) wrong.push(`unescaped: ${JSON.stringify(summarise(packet))}`)
    const decision = decideForLab(packet)
    if (decision.kind === 'reply' && decision.packet.xid !== packet.xid) wrong.push('another xid')
    // Fields full to the last byte move to options 66 and 67; everything else must come back.
    const full = packet.filename.length > 127 || packet.serverName.length > 63
    const again = mustDecode(encodePacket(packet))
    if (!full && JSON.stringify([...again.options]) !== JSON.stringify([...packet.options])) wrong.push('options changed')
  }
  expect(wrong).toEqual([])
})

test('a proxy answers only who boots from the network, with a file and without an address, whatever the bytes', () => {
  const wrong: string[] = []
  let answered = 0
  for (const bytes of mutants(20_000, 77)) {
    const decoded = decodePacket(bytes)
    if (decoded.kind === 'malformed') continue
    const {packet} = decoded
    for (const cast of ['broadcast', 'proxy'] as const) {
      const decision = decideProxy(packet, network, undefined, cast)
      if (decision.kind !== 'reply') continue
      answered++
      const reply = mustDecode(encodePacket(decision.packet))
      const file = reply.filename || findText(reply.options, 67)
      if (packet.op !== 'request' || !isBootClient(firmwareOf(packet))) wrong.push(`answered ${summarise(packet)}`)
      if (reply.yiaddr !== noAddress || !file || reply.xid !== packet.xid || reply.mac !== packet.mac) wrong.push(summarise(reply))
    }
  }
  expect(wrong).toEqual([])
  expect(answered).toBeGreaterThan(1000)
})

test('no bytes outside the datagram are read', () => {
  for (const bytes of mutants(500, 3)) {
    const surrounded = new Uint8Array(bytes.length + 2000).fill(0xff)
    surrounded.set(bytes, 1000)
    expect(decodePacket(surrounded.subarray(1000, 1000 + bytes.length))).toEqual(decodePacket(bytes))
  }
})
