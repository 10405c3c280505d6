import {describe, expect, test} from 'vitest'
import {decideReply} from '../../src/dhcp4/decide.js'
import type {FullNetwork} from '../../src/dhcp4/full-reply.js'
import type {Decision} from '../../src/dhcp4/decision.js'
import {type MessageType, messageTypeNumber} from '../../src/dhcp4/option-codes.js'
import {addressBytes, findText, findUint32} from '../../src/dhcp4/option-values.js'
import {type Dhcp4Packet, encodePacket, noAddress} from '../../src/dhcp4/packet.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {captureNames, decodeCapture, describePacket, expectGolden, mustDecode, toHex} from './captures.js'
import {decideForLab, network, tk1} from './lab.js'

const [us, other, own, wrong] = ['10.77.0.1', '10.77.0.2', '10.77.0.50', '10.77.0.99'].map(parseIpv4)

/** A request by the host, in the terms of RFC 2131 table 5. */
type Asked = {
  readonly type: MessageType
  readonly serverId?: typeof us
  readonly requested?: typeof us
  readonly fields?: Partial<Dhcp4Packet>
}

function ask({type, serverId, requested, fields = {}}: Asked): Dhcp4Packet {
  const packet = decodeCapture('ipxe-rom-discover')
  const options = new Map(packet.options).set(53, Uint8Array.of(messageTypeNumber(type)))
  if (serverId !== undefined) options.set(54, addressBytes(serverId))
  if (requested !== undefined) options.set(50, addressBytes(requested))
  return {...packet, options, ...fields}
}

function replyOf(decision: Decision): Dhcp4Packet {
  if (decision.kind !== 'reply') throw new Error(`no reply: ${JSON.stringify(decision)}`)
  return decision.packet
}

describe('whole replies to real firmware', () => {
  const requests = captureNames.filter((name) => decodeCapture(name).op === 'request')

  test.each(requests)('%s', (name) => {
    const decision = decideForLab(decodeCapture(name))
    const shown = decision.kind === 'reply' ? {...decision, packet: describePacket(decision.packet)} : decision
    expectGolden(name, 'expected-decision.json', shown)
    if (decision.kind === 'reply') expect(mustDecode(encodePacket(decision.packet))).toEqual(decision.packet)
  })

  test('agree with ISC dhcpd on what both say', () => {
    const ours = replyOf(decideForLab(decodeCapture('ipxe-rom-request')))
    const theirs = decodeCapture('isc-ack-to-ipxe')
    for (const field of ['xid', 'broadcast', 'yiaddr', 'siaddr', 'giaddr', 'mac', 'filename'] as const)
      expect(ours[field]).toBe(theirs[field])
    for (const code of [53, 54, 51, 1]) expect(toHex(ours.options.get(code))).toBe(toHex(theirs.options.get(code)))
  })
})

describe('REQUEST in each state of the client', () => {
  test.each<[string, Omit<Asked, 'type'>, string]>([
    ['SELECTING us', {serverId: us!, requested: own!}, 'ack'],
    ['SELECTING us, for an address that is not its own', {serverId: us!, requested: wrong!}, 'nak'],
    ['SELECTING another server', {serverId: other!, requested: own!}, 'it takes the offer of 10.77.0.2'],
    ['SELECTING us without an address', {serverId: us!}, 'the request names no address'],
    ['INIT-REBOOT', {requested: own!}, 'ack'],
    ['INIT-REBOOT with an address from elsewhere', {requested: wrong!}, 'nak'],
    ['RENEWING or REBINDING', {fields: {ciaddr: own!}}, 'ack'],
    ['RENEWING an address it no longer has', {fields: {ciaddr: wrong!}}, 'nak'],
    ['no state at all', {}, 'the request names no address'],
  ])('%s', (_name, asked, expected) => {
    const decision = decideForLab(ask({type: 'request', ...asked}))
    expect(decision.kind === 'reply' ? decision.type : decision.kind === 'ignore' && decision.reason).toBe(expected)
  })

  test('an ACK says again which address the client has', () => {
    const ack = replyOf(decideForLab(ask({type: 'request', fields: {ciaddr: own!}})))
    expect([ack.ciaddr, ack.yiaddr]).toEqual([own, own])
  })

  test('a NAK has a reason and nothing else', () => {
    const nak = replyOf(decideForLab(ask({type: 'request', requested: wrong!})))
    expect(findText(nak.options, 56)).toBe('tk1 is 10.77.0.50, not 10.77.0.99')
    expect([nak.ciaddr, nak.yiaddr, nak.siaddr, nak.filename]).toEqual([noAddress, noAddress, noAddress, ''])
    expect([...nak.options.keys()]).toEqual([53, 54, 61, 97, 56])
  })

  test('a NAK through a relay asks for broadcast', () => {
    const request = ask({type: 'request', requested: wrong!, fields: {giaddr: other!}})
    expect(replyOf(decideForLab(request)).broadcast).toBe(true)
  })

  test('beside another server nobody is refused', () => {
    const decision = decideReply(ask({type: 'request', requested: wrong!}), {...network, authoritative: false}, tk1)
    expect(decision).toEqual({kind: 'ignore', reason: 'tk1 is 10.77.0.50, not 10.77.0.99'})
  })
})

