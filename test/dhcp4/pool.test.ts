import {describe, expect, test} from 'vitest'
import type {Decision} from '../../src/dhcp4/decision.js'
import {createLeaseTable, type LeaseTable, type PoolLease} from '../../src/dhcp4/lease-table.js'
import {type MessageType, messageTypeNumber} from '../../src/dhcp4/option-codes.js'
import {addressBytes, findText} from '../../src/dhcp4/option-values.js'
import {decodePacket, type Dhcp4Packet, noAddress} from '../../src/dhcp4/packet.js'
import {createPool, type PoolOptions} from '../../src/dhcp4/pool.js'
import {type Ipv4, parseIpv4, parseRange} from '../../src/net/ipv4.js'
import {type Mac, parseMac} from '../../src/net/mac.js'
import {decodeCapture} from './captures.js'
import {network} from './lab.js'
import {mutants} from './mutants.js'

const ip = (last: number): Ipv4 => parseIpv4(`10.77.0.${last}`)
const mac = (last: number): Mac => parseMac(`52:54:00:00:00:${last.toString(16).padStart(2, '0')}`)
const HOUR = 3_600_000

/** A pool whose world is at hand: who answers, which addresses hosts have, the clock, the disk. */
function makePool(range = '10.77.0.100-10.77.0.102', changed: Partial<PoolOptions> = {}) {
  const world = {nowMs: 1_000_000, hosts: new Set<Ipv4>(), there: new Map<Ipv4, string>(), probed: [] as Ipv4[]}
  const table = createLeaseTable()
  const disk: PoolLease[] = []
  const pool = createPool({
    network,
    range: parseRange(range),
    table,
    isHosts: async (one) => world.hosts.has(one),
    answeredBy: async (one) => {
      world.probed.push(one)
      await new Promise(setImmediate)
      return world.there.get(one)
    },
    save: async (one) => {
      const lease = table.find(one)
      if (lease !== undefined) disk.push(lease)
    },
    now: () => world.nowMs,
    ...changed,
  })
  return {pool, world, table, disk}
}

type Asked = {readonly serverId?: Ipv4; readonly requested?: Ipv4; readonly fields?: Partial<Dhcp4Packet>}

function ask(client: Mac, type: MessageType, {serverId, requested, fields = {}}: Asked = {}): Dhcp4Packet {
  const packet = decodeCapture('udhcpc-discover')
  const options = new Map(packet.options).set(53, Uint8Array.of(messageTypeNumber(type)))
  options.delete(50)
  if (serverId !== undefined) options.set(54, addressBytes(serverId))
  if (requested !== undefined) options.set(50, addressBytes(requested))
  return {...packet, mac: client, options, ...fields}
}

/** `offer 10.77.0.100`, `nak …`, `ignore …`, `note …` */
function show(decision: Decision): string {
  if (decision.kind === 'ignore') return `ignore ${decision.reason}`
  if (decision.kind === 'note') return `note ${decision.message}`
  const {type, packet} = decision
  return `${type} ${type === 'nak' ? (findText(packet.options, 56) ?? '') : packet.yiaddr}`
}

type Made = ReturnType<typeof makePool>

const say = async ({pool}: Made, client: Mac, type: MessageType, asked?: Asked): Promise<string> =>
  show(await pool.decide(ask(client, type, asked)))

/** DISCOVER and REQUEST; the address. */
async function take(made: Made, client: Mac): Promise<Ipv4> {
  const offer = await made.pool.decide(ask(client, 'discover'))
  if (offer.kind !== 'reply') throw new Error(show(offer))
  const {yiaddr} = offer.packet
  expect(await say(made, client, 'request', {serverId: network.server, requested: yiaddr})).toBe(`ack ${yiaddr}`)
  return yiaddr
}

