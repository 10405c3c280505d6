import {describe, expect, test} from 'vitest'
import {type FreeIpQuestion, nextFreeIp, nextFreeName} from '../../src/hosts/free.js'
import {ipv4FromNumber, ipv4ToNumber, parseIpv4, parseRange, parseSubnet} from '../../src/net/ipv4.js'

type Asked = {range: string; subnet?: string; server?: string; gateway?: string; taken?: readonly string[]; avoid?: readonly string[]}

function question({range, subnet = '192.168.56.0/24', server, gateway, taken = [], avoid = []}: Asked): FreeIpQuestion {
  return {
    range: parseRange(range),
    subnet: parseSubnet(subnet),
    server: server === undefined ? undefined : parseIpv4(server),
    gateway: gateway === undefined ? undefined : parseIpv4(gateway),
    taken: new Set(taken.map(parseIpv4)),
    avoid: avoid.map(parseRange),
  }
}

describe('the next free address', () => {
  test.each<[string, Asked, string]>([
    ['is the first of the range', {range: '192.168.56.100-199'}, '192.168.56.100'],
    ['fills the first gap', {range: '192.168.56.100-199', taken: ['192.168.56.100', '192.168.56.102']}, '192.168.56.101'],
    ['is not the server and not the gateway', {range: '192.168.56.1-9', server: '192.168.56.1', gateway: '192.168.56.2'}, '192.168.56.3'],
    ['is not the address of the network', {range: '192.168.56.0-9'}, '192.168.56.1'],
    ['is not a dynamic one', {range: '192.168.56.100-199', avoid: ['192.168.56.90-149', '192.168.56.150-152']}, '192.168.56.153'],
    ['crosses the last byte', {range: '10.0.0.255-10.0.1.9', subnet: '10.0.0.0/8', taken: ['10.0.0.255']}, '10.0.1.0'],
    ['stays in the subnet where the range is wider', {range: '192.168.55.0-192.168.57.255'}, '192.168.56.1'],
  ])('%s', (_, asked, ip) => expect(nextFreeIp(question(asked))).toEqual({ip}))

  test('is outside of a range that is all dynamic, and says so', () => {
    const asked = {range: '192.168.56.100-199', avoid: ['192.168.56.100-199'], taken: ['192.168.56.200']}
    expect(nextFreeIp(question(asked))).toEqual({
      ip: '192.168.56.201',
      note: expect.stringContaining('outside of the range 192.168.56.100-192.168.56.199'),
    })
  })

  test('is below the range where nothing is left above it', () => {
    const asked = {range: '192.168.56.100-254', avoid: ['192.168.56.100-254'], server: '192.168.56.1'}
    expect(nextFreeIp(question(asked)).ip).toBe('192.168.56.2')
  })

  test.each<[string, Asked]>([
    ['every address is taken', {range: '192.168.56.253-255', taken: ['192.168.56.253', '192.168.56.254']}],
    ['what is not dynamic is taken', {range: '192.168.56.10-12', avoid: ['192.168.56.10-11'], taken: ['192.168.56.12']}],
    ['all of the subnet is dynamic', {range: '192.168.56.10-12', avoid: ['192.168.56.1-254']}],
  ])('is an error where %s', (_, asked) => {
    expect(() => nextFreeIp(question(asked))).toThrow(expect.objectContaining({code: 'RANGE_EXHAUSTED', exitCode: 4}))
  })

  test('takes few steps through a closed /8 with many hosts', () => {
    const first = ipv4ToNumber(parseIpv4('10.255.0.0'))
    const taken = Array.from({length: 50_000}, (_, index) => ipv4FromNumber(first + index))
    const asked = {range: '10.0.0.1-10.255.255.254', subnet: '10.0.0.0/8', avoid: ['10.0.0.0-10.254.255.255'], taken}
    expect(nextFreeIp(question(asked)).ip).toBe(ipv4FromNumber(first + 50_000))
  })
})

test.each([
  [[], 'host-56-107'],
  [['host-56-107'], 'host-168-56-107'],
  [['host-56-107', 'host-168-56-107', 'host-192-168-56-107'], 'host-192-168-56-107-2'],
])('the name for 192.168.56.107 with %j taken is %s', (taken, name) => {
  expect(nextFreeName(parseIpv4('192.168.56.107'), new Set(taken))).toBe(name)
})
