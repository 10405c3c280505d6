import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {
  broadcastOf,
  findIpv4,
  hostIpProblem,
  ipv4FromBytes,
  ipv4FromNumber,
  ipv4ToBytes,
  ipv4ToNumber,
  netmaskOf,
  parseIpv4,
  parseRange,
  parseSubnet,
  rangeAddresses,
  rangeHas,
  subnetFromNetmask,
  subnetHas,
} from '../../src/net/ipv4.js'

const anyNumber = fc.integer({min: 0, max: 0xffffffff})

test('numbers, bytes and text say the same address', () => {
  fc.assert(
    fc.property(anyNumber, (value) => {
      const ip = ipv4FromNumber(value)
      expect(parseIpv4(ip)).toBe(ip)
      expect(ipv4ToNumber(ip)).toBe(value)
      expect(ipv4FromBytes(ipv4ToBytes(ip))).toBe(ip)
    }),
  )
})

describe('what is not an address is refused', () => {
  test.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4/24', 'tk2', '1.2.3.-4'])('%j', (text) => {
    expect(findIpv4(text)).toBeUndefined()
    expect(() => parseIpv4(text)).toThrow('is not an IPv4 address')
  })
})

test('a subnet knows its mask, broadcast address and members', () => {
  const subnet = parseSubnet('192.168.56.0/23')
  expect(netmaskOf(subnet)).toBe('255.255.254.0')
  expect(broadcastOf(subnet)).toBe('192.168.57.255')
  expect(subnetHas(subnet, parseIpv4('192.168.57.9'))).toBe(true)
  expect(subnetHas(subnet, parseIpv4('192.168.58.0'))).toBe(false)
  expect(hostIpProblem(subnet, parseIpv4('192.168.57.255'))).toContain('broadcast')
  expect(hostIpProblem(subnet, parseIpv4('192.168.56.0'))).toContain('network address')
  expect(hostIpProblem(subnet, parseIpv4('10.0.0.1'))).toContain('not in the subnet')
  expect(hostIpProblem(subnet, parseIpv4('192.168.56.255'))).toBeUndefined()
})

test('host bits in a subnet are refused with the subnet that was meant', () => {
  expect(() => parseSubnet('192.168.56.1/24')).toThrow('host bits')
  expect(() => parseSubnet('192.168.56.0/33')).toThrow('is not a subnet')
  expect(() => parseSubnet('192.168.56.0')).toThrow('is not a subnet')
})

test('netmask and prefix agree for every prefix', () => {
  for (let prefix = 1; prefix <= 30; prefix++) {
    const subnet = parseSubnet(`128.0.0.0/${prefix}`)
    expect(subnetFromNetmask(subnet.address, netmaskOf(subnet))).toEqual(subnet)
  }
  expect(subnetFromNetmask(parseIpv4('10.0.0.0'), parseIpv4('255.0.255.0'))).toBeUndefined()
})

test('a range may be written short and is listed in order', () => {
  const range = parseRange('192.168.56.254-192.168.57.1')
  expect([...rangeAddresses(range)]).toEqual(['192.168.56.254', '192.168.56.255', '192.168.57.0', '192.168.57.1'])
  expect(parseRange('10.0.0.5-9')).toEqual({first: '10.0.0.5', last: '10.0.0.9'})
  expect(rangeHas(range, parseIpv4('192.168.57.0'))).toBe(true)
  expect(() => parseRange('10.0.0.9-10.0.0.5')).toThrow('ends before it begins')
  expect(() => parseRange('10.0.0.9')).toThrow('is not an address range')
})
