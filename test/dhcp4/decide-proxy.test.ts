import {describe, expect, test} from 'vitest'
import {concernsProxy, decideProxy, type ProxyHost, type ProxyNetwork} from '../../src/dhcp4/decide-proxy.js'
import type {Decision} from '../../src/dhcp4/decision.js'
import {messageTypeNumber, type MessageType} from '../../src/dhcp4/option-codes.js'
import {findText} from '../../src/dhcp4/option-values.js'
import {type Dhcp4Packet, encodePacket, noAddress} from '../../src/dhcp4/packet.js'
import type {Arrival} from '../../src/dhcp4/reply-address.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {captureNames, decodeCapture, describePacket, expectGolden, mustDecode, toHex} from './captures.js'
import {network as full, tk1} from './lab.js'

const network: ProxyNetwork = {server: full.server, filenameFor: full.filenameFor}
const requests = captureNames.filter((name) => decodeCapture(name).op === 'request')

function decide(request: Dhcp4Packet, cast: Arrival['cast'] = 'broadcast', host: ProxyHost | undefined = tk1): Decision {
  return decideProxy(request, network, host, cast)
}

function replyOf(decision: Decision): Dhcp4Packet {
  if (decision.kind !== 'reply') throw new Error(`no reply: ${JSON.stringify(decision)}`)
  return decision.packet
}

function withOption(packet: Dhcp4Packet, code: number, value: Uint8Array | undefined): Dhcp4Packet {
  const options = new Map(packet.options)
  if (value === undefined) options.delete(code)
  else options.set(code, value)
  return {...packet, options}
}

const ofType = (type: MessageType, name = 'ovmf-pxe-discover'): Dhcp4Packet =>
  withOption(decodeCapture(name), 53, Uint8Array.of(messageTypeNumber(type)))

describe('whole decisions about real firmware', () => {
  test.each(requests)('%s', (name) => {
    const decision = decide(decodeCapture(name), name.startsWith('proxy-4011') ? 'proxy' : 'broadcast')
    const shown = decision.kind === 'reply' ? {...decision, packet: describePacket(decision.packet)} : decision
    expectGolden(name, 'expected-proxy-decision.json', shown)
    if (decision.kind === 'reply') expect(mustDecode(encodePacket(decision.packet))).toEqual(decision.packet)
  })
})

describe('the offer', () => {
  test.each([
    ['ipxe-rom-discover', '060108ff', 'PXEClient', 'http://10.77.0.1/boot.ipxe'],
    ['plain-rom-discover', '060108ff', 'PXEClient', 'undionly.kpxe'],
    ['ovmf-pxe-discover', '060108ff', 'PXEClient', 'ipxe.efi'],
    ['arm64-pxe-discover', '060108ff', 'PXEClient', 'arm64/ipxe.efi'],
    ['ovmf-http-discover', undefined, 'HTTPClient', 'http://10.77.0.1/ipxe.efi'],
  ])('to %s: option 43, the class, the file; no address and nothing of the network', (name, vendorSpecific, vendorClass, file) => {
    const request = decodeCapture(name)
    const offer = replyOf(decide(request))
    expect([toHex(offer.options.get(43)), findText(offer.options, 60), offer.filename]).toEqual([vendorSpecific, vendorClass, file])
    expect([offer.yiaddr, offer.ciaddr, offer.siaddr, offer.xid, offer.broadcast]).toEqual([
      noAddress,
      noAddress,
      network.server,
      request.xid,
      request.broadcast,
    ])
    expect(toHex(offer.options.get(97))).toBe(toHex(request.options.get(97)))
    expect([1, 3, 6, 12, 15, 51, 58, 59, 175].filter((code) => offer.options.has(code))).toEqual([])
  })

  test('goes to machines that no host knows, without a name', () => {
    expect(decideProxy(decodeCapture('ovmf-pxe-discover'), network, undefined, 'broadcast')).toMatchObject({kind: 'reply', type: 'offer'})
    expect(decideProxy(decodeCapture('ovmf-pxe-discover'), network, undefined, 'broadcast')).not.toHaveProperty('name')
  })

  test('names the file of the firmware that the host is known to have', () => {
    const fileFor = (name: string, firmware: 'bios' | 'uefi') =>
      replyOf(decide(decodeCapture(name), 'broadcast', {name: 'tk1', firmware})).filename
    expect(fileFor('plain-rom-discover', 'uefi')).toBe('ipxe.efi')
    expect(fileFor('ovmf-pxe-discover', 'bios')).toBe('undionly.kpxe')
    expect(fileFor('arm64-pxe-discover', 'uefi')).toBe('arm64/ipxe.efi')
  })

  test('is not made for an architecture without a file, and the event says which', () => {
    const odd = withOption(decodeCapture('ovmf-pxe-discover'), 93, Uint8Array.of(0, 77))
    expect(decide(odd)).toEqual({kind: 'ignore', reason: 'the lab has no boot file for architecture 77'})
  })
})

