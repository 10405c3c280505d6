// Lease files. ISC's entries were written by dhcpd 4.4.3-P1 (isc-lease-samples.ts), other spellings of `ends` are those of dhcpd.leases(5).
import {expect, test} from 'vitest'
import {parseDnsmasqLeases} from '../../src/dhcp/dnsmasq-leases.js'
import type {HeldLease} from '../../src/dhcp/held-lease.js'
import {parseIscLeases} from '../../src/dhcp/isc-leases.js'
import {parseKeaLeases, readKeaLeases} from '../../src/dhcp/kea-leases.js'
import {HEAD, HELD, HELD_UNTIL, RELEASED} from './isc-lease-samples.js'

const inWords = (leases: readonly HeldLease[]): string[] => leases.map(({ip, mac, untilMs}) => `${ip} ${mac ?? '-'} ${untilMs / 1000}`)

test('dhcpd: the last entry of an address counts', () => {
  expect(parseIscLeases(HEAD + HELD)).toEqual([{ip: '192.168.56.100', mac: '52:54:00:a1:b2:c3', untilMs: HELD_UNTIL}])
  expect(parseIscLeases(HEAD + HELD + RELEASED)).toEqual([])
  expect(parseIscLeases(HEAD + RELEASED + HELD)).toHaveLength(1)
  expect(parseIscLeases('')).toEqual([])
  // Half an entry: dhcpd is writing.
  expect(parseIscLeases(HEAD + HELD + HELD.replace('.100', '.101').slice(0, 60))).toHaveLength(1)
})

test('dhcpd: every spelling of the end is read', () => {
  const endOf = (line: string): number | undefined => parseIscLeases(HELD.replace(/ends .*/, line))[0]?.untilMs
  expect(endOf('ends never;')).toBe(Infinity)
  expect(endOf('ends epoch 1795280282; # Sat Nov 21 16:58:02 2026')).toBe(HELD_UNTIL)
})

test('dhcpd: an abandoned address is nobody’s to give, whoever had it; VMware’s entries have no state', () => {
  expect(inWords(parseIscLeases(HELD.replace('binding state active', 'binding state abandoned')))).toEqual(['192.168.56.100 - Infinity'])
  const vmware = HELD.replace(/^.*binding state.*\n/gm, '').replace(/^ {2}/gm, '\t')
  expect(parseIscLeases(vmware)).toEqual(parseIscLeases(HELD))
})

const KEA_HEAD = 'address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n'
const kea = (last: number, lifetime: number, state = 0): string =>
  `192.168.56.${last},52:54:00:00:00:${last},01:52:54:00:00:00:${last},${lifetime},1795700702,1,0,0,,${state},\n`

test('Kea: the last line of an address counts, over all files; a lifetime of 0 takes a lease away', () => {
  const texts = [KEA_HEAD + kea(10, 600) + kea(11, 600) + kea(12, 600), KEA_HEAD + kea(11, 0) + kea(13, 0xffff_ffff)]
  expect(inWords(parseKeaLeases(texts))).toEqual([
    '192.168.56.10 52:54:00:00:00:10 1795700702',
    '192.168.56.12 52:54:00:00:00:12 1795700702',
    '192.168.56.13 52:54:00:00:00:13 Infinity',
  ])
})

test('Kea: a declined address is nobody’s, an expired or released lease is gone; columns may come in another order', () => {
  expect(inWords(parseKeaLeases([KEA_HEAD + kea(10, 600, 1) + kea(11, 600, 2) + kea(12, 600, 3)]))).toEqual(['192.168.56.10 - 1795700702'])
  const other = 'state,address,expire,valid_lifetime,hwaddr,pool_id\n0,192.168.56.10,1795700702,600,52:54:00:00:00:10,0\n'
  expect(inWords(parseKeaLeases([other]))).toEqual(['192.168.56.10 52:54:00:00:00:10 1795700702'])
  // Kea is writing, or it is none of Kea's files.
  expect(parseKeaLeases([KEA_HEAD + kea(10, 600) + kea(10, 0).slice(0, 25)])).toHaveLength(1)
  expect(parseKeaLeases(['', '\n', 'lease 192.168.56.10 {\n'])).toEqual([])
})

test('Kea: leases in a database are not seen, and that is told; leases that are not kept at all are none', async () => {
  expect(await readKeaLeases({'lease-database': {type: 'mysql'}}, 0)).toMatchObject({
    leases: [],
    warnings: [expect.stringContaining('mysql')],
  })
  expect(await readKeaLeases({'lease-database': {type: 'memfile', persist: false}}, 0)).toEqual({leases: [], warnings: []})
})

test('dnsmasq: leases of IPv4 alone, with or without an end', () => {
  const text = [
    '1795700702 52:54:00:00:00:10 192.168.56.10 tk2 01:52:54:00:00:00:10',
    '0 52:54:00:00:00:11 192.168.56.11 * *',
    '1795700702 06-00:20:e0:3b:13:af 192.168.56.12 * *',
    'duid 00:01:00:01:32:14:97:ca:52:54:00:00:00:01',
    '1795700702 1234567 fd00::10 tk2 00:01',
    '',
  ].join('\n')
  expect(inWords(parseDnsmasqLeases([text]))).toEqual([
    '192.168.56.10 52:54:00:00:00:10 1795700702',
    '192.168.56.11 52:54:00:00:00:11 Infinity',
    '192.168.56.12 - 1795700702',
  ])
})
