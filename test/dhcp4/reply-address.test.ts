import {describe, expect, test} from 'vitest'
import {type Arrival, replyAddress} from '../../src/dhcp4/reply-address.js'
import {parseIpv4, parseSubnet} from '../../src/net/ipv4.js'
import {decodeCapture} from './captures.js'

const subnet = parseSubnet('10.77.0.0/24')
const ack = decodeCapture('isc-ack-to-ipxe')
const nak = {...ack, options: new Map([[53, Uint8Array.of(6)]])}
const client = parseIpv4('10.77.0.50')
const relay = parseIpv4('10.77.0.7')
const foreign = parseIpv4('10.88.0.7')

function arrival(address: string, port = 68, cast: Arrival['cast'] = 'broadcast'): Arrival {
  return {from: {address: parseIpv4(address), port}, cast}
}

describe('a reply goes', () => {
  test.each<[string, string | undefined, typeof ack, Arrival]>([
    ['by broadcast to a client without an address', '255.255.255.255:68', ack, arrival('0.0.0.0')],
    ['to the address a renewing client has', '10.77.0.50:68', {...ack, ciaddr: client}, arrival('10.77.0.50', 68, 'unicast')],
    ['to the address a rebinding client has', '10.77.0.50:68', {...ack, ciaddr: client}, arrival('10.77.0.50')],
    ['to the relay', '10.77.0.7:67', {...ack, giaddr: relay}, arrival('10.77.0.7', 67, 'unicast')],
    [
      'to the relay, even if that sends from another port',
      '10.77.0.7:67',
      {...ack, giaddr: relay},
      arrival('10.77.0.7', 40_000, 'unicast'),
    ],
    ['by broadcast when it is a NAK', '255.255.255.255:68', {...nak, ciaddr: client}, arrival('10.77.0.50', 68, 'unicast')],
    ['to the relay when it is a NAK', '10.77.0.7:67', {...nak, giaddr: relay}, arrival('10.77.0.7', 67, 'unicast')],
    ['back to a probe on the lab network', '10.77.0.1:40000', ack, arrival('10.77.0.1', 40_000, 'unicast')],
    ['back to a probe on loopback, NAK too', '127.0.0.1:40000', nak, arrival('127.0.0.1', 40_000, 'unicast')],
    ['by broadcast when a broadcast came from an odd port', '255.255.255.255:68', ack, arrival('10.77.0.9', 40_000)],
    ['nowhere for a unicast from elsewhere', undefined, ack, arrival('10.88.0.7', 40_000, 'unicast')],
    ['nowhere for a broadcast from elsewhere', undefined, ack, arrival('10.88.0.7')],
    ['nowhere for a relay elsewhere', undefined, {...ack, giaddr: foreign}, arrival('10.77.0.7', 67, 'unicast')],
    ['nowhere for a client that has an address elsewhere', undefined, {...ack, ciaddr: foreign}, arrival('0.0.0.0')],
  ])('%s', (_name, expected, reply, from) => {
    const to = replyAddress(reply, from, subnet)
    expect(to && `${to.address}:${to.port}`).toBe(expected)
  })
})