describe('which address a client gets', () => {
  test('the next that nobody had, then always the same, also after it was given back and after its time', async () => {
    const made = makePool()
    expect([await take(made, mac(1)), await take(made, mac(2)), await take(made, mac(1))]).toEqual([ip(100), ip(101), ip(100)])
    expect(await say(made, mac(1), 'release', {fields: {ciaddr: ip(100)}})).toBe('note 52:54:00:00:00:01 gave 10.77.0.100 back')
    expect(await take(made, mac(3))).toBe(ip(102))
    made.world.nowMs += 2 * HOUR
    expect(await take(made, mac(1))).toBe(ip(100))
  })

  test('the one it asks for, where that is free', async () => {
    const made = makePool()
    expect(await say(made, mac(1), 'discover', {requested: ip(102)})).toBe('offer 10.77.0.102')
    expect(await say(made, mac(2), 'discover', {requested: ip(102)})).toBe('offer 10.77.0.100')
    expect(await say(made, mac(3), 'discover', {requested: ip(7)})).toBe('offer 10.77.0.101')
  })

  test('the one whose owner has been away longest, when all were given once', async () => {
    const made = makePool()
    for (const last of [1, 2, 3]) {
      await take(made, mac(last))
      made.world.nowMs += 60_000
    }
    made.world.nowMs += 2 * HOUR
    expect(await take(made, mac(2))).toBe(ip(101))
    expect([await take(made, mac(4)), await take(made, mac(5))]).toEqual([ip(100), ip(102)])
  })

  test('never that of a host, of the lab itself, or at the edge of the subnet', async () => {
    const made = makePool('10.77.0.252-10.77.0.255')
    made.world.hosts.add(ip(252))
    expect(await take(made, mac(1))).toBe(ip(253))
    expect(await say(made, mac(2), 'discover')).toMatch(/^ignore no free address in 10\.77\.0\.252-10\.77\.0\.255: 1 leased/)
  })

  test('two that ask at the same time get two, and one that asks twice gets one', async () => {
    const made = makePool()
    const both = await Promise.all([1, 2, 1].map((last) => say(made, mac(last), 'discover')))
    expect(both).toEqual(['offer 10.77.0.100', 'offer 10.77.0.101', 'offer 10.77.0.100'])
    expect(made.world.probed).toEqual([ip(100), ip(101)])
  })

  test('not one at which somebody answers, and the event says who; later it is looked at again', async () => {
    const made = makePool()
    made.world.there.set(ip(100), '00:80:77:12:34:56')
    const offer = await made.pool.decide(ask(mac(1), 'discover'))
    expect(show(offer)).toBe('offer 10.77.0.101')
    expect(offer).toMatchObject({remark: '10.77.0.100 is in use by 00:80:77:12:34:56, which has no lease'})
    made.world.there.clear()
    made.world.nowMs += 20_000
    expect(await say(made, mac(2), 'discover', {requested: ip(100)})).toBe('offer 10.77.0.100')
  })

  test('its own, though it answers there itself', async () => {
    const made = makePool()
    made.world.there.set(ip(100), mac(1))
    expect(await take(made, mac(1))).toBe(ip(100))
  })

  test('not one that was declined, for an hour', async () => {
    const made = makePool('10.77.0.100-10.77.0.101')
    await take(made, mac(1))
    expect(await say(made, mac(1), 'decline', {requested: ip(100), serverId: network.server})).toContain('nobody gets it for an hour')
    expect(await take(made, mac(1))).toBe(ip(101))
    expect(await say(made, mac(2), 'discover', {requested: ip(100)})).toMatch(/1 leased, 0 offered, 1 declined/)
    made.world.nowMs += HOUR + 1
    expect(await say(made, mac(2), 'discover', {requested: ip(100)})).toBe('offer 10.77.0.100')
  })

  test('none when all are given, and the event counts them', async () => {
    const made = makePool()
    for (const last of [1, 2, 3]) await take(made, mac(last))
    expect(await say(made, mac(4), 'discover')).toBe(
      'ignore no free address in 10.77.0.100-10.77.0.102: 3 leased, 0 offered, 0 declined or in use',
    )
  })

  test('an offer that is not taken is free for others after a minute, or when the client takes another', async () => {
    const made = makePool('10.77.0.100-10.77.0.100')
    expect(await say(made, mac(1), 'discover')).toBe('offer 10.77.0.100')
    expect(await say(made, mac(2), 'discover')).toMatch(/^ignore no free/)
    expect(await say(made, mac(1), 'request', {serverId: ip(9), requested: ip(55)})).toBe('ignore it takes the offer of 10.77.0.9')
    expect(await say(made, mac(2), 'discover')).toBe('offer 10.77.0.100')
    made.world.nowMs += 61_000
    expect(await say(made, mac(3), 'discover')).toBe('offer 10.77.0.100')
  })
})

