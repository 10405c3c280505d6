import {expect, test} from 'vitest'
import {completeInitValues, proposeRange} from '../../src/lab/init-values.js'
import {parseIpv4, parseSubnet} from '../../src/net/ipv4.js'

const eth1 = {interface: 'eth1', address: '192.168.56.1', cidr: '192.168.56.1/24', internal: false}

test('server, subnet and range follow from the interface', () => {
  expect(completeInitValues({'network.interface': 'eth1'}, [eth1])).toEqual({
    'network.interface': 'eth1',
    'network.server': '192.168.56.1',
    'network.subnet': '192.168.56.0/24',
    'network.range': '192.168.56.100-192.168.56.199',
  })
})

test('what is given wins', () => {
  const values = completeInitValues({'network.interface': 'eth1', 'network.server': '192.168.56.9', 'network.range': '192.168.56.20-30'}, [
    eth1,
  ])
  expect(values).toMatchObject({'network.server': '192.168.56.9', 'network.range': '192.168.56.20-30'})
})

test('an unknown interface is refused with those that are there', () => {
  expect(() => completeInitValues({'network.interface': 'eth7'}, [eth1])).toThrow('eth7')
})

test('an unknown interface is fine where server and subnet are given: it may come up later', () => {
  const given = {'network.interface': 'vboxnet0', 'network.server': '10.0.0.1', 'network.subnet': '10.0.0.0/24'}
  expect(completeInitValues(given, [eth1])['network.range']).toBe('10.0.0.100-10.0.0.199')
})

test.each([
  ['10.0.0.0/30', '10.0.0.1', '10.0.0.2-10.0.0.2'],
  ['10.0.0.0/28', '10.0.0.1', '10.0.0.7-10.0.0.14'],
  ['10.0.0.0/16', '10.0.0.1', '10.0.0.100-10.0.0.199'],
])('the proposed range of %s leaves out the server', (subnet, server, expected) => {
  const range = proposeRange(parseSubnet(subnet), parseIpv4(server))
  expect(`${range.first}-${range.last}`).toBe(expected)
})
