import {describe, expect, test} from 'vitest'
import {renderDuration, renderServedDhcp, renderServeEvent, renderServeTotals} from '../../src/cli/serve-text.js'
import {renderEventJson, renderNoteJson} from '../../src/cli/serve-json.js'
import type {ServedDhcp} from '../../src/operations/serve-dhcp.js'
import type {ServeEvent} from '../../src/operations/serve-event.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'

const at = new Date(2024, 4, 6, 12, 3, 9)
type Transfer = Exclude<ServeEvent, {protocol: 'dhcp'}>
const tftp: Transfer = {
  protocol: 'tftp',
  kind: 'done',
  client: '10.0.0.21',
  port: 2070,
  name: 'pxelinux.0',
  sizeBytes: 42_000,
  bytes: 42_000,
  durationMs: 8.4321,
}

describe('the line of a transfer', () => {
  const check = (changes: Partial<Transfer>, expected: string | undefined): void => {
    expect(renderServeEvent({...tftp, ...changes}, at)).toBe(expected)
  }

  test('says what, how much, how long and how fast', () => check({}, '12:03:09 tftp 10.0.0.21 pxelinux.0 42.0 kB in 8 ms, 5.0 MB/s'))
  test('says what was agreed and what was sent again', () =>
    check(
      {blksize: 1408, windowsize: 4, retransmits: 2},
      '12:03:09 tftp 10.0.0.21 pxelinux.0 42.0 kB in 8 ms, 5.0 MB/s, blksize 1408, windowsize 4, 2 retransmits',
    ))
  test('has no rate where nothing of a size was sent', () => check({bytes: 512}, '12:03:09 tftp 10.0.0.21 pxelinux.0 512 B in 8 ms'))
  test('has no rate where the clock could not measure one', () =>
    check({durationMs: 0.2}, '12:03:09 tftp 10.0.0.21 pxelinux.0 42.0 kB in 0 ms'))
  test('says what is worth knowing about a success', () =>
    check(
      {bytes: 0, message: 'the client only asked for the size'},
      '12:03:09 tftp 10.0.0.21 pxelinux.0 0 B in 8 ms, the client only asked for the size',
    ))
  test('tells HEAD and part of a file from a whole one', () => {
    check({protocol: 'http', method: 'HEAD', status: 200, bytes: 0}, '12:03:09 http 10.0.0.21 pxelinux.0 0 B in 8 ms, HEAD')
    check({protocol: 'http', method: 'GET', status: 206}, '12:03:09 http 10.0.0.21 pxelinux.0 42.0 kB in 8 ms, 5.0 MB/s, status 206')
  })
  test('says why one failed', () =>
    check(
      {kind: 'failed', message: 'no answer to block 3, sent 6 times', retransmits: 5},
      '12:03:09 tftp 10.0.0.21 pxelinux.0 failed after 42.0 kB: no answer to block 3, sent 6 times, 5.0 MB/s, 5 retransmits',
    ))
  test('is nothing at the start', () => check({kind: 'start'}, undefined))
  test('lets no control character through', () =>
    check({kind: 'refused', name: 'a\u001b[31m\nb', message: 'x\u0007'}, String.raw`12:03:09 tftp 10.0.0.21 a\x1b[31m\x0ab refused: x\x07`))
})

test('the account of a run', () => {
  const none = {transfers: 0, errors: 0, refused: 0, bytes: 0, retransmits: 0, clients: 0}
  expect(renderServeTotals(none, 1499)).toBe('stopped after 1 s: 0 transfers to 0 clients, 0 B')
  const some = {transfers: 12, errors: 1, refused: 4, bytes: 45_000_000, retransmits: 1, clients: 1}
  expect(renderServeTotals(some, 7_380_000)).toBe(
    'stopped after 2 h 3 min: 12 transfers to 1 client, 45.0 MB, 1 failed, 4 refused, 1 retransmit',
  )
  expect([59_499, 59_500, 3_599_499, 90_000_000].map(renderDuration)).toEqual(['59 s', '1 min 0 s', '59 min 59 s', '1 d 1 h'])
})

describe('JSON lines', () => {
  test('of a transfer: known keys in a fixed order, nothing from inside', () => {
    const event = {...tftp, retransmits: 0, blksize: 1408, windowsize: 1, inside: 'secret'} as Transfer
    expect(renderEventJson(event, at)).toBe(
      `{"time":"${at.toISOString()}","protocol":"tftp","kind":"done","client":"10.0.0.21","port":2070,"name":"pxelinux.0","sizeBytes":42000,` +
        '"bytes":42000,"durationMs":8.432,"retransmits":0,"blksize":1408,"windowsize":1}',
    )
  })

  test('of DHCP', () => {
    const event = {protocol: 'dhcp', kind: 'ack', mac: parseMac('080027123456'), message: 'ACK xid 1'} as const
    expect(JSON.parse(renderEventJson(event, at))).toEqual({time: at.toISOString(), ...event})
  })

  test('stay one line, and drive no terminal', () => {
    const name = 'a\n\u001b[2J\u009b1m\u2028\u202e'
    const line = renderEventJson({...tftp, name}, at)
    expect(line).toMatch(/^[ -~]*$/)
    expect(JSON.parse(line)).toMatchObject({name})
  })

  test('of the program itself', () => {
    expect(JSON.parse(renderNoteJson({kind: 'stopped', durationMs: 1.23456, transfers: 3}, at))).toEqual({
      time: at.toISOString(),
      kind: 'stopped',
      durationMs: 1.235,
      transfers: 3,
    })
  })
})

describe('what DHCP runs, where and why there', () => {
  const full: ServedDhcp = {
    mode: 'full',
    interface: 'eth1',
    address: '192.168.56.1',
    chosenBy: 'network.interface',
    range: undefined,
    others: [],
  }
  const far = {serverId: parseIpv4('192.168.56.254'), offered: undefined, kind: 'dhcp'} as const

  test.each<[Partial<ServedDhcp>, string]>([
    [{}, 'DHCP on eth1 (192.168.56.1, from network.interface) for the hosts of the lab'],
    [
      {range: '192.168.56.100-192.168.56.199', chosenBy: 'network.server'},
      'DHCP on eth1 (192.168.56.1, from network.server) for the hosts of the lab, and for others from 192.168.56.100-192.168.56.199',
    ],
    [
      {mode: 'proxy', others: [far, {...far, kind: 'proxy', serverId: parseIpv4('192.168.56.7')}]},
      'proxyDHCP on eth1 (192.168.56.1, from network.interface): names boot files to all PXE clients, beside the DHCP server 192.168.56.254',
    ],
    [
      {mode: 'proxy', interface: undefined},
      'proxyDHCP on the network (192.168.56.1, from network.interface): names boot files to all PXE clients, gives no addresses',
    ],
  ])('%j', (changed, expected) => {
    expect(renderServedDhcp({...full, ...changed})).toBe(expected)
  })
})