describe('other messages', () => {
  test('INFORM is told everything but an address and a lease', () => {
    const ack = replyOf(decideForLab(ask({type: 'inform', fields: {ciaddr: own!}})))
    expect([ack.yiaddr, ack.ciaddr, ack.filename]).toEqual([noAddress, own, 'http://10.77.0.1/boot.ipxe'])
    expect([51, 58, 59].map((code) => ack.options.has(code))).toEqual([false, false, false])
    expect(toHex(ack.options.get(1))).toBe('ffffff00')
  })

  test('RELEASE and DECLINE are noted and change nothing', () => {
    expect(decideForLab(ask({type: 'release', fields: {ciaddr: own!}}))).toEqual({
      kind: 'note',
      message: 'tk1 gave 10.77.0.50 back; it stays reserved',
      name: 'tk1',
    })
    expect(decideForLab(ask({type: 'decline', requested: own!}))).toMatchObject({
      kind: 'note',
      message: 'tk1 found 10.77.0.50 in use by another machine',
    })
    expect(decideForLab(ask({type: 'discover'})).kind).toBe('reply')
  })

  test.each<[string, Dhcp4Packet, RegExp]>([
    [
      'a stranger',
      {...ask({type: 'discover'}), mac: decodeCapture('ipxe-rom-discover').mac.replace('c3', 'c4') as typeof tk1.mac},
      /not in the host database/,
    ],
    ['a reply of another server', decodeCapture('isc-ack-to-ipxe'), /no DHCP request/],
    ['BOOTP', {...ask({type: 'discover'}), options: new Map()}, /no DHCP request/],
    ['an OFFER in a request', ask({type: 'offer'}), /does not send OFFER/],
    ['a relay on another network', ask({type: 'discover', fields: {giaddr: parseIpv4('10.88.0.1')}}), /relay 10\.88\.0\.1 is not in/],
  ])('%s is ignored', (_name, request, reason) => {
    expect(decideForLab(request)).toEqual({kind: 'ignore', reason: expect.stringMatching(reason) as string})
  })

  test('a host whose address lies elsewhere is not answered', () => {
    const stray = {...tk1, ip: parseIpv4('192.168.1.5')}
    expect(decideReply(ask({type: 'discover'}), network, stray)).toMatchObject({
      kind: 'ignore',
      reason: expect.stringContaining('192.168.1.5') as string,
    })
  })
})

describe('what an OFFER carries', () => {
  const offerOf = (name: string, changed: Partial<FullNetwork> = {}) =>
    replyOf(decideReply(decodeCapture(name), {...network, ...changed}, tk1))

  test('T1 and T2 follow from the lease; an hour when nothing is set', () => {
    const times = (packet: Dhcp4Packet) => [51, 58, 59].map((code) => findUint32(packet.options, code))
    expect(times(offerOf('udhcpc-discover'))).toEqual([600, 300, 525])
    expect(times(offerOf('udhcpc-discover', {leaseSeconds: undefined}))).toEqual([3600, 1800, 3150])
  })

  test('a client gets the parameters it asks for, and all of them when it sends no list', () => {
    const request = decodeCapture('udhcpc-discover')
    const asked = (codes?: readonly number[]) => {
      const options = new Map(request.options)
      if (codes === undefined) options.delete(55)
      else options.set(55, Uint8Array.from(codes))
      return [...replyOf(decideReply({...request, options}, network, tk1)).options.keys()].filter((code) =>
        [1, 3, 6, 12, 15, 28].includes(code),
      )
    }
    expect(asked([28, 3, 1])).toEqual([1, 3, 28])
    expect(asked([])).toEqual([])
    expect(asked()).toEqual([1, 3, 6, 12, 15, 28])
  })

  test('a lab without router, name servers and domain sends none', () => {
    const offer = offerOf('udhcpc-discover', {gateway: undefined, dns: [], domain: undefined})
    expect([3, 6, 15].map((code) => offer.options.has(code))).toEqual([false, false, false])
  })

  test('firmware that the lab has no file for gets an address and no boot options', () => {
    const offer = offerOf('ovmf-pxe-discover', {filenameFor: () => undefined})
    expect([offer.yiaddr, offer.siaddr, offer.filename]).toEqual([own, noAddress, ''])
    expect([43, 60, 66, 67, 175].map((code) => offer.options.has(code))).toEqual([false, false, false, false, false])
  })

  test('files may come from another machine', () => {
    const offer = offerOf('plain-rom-discover', {nextServer: other})
    expect([offer.siaddr, findText(offer.options, 66)]).toEqual([other, '10.77.0.2'])
  })

  test.each([
    ['ipxe-rom-discover', '060108ff', 'PXEClient', 'b00101'],
    ['ovmf-pxe-discover', '060108ff', 'PXEClient', undefined],
    ['ovmf-http-discover', undefined, 'HTTPClient', undefined],
    ['udhcpc-discover', undefined, undefined, undefined],
  ])('%s: options 43, 60 and 175', (name, vendorSpecific, vendorClass, ipxe) => {
    const {options} = offerOf(name)
    expect([toHex(options.get(43)), findText(options, 60), toHex(options.get(175))]).toEqual([vendorSpecific, vendorClass, ipxe])
  })
})