describe('port 4011', () => {
  const ask = decodeCapture('proxy-4011-request')

  test('answers with the file and the boot item that was asked for', () => {
    const ack = replyOf(decide(ask, 'proxy'))
    expect([ack.ciaddr, ack.yiaddr, ack.siaddr, ack.filename]).toEqual(['10.77.0.50', noAddress, '10.77.0.1', 'http://10.77.0.1/boot.ipxe'])
    expect(toHex(ack.options.get(43))).toBe('470480030000ff')
  })

  test('tells a client that chose no item to boot the file', () => {
    expect(toHex(replyOf(decide(withOption(ask, 43, undefined), 'proxy')).options.get(43))).toBe('060108ff')
  })

  test('takes nothing but questions', () => {
    for (const type of ['discover', 'release', 'decline', 'offer', 'ack'] as const)
      expect(decide(ofType(type, 'proxy-4011-request'), 'proxy').kind).toBe('ignore')
  })
})

describe('what is none of its business', () => {
  test.each<[string, Dhcp4Packet, string | RegExp]>([
    ['an operating system', decodeCapture('udhcpc-discover'), /boots nothing/],
    ['a reply', decodeCapture('isc-offer-to-ovmf'), /boots nothing/],
    ['the REQUEST to the other server', decodeCapture('ovmf-pxe-request'), 'it takes the address that 10.77.0.1 offers'],
    ['a renewal', withOption(decodeCapture('ovmf-pxe-request'), 54, undefined), /asks the DHCP server for its address/],
    ['a relay', {...decodeCapture('ovmf-pxe-discover'), giaddr: parseIpv4('10.77.0.7')}, /the relay 10\.77\.0\.7/],
    ['RELEASE', ofType('release'), 'RELEASE is for the DHCP server'],
    ['BOOTP', withOption(decodeCapture('ovmf-pxe-discover'), 53, undefined), 'BOOTP is for the DHCP server'],
  ])('%s', (_name, request, reason) => {
    const decision = decide(request)
    expect(decision.kind === 'ignore' && decision.reason).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason))
  })

  test('is known before anything is told', () => {
    expect(requests.filter((name) => !concernsProxy(decodeCapture(name)))).toEqual(['udhcpc-discover'])
  })
})

test('siaddr and option 66, file and option 67 say the same, in every reply of both modes', async () => {
  const {decideReply} = await import('../../src/dhcp4/decide.js')
  for (const name of requests) {
    const request = decodeCapture(name)
    for (const decision of [decideReply(request, full, tk1), decide(request), decide(request, 'proxy')]) {
      if (decision.kind !== 'reply' || decision.packet.filename === '') continue
      const {options, siaddr, filename} = decision.packet
      const asked = [...(request.options.get(55) ?? [66, 67])]
      expect(findText(options, 66)).toBe(asked.includes(66) ? siaddr : undefined)
      expect(findText(options, 67)).toBe(asked.includes(67) ? filename : undefined)
    }
  }
})
