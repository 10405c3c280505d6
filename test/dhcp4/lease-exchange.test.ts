import {describe, expect, test} from 'vitest'
import type {Dhcp4Packet} from '../../src/dhcp4/packet.js'
import {encodePacket, noAddress} from '../../src/dhcp4/packet.js'
import {decideProxy} from '../../src/dhcp4/decide-proxy.js'
import {optionCode} from '../../src/dhcp4/option-codes.js'
import {messageTypeOf} from '../../src/dhcp4/option-values.js'
import {type ExchangeOptions, type LeaseOutcome, startExchange, stepExchange} from '../../src/dhcp4/lease-exchange.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {mustDecode} from './captures.js'
import {decideForLab, tk1} from './lab.js'

const options: ExchangeOptions = {
  client: {mac: tk1.mac, firmware: {architecture: 0, isIpxe: true, isHttpClient: false}},
  xid: 0x12345678,
  startMs: 1000,
  timeoutMs: 10_000,
}

type Sent = {readonly atMs: number; readonly packet: Dhcp4Packet}

/** A whole exchange in memory. The wire gives the replies to each message, which arrive after 5 ms. */
function run(wire: (packet: Dhcp4Packet, index: number) => readonly Dhcp4Packet[], changed: Partial<ExchangeOptions> = {}) {
  const sent: Sent[] = []
  const inbox: {readonly atMs: number; readonly packet: Dhcp4Packet}[] = []
  let state = startExchange({...options, ...changed})
  let input: {nowMs: number; packet?: Dhcp4Packet} = {nowMs: options.startMs}
  for (let steps = 0; steps < 100; steps++) {
    const step = stepExchange(state, input)
    if (step.kind === 'finish') return {outcome: step.outcome, sent}
    state = step.state
    if (step.send !== undefined) {
      const atMs = input.nowMs
      const replies = wire(mustDecode(encodePacket(step.send)), sent.length)
      sent.push({atMs, packet: step.send})
      inbox.push(...replies.map((packet) => ({atMs: atMs + 5, packet})))
    }
    const next = inbox.shift()
    input = next !== undefined && next.atMs <= step.wakeMs ? {nowMs: next.atMs, packet: next.packet} : {nowMs: step.wakeMs}
  }
  throw new Error('the exchange does not end')
}

function answer(request: Dhcp4Packet): Dhcp4Packet[] {
  const decision = decideForLab(request)
  return decision.kind === 'reply' ? [decision.packet] : []
}

function kinds(sent: readonly Sent[]): string[] {
  return sent.map(({atMs, packet}) => `${messageTypeOf(packet)} ${atMs - options.startMs}`)
}

function leased(outcome: LeaseOutcome) {
  expect(outcome.kind).toBe('leased')
  return outcome
}

