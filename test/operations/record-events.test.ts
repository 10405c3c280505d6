import {expect, test} from 'vitest'
import type {NewEvent} from '../../src/hosts/event-store.js'
import type {Host} from '../../src/hosts/host.js'
import type {Ipv4} from '../../src/net/ipv4.js'
import type {Mac} from '../../src/net/mac.js'
import {createEventRecorder, type RecorderOptions} from '../../src/operations/record-events.js'
import type {ServeEvent} from '../../src/operations/serve-event.js'

const MAC = '08:00:27:12:34:56' as Mac
const OTHER = '52:54:00:00:00:01' as Mac
const HOST = {name: 'tk2', mac: MAC, ip: '192.168.56.21'} as unknown as Host

function recorder(more: Partial<RecorderOptions> = {}) {
  const written: NewEvent[] = []
  const made = createEventRecorder({
    store: {add: (events) => void written.push(...events)},
    hosts: {
      findByMac: async (mac) => (mac === HOST.mac ? HOST : undefined),
      findByIp: async (ip) => (ip === HOST.ip ? HOST : undefined),
    },
    now: () => 1000,
    flushMs: 60_000,
    ...more,
  })
  return {...made, written}
}

const fetched = (client: string, name: string, more: object = {}): ServeEvent => ({
  protocol: 'tftp',
  kind: 'done',
  client,
  port: 2070,
  name,
  bytes: 10,
  sizeBytes: 10,
  durationMs: 1.6,
  ...more,
})

test('whose it is: by the name, by what the address said before, by the database, by the neighbours', async () => {
  const made = recorder({neighbours: {findMac: async (ip) => (ip === '192.168.56.77' ? OTHER : undefined)}})
  made.record(fetched('192.168.56.50', 'pxelinux.0'))
  made.record(fetched('192.168.56.50', 'pxelinux.cfg/01-52-54-00-00-00-01'))
  made.record(fetched('192.168.56.50', 'vmlinuz'))
  made.record(fetched('::ffff:192.168.56.21', 'vmlinuz'))
  made.record(fetched('192.168.56.77', 'vmlinuz'))
  made.record({protocol: 'dhcp', kind: 'ack', mac: MAC, ip: '192.168.56.60' as Ipv4, asker: 'pxe', message: ''})
  made.record(fetched('192.168.56.60', 'vmlinuz'))
  await made.close()
  expect(made.written.map(({event, isKnown}) => [event.name, event.mac, isKnown])).toEqual([
    ['pxelinux.0', undefined, false],
    ['pxelinux.cfg/01-52-54-00-00-00-01', OTHER, false],
    ['vmlinuz', OTHER, false],
    ['vmlinuz', MAC, true],
    ['vmlinuz', OTHER, false],
    ['ack', MAC, true],
    ['vmlinuz', MAC, true],
  ])
})

test('DHCP as it is seen', async () => {
  const made = recorder()
  const firmware = {architecture: 7, isIpxe: false, isHttpClient: false, isPxeClient: true, uuid: 'u'}
  made.record({protocol: 'dhcp', kind: 'discover', mac: MAC, asker: 'pxe', firmware, message: 'DISCOVER'})
  made.record({
    protocol: 'dhcp',
    kind: 'offer',
    mac: MAC,
    asker: 'pxe',
    ip: HOST.ip,
    filename: 'ipxe.efi',
    server: '192.168.56.1' as Ipv4,
    message: 'OFFER',
  })
  made.record({protocol: 'dhcp', kind: 'ignored', mac: MAC, asker: 'pxe', message: 'it takes the offer of 192.168.56.100'})
  made.record({protocol: 'dhcp', kind: 'ack', mac: MAC, asker: 'system', ip: HOST.ip, message: 'ACK'})
  made.record({protocol: 'dhcp', kind: 'failed', message: 'a socket broke'})
  await made.close()
  expect(made.written.map(({event: {step, name, result, details}}) => ({step, name, result, details}))).toEqual([
    {step: 'asked', name: 'discover', result: 'done', details: {asker: 'pxe', architecture: 7, uuid: 'u'}},
    {step: 'offered', name: 'offer', result: 'done', details: {asker: 'pxe', filename: 'ipxe.efi', server: '192.168.56.1'}},
    {step: 'asked', name: 'ignored', result: 'refused', details: {asker: 'pxe', message: 'it takes the offer of 192.168.56.100'}},
    {step: 'other', name: 'ack', result: 'done', details: {asker: 'system', filename: ''}},
  ])
})

test('the beginning of a small file is no event, that of a large one is', async () => {
  const made = recorder()
  made.record(fetched('192.168.56.21', 'ldlinux.c32', {kind: 'start'}))
  made.record(fetched('192.168.56.21', 'initrd.img', {kind: 'start', sizeBytes: 60_000_000, bytes: 0}))
  await made.close()
  expect(made.written.map(({event}) => [event.name, event.result])).toEqual([['initrd.img', 'begun']])
})

test('a flood: of one client little is kept, of all the newest; nothing grows', async () => {
  const made = recorder()
  for (let index = 0; index < 100_000; index++) made.record(fetched('10.0.0.9', `file-${index}`))
  for (let index = 0; index < 10_000; index++) made.record(fetched(`10.${index >> 8}.${index & 255}.1`, `other-${index}`))
  await made.close()
  expect(made.written.length).toBeLessThanOrEqual(1000)
  expect(made.written.at(-1)?.event.name).toBe('other-9999')
  expect(made.dropped()).toBe(110_000 - made.written.length)
})

test('names of any length are cut', async () => {
  const made = recorder()
  made.record(fetched('10.0.0.9', 'x'.repeat(60_000), {message: 'y'.repeat(60_000)}))
  await made.close()
  expect(JSON.stringify(made.written).length).toBeLessThan(1000)
})

test('what cannot be written is told, and the server goes on', async () => {
  const problems: unknown[] = []
  const made = recorder({
    store: {
      add: () => {
        throw new Error('disk full')
      },
    },
    onProblem: (problem) => void problems.push(problem),
  })
  made.record(fetched('10.0.0.9', 'a'))
  await made.close()
  expect(problems).toEqual([new Error('disk full')])
  expect(made.dropped()).toBe(1)
})