describe('REQUEST in each state, RFC 2131 section 4.3.2', () => {
  const own = {requested: ip(100)}
  const selecting = (requested: Ipv4): Asked => ({serverId: network.server, requested})
  const holding = (ciaddr: Ipv4): Asked => ({fields: {ciaddr}})

  test.each<[string, Asked, string]>([
    ['SELECTING its address', selecting(ip(100)), 'ack 10.77.0.100'],
    ['SELECTING another', selecting(ip(101)), 'nak 52:54:00:00:00:01 has 10.77.0.100, not 10.77.0.101'],
    ['INIT-REBOOT with its address', own, 'ack 10.77.0.100'],
    ['INIT-REBOOT with another', {requested: ip(102)}, 'nak 52:54:00:00:00:01 has 10.77.0.100, not 10.77.0.102'],
    ['INIT-REBOOT from another network', {requested: parseIpv4('192.168.1.7')}, 'nak 192.168.1.7 is not in 10.77.0.0/24'],
    ['RENEWING', holding(ip(100)), 'ack 10.77.0.100'],
    ['RENEWING another', holding(ip(101)), 'nak 52:54:00:00:00:01 has 10.77.0.100, not 10.77.0.101'],
    ['no state at all', {}, 'ignore the request names no address'],
  ])('of a known client: %s', async (_name, asked, expected) => {
    const made = makePool()
    await take(made, mac(1))
    expect(await say(made, mac(1), 'request', asked)).toBe(expected)
  })

  test.each<[string, Asked, string]>([
    ['SELECTING, after we lost our memory', selecting(ip(101)), 'ack 10.77.0.101'],
    ['SELECTING what another has', selecting(ip(100)), 'nak 10.77.0.100 is not free'],
    ['SELECTING what is in no range', selecting(ip(7)), 'nak 10.77.0.7 is not an address for clients'],
    ['INIT-REBOOT: somebody else may know it', {requested: ip(101)}, 'ignore nothing is known of 52:54:00:00:00:02 having 10.77.0.101'],
    ['RENEWING a lease that we lost', holding(ip(101)), 'ack 10.77.0.101'],
    ['RENEWING what another has', holding(ip(100)), 'nak 10.77.0.100 is not free'],
  ])('of an unknown client: %s', async (_name, asked, expected) => {
    const made = makePool()
    await take(made, mac(1))
    expect(await say(made, mac(2), 'request', asked)).toBe(expected)
  })

  test('an address that became a host’s is taken back at the next renewal', async () => {
    const made = makePool()
    await take(made, mac(1))
    made.world.hosts.add(ip(100))
    expect(await say(made, mac(1), 'request', holding(ip(100)))).toBe('nak 10.77.0.100 belongs to a host of the lab')
    expect(await take(made, mac(1))).toBe(ip(101))
  })

  test('beside another server nobody is refused', async () => {
    const made = makePool(undefined, {network: {...network, authoritative: false}})
    expect(await say(made, mac(2), 'request', {requested: parseIpv4('192.168.1.7')})).toBe('ignore 192.168.1.7 is not in 10.77.0.0/24')
  })
})