describe('an exchange', () => {
  test('ends with what the machine learns', () => {
    const {outcome, sent} = run(answer)
    expect(outcome).toMatchObject({
      kind: 'leased',
      ip: '10.77.0.50',
      serverId: '10.77.0.1',
      nextServer: '10.77.0.1',
      filename: 'http://10.77.0.1/boot.ipxe',
      durationMs: 10,
      sent: 2,
    })
    expect(kinds(sent)).toEqual(['discover 0', 'request 5'])
  })

  test('asks at 0, 1, 3, 7 s like iPXE and then gives up at its time limit', () => {
    const {outcome, sent} = run(() => [])
    expect(kinds(sent)).toEqual(['discover 0', 'discover 1000', 'discover 3000', 'discover 7000'])
    expect(sent.map(({packet}) => packet.secs)).toEqual([0, 1, 3, 7])
    expect(outcome).toEqual({kind: 'silent', phase: 'discover', durationMs: 10_000, sent: 4})
  })

  test('says when the server offered but did not confirm', () => {
    const {outcome, sent} = run((packet) => (messageTypeOf(packet) === 'discover' ? answer(packet) : []))
    expect(outcome).toMatchObject({kind: 'silent', phase: 'request'})
    expect(kinds(sent).slice(0, 4)).toEqual(['discover 0', 'request 5', 'request 1005', 'request 3005'])
  })

  test.each([1, 2])('survives the loss of message %i', (lost) => {
    const {outcome} = run((packet, index) => (index === lost - 1 ? [] : answer(packet)))
    expect(leased(outcome).sent).toBe(3)
  })

  test('reports a NAK with its reason', () => {
    const wrong = parseIpv4('10.77.0.99')
    const {outcome} = run((packet) => answer(packet).map((reply) => (reply.yiaddr === noAddress ? reply : {...reply, yiaddr: wrong})))
    expect(outcome).toMatchObject({kind: 'refused', serverId: '10.77.0.1', message: 'tk1 is 10.77.0.50, not 10.77.0.99'})
  })

  test('ignores what is not its own: another xid, another MAC, a proxy offer, another server, a late offer', () => {
    const other = parseIpv4('10.77.0.2')
    const {outcome, sent} = run((packet) =>
      answer(packet).flatMap((reply) => [
        {...reply, xid: 1},
        {...reply, mac: '52:54:00:00:00:01' as typeof reply.mac},
        {...reply, op: 'request' as const},
        messageTypeOf(packet) === 'discover'
          ? {...reply, yiaddr: noAddress}
          : {...reply, options: new Map([...reply.options, [54, Uint8Array.of(10, 77, 0, 2)] as const])},
        reply,
        {...reply, yiaddr: other},
      ]),
    )
    expect(leased(outcome)).toMatchObject({ip: '10.77.0.50', serverId: '10.77.0.1'})
    expect(kinds(sent)).toEqual(['discover 0', 'request 5'])
  })

  test('as a relay it signs every message', () => {
    const relay = parseIpv4('10.77.0.1')
    const {sent} = run(answer, {relay})
    expect(sent.map(({packet}) => [packet.giaddr, packet.hops])).toEqual([
      [relay, 1],
      [relay, 1],
    ])
  })

  test('an ACK without boot file or next-server leaves both out', () => {
    const {outcome} = run((packet) =>
      answer(packet).map((reply) => ({
        ...reply,
        siaddr: noAddress,
        filename: '',
        options: new Map([...reply.options].filter(([code]) => code !== 67)),
      })),
    )
    expect(Object.keys(leased(outcome))).not.toContain('filename')
    expect(Object.keys(outcome)).not.toContain('nextServer')
  })
})

describe('a client that hears everybody', () => {
  const proxied: Partial<ExchangeOptions> = {proxyWaitMs: 2000}
  const client = {...options.client, firmware: {architecture: 0, isIpxe: false, isHttpClient: false}}
  const plain = (reply: Dhcp4Packet): Dhcp4Packet => ({
    ...reply,
    filename: '',
    options: new Map(
      [...reply.options].filter(([code]) => ![optionCode.vendorClass, optionCode.bootFilename, optionCode.ipxe].includes(code as never)),
    ),
  })
  const proxyOffer = (request: Dhcp4Packet): Dhcp4Packet[] => {
    const network = {server: parseIpv4('10.77.0.9'), filenameFor: () => 'undionly.kpxe'}
    const decision = decideProxy(request, network, undefined, 'broadcast')
    return decision.kind === 'reply' ? [decision.packet] : []
  }

  test('asks to be answered by broadcast, and takes the address when a proxy has come', () => {
    const {outcome, sent} = run((packet) => [...answer(packet).map(plain), ...proxyOffer(packet)], {...proxied, client})
    expect(kinds(sent)).toEqual(['discover 0', 'request 5'])
    expect(sent.every(({packet}) => packet.broadcast)).toBe(true)
    expect(leased(outcome)).toMatchObject({serverId: '10.77.0.1', proxy: {serverId: '10.77.0.9', filename: 'undionly.kpxe'}})
  })

  test('waits for a proxy no longer than it should, and half of a short test at most', () => {
    const {outcome, sent} = run((packet) => answer(packet).map(plain), {...proxied, client})
    expect(kinds(sent)).toEqual(['discover 0', 'request 2000'])
    expect(leased(outcome)).not.toHaveProperty('proxy')
    expect(kinds(run((packet) => answer(packet).map(plain), {...proxied, client, timeoutMs: 1000}).sent)).toEqual([
      'discover 0',
      'request 500',
    ])
  })

  test('does not wait where the server speaks PXE itself, nor where it tells iPXE not to', () => {
    expect(kinds(run(answer, {...proxied, client}).sent)).toEqual(['discover 0', 'request 5'])
    expect(kinds(run(answer, proxied).sent)).toEqual(['discover 0', 'request 5'])
  })

  test('a proxy alone gives no address', () => {
    expect(run(proxyOffer, {...proxied, client}).outcome).toMatchObject({kind: 'silent', phase: 'discover'})
  })
})