describe('other messages', () => {
  test('RELEASE and DECLINE of what the client does not have change nothing', async () => {
    const made = makePool()
    await take(made, mac(1))
    const written = made.disk.length
    expect(await say(made, mac(2), 'release', {fields: {ciaddr: ip(100)}})).toMatch(/^ignore/)
    expect(await say(made, mac(2), 'decline', {requested: ip(100)})).toMatch(/^ignore/)
    expect([made.disk.length, made.table.find(ip(100))?.state]).toEqual([written, 'leased'])
  })

  test('a hardware address that no card has gets nothing', async () => {
    const made = makePool()
    for (const odd of ['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:01'])
      expect(await say(made, parseMac(odd), 'discover')).toMatch(/^ignore .* is no client's address/)
  })

  test('INFORM gets parameters and no lease', async () => {
    const made = makePool()
    expect(await say(made, mac(1), 'inform', {fields: {ciaddr: ip(9)}})).toBe(`ack ${noAddress}`)
    expect(made.disk).toEqual([])
  })

  test('a relay of another network is ignored, one of ours is answered', async () => {
    const made = makePool()
    expect(await say(made, mac(1), 'discover', {fields: {giaddr: parseIpv4('10.88.0.1')}})).toBe(
      'ignore the relay 10.88.0.1 is not in 10.77.0.0/24',
    )
    expect(await say(made, mac(1), 'discover', {fields: {giaddr: ip(9)}})).toBe('offer 10.77.0.100')
  })

  test('firmware that the lab has no file for gets an address, and the event says so', async () => {
    const {pool} = makePool()
    const odd = decodeCapture('ovmf-pxe-discover')
    const options = new Map(odd.options).set(93, Uint8Array.of(0, 77))
    expect(await pool.decide({...odd, options, mac: mac(1)})).toMatchObject({
      kind: 'reply',
      packet: {filename: ''},
      remark: 'the lab has no boot file for architecture 77',
    })
  })
})

describe('the disk', () => {
  test('has the lease before the client has the ACK, and a lease that cannot be written is none', async () => {
    const order: string[] = []
    const made = makePool(undefined, {save: async (one) => void order.push(`saved ${one}`)})
    await made.pool.decide(ask(mac(1), 'discover'))
    order.push(await say(made, mac(1), 'request', {serverId: network.server, requested: ip(100)}))
    expect(order).toEqual(['saved 10.77.0.100', 'ack 10.77.0.100'])

    const full = makePool(undefined, {save: () => Promise.reject(new Error('no space left'))})
    await expect(full.pool.decide(ask(mac(1), 'request', {serverId: network.server, requested: ip(100)}))).rejects.toThrow('no space left')
  })

  test('brings a new server to the state of the old', async () => {
    const made = makePool()
    await take(made, mac(1))
    await take(made, mac(2))
    await say(made, mac(2), 'decline', {requested: ip(101)})
    const again: LeaseTable = createLeaseTable(made.disk)
    expect([again.findOf(mac(1))?.ip, again.findOf(mac(2)), again.find(ip(101))?.state]).toEqual([ip(100), undefined, 'declined'])
  })
})

test('of thousands of broken requests none makes it throw, and what is confirmed is on the disk', async () => {
  const made = makePool('10.77.0.40-10.77.0.199')
  let confirmed = 0
  for (const bytes of mutants(5000, 11)) {
    const decoded = decodePacket(bytes)
    if (decoded.kind === 'malformed') continue
    const decision = await made.pool.decide(decoded.packet)
    if (decision.kind !== 'reply') continue
    expect(decoded.packet.op).toBe('request')
    const {type, packet} = decision
    if (type !== 'ack' || packet.yiaddr === noAddress) continue
    confirmed++
    expect(made.disk.at(-1)).toMatchObject({ip: packet.yiaddr, mac: packet.mac, state: 'leased'})
  }
  expect(confirmed).toBeGreaterThan(0)
  const owners = [...made.table.all()].filter(({state}) => state === 'leased').map((lease) => lease.mac)
  expect(new Set(owners).size).toBe(owners.length)
})
