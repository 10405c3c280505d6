import {createSocket, type Socket} from 'node:dgram'
import {once} from 'node:events'
import {afterEach, describe, expect, test} from 'vitest'
import {leaseDhcp4} from '../../src/dhcp4/client.js'
import type {Dhcp4Event} from '../../src/dhcp4/event.js'
import {messageTypeOf} from '../../src/dhcp4/option-values.js'
import {encodePacket} from '../../src/dhcp4/packet.js'
import {portError} from '../../src/dhcp4/port-error.js'
import {type Dhcp4Server, type Dhcp4ServerOptions, startDhcp4Server} from '../../src/dhcp4/server.js'
import {findIpv4, parseIpv4} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'
import {decodeCapture, mustDecode, readCapture} from './captures.js'
import {decideForLab, network, tk1} from './lab.js'
import {mutants} from './mutants.js'

const loopback = parseIpv4('127.0.0.1')
const cleanups: (() => Promise<unknown>)[] = []

afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()))
})

async function serve(changed: Partial<Dhcp4ServerOptions> = {}): Promise<{server: Dhcp4Server; events: Dhcp4Event[]}> {
  const events: Dhcp4Event[] = []
  const server = await startDhcp4Server({
    address: loopback,
    port: 0,
    subnet: network.subnet,
    decide: decideForLab,
    onEvent: (event) => events.push(event),
    ...changed,
  })
  cleanups.push(() => server.close())
  return {server, events}
}

async function openClient(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, loopback)
  cleanups.push(() => new Promise<void>((resolve) => socket.close(() => resolve())))
  await once(socket, 'listening')
  return socket
}

/** Sends and waits for one reply, so that everything sent before was seen too. */
async function exchange(socket: Socket, port: number, bytes: Uint8Array) {
  const reply = once(socket, 'message') as Promise<[Buffer]>
  socket.send(bytes, port, loopback)
  return mustDecode((await reply)[0])
}

const discover = readCapture('ipxe-rom-discover')

function lease(server: Dhcp4Server, mac = tk1.mac) {
  return leaseDhcp4({
    via: {kind: 'unicast', server: loopback, port: server.port},
    client: {mac, firmware: {architecture: 7, isIpxe: false, isHttpClient: false}},
    timeoutMs: 30_000,
    xid: 0x01020304,
    now: () => performance.now(),
  })
}

describe('a running server', () => {
  test('gives a lease to boot-test, and tells each step', async () => {
    const {server, events} = await serve()
    const outcome = await lease(server)
    expect(outcome).toMatchObject({kind: 'leased', ip: '10.77.0.50', filename: 'ipxe.efi', nextServer: '10.77.0.1', sent: 2})
    await server.close()
    expect(events.map(({protocol, kind, mac, name, ip, filename}) => ({protocol, kind, mac, name, ip, filename}))).toEqual(
      ['discover', 'offer', 'request', 'ack'].map((kind) => ({
        protocol: 'dhcp',
        kind,
        mac: tk1.mac,
        ...(kind === 'offer' || kind === 'ack' ? {name: 'tk1', ip: '10.77.0.50', filename: 'ipxe.efi'} : {}),
      })),
    )
    expect(events[0]?.firmware).toMatchObject({architecture: 7, isPxeClient: true})
    expect(server.counters()).toEqual({received: 2, malformed: 0, answered: 2})
  })

  test('may look the host up at leisure', async () => {
    const {server} = await serve({decide: (request) => Promise.resolve(decideForLab(request))})
    expect((await lease(server)).kind).toBe('leased')
  })

  test('answers many at once, each with its own reply', async () => {
    const hosts = Array.from({length: 50}, (_, index) => ({
      name: `tk${index}`,
      mac: parseMac(`52:54:00:00:00:${index.toString(16).padStart(2, '0')}`),
      ip: parseIpv4(`10.77.0.${100 + index}`),
    }))
    const {decideReply} = await import('../../src/dhcp4/decide.js')
    const {server} = await serve({
      decide: (request) =>
        decideReply(
          request,
          network,
          hosts.find(({mac}) => mac === request.mac),
        ),
    })
    const outcomes = await Promise.all(hosts.map(({mac}) => lease(server, mac)))
    expect(outcomes.map((outcome) => outcome.kind === 'leased' && outcome.ip)).toEqual(hosts.map(({ip}) => ip))
  })

  test('keeps silent towards strangers and says why', async () => {
    const {server, events} = await serve()
    const socket = await openClient()
    socket.send(encodePacket({...decodeCapture('ipxe-rom-discover'), mac: parseMac('52:54:00:00:00:01')}), server.port, loopback)
    const reply = await exchange(socket, server.port, discover)
    expect(reply.mac).toBe(tk1.mac)
    expect(events.filter(({mac}) => mac === '52:54:00:00:00:01').map(({kind, message}) => [kind, message])).toEqual([
      ['discover', expect.stringContaining('iPXE on BIOS')],
      ['ignored', '52:54:00:00:00:01 is not in the host database'],
    ])
  })

  test('outlives a host database that fails', async () => {
    let broken = true
    const {server, events} = await serve({
      decide: (request) => {
        if (broken) throw new Error('the disk is on fire')
        return decideForLab(request)
      },
    })
    const socket = await openClient()
    // The first request fails before the second is read: one socket, in order.
    socket.send(encodePacket({...decodeCapture('ipxe-rom-discover'), xid: 1}), server.port, loopback, () => undefined)
    await expect.poll(() => events.at(-1)?.kind).toBe('failed')
    broken = false
    expect(messageTypeOf(await exchange(socket, server.port, discover))).toBe('offer')
    expect(events.find(({kind}) => kind === 'failed')).toMatchObject({mac: tk1.mac, message: 'the disk is on fire'})
  })

  test('outlives thousands of broken datagrams, and counts them', async () => {
    const {server} = await serve()
    const socket = await openClient()
    let sent = 0
    for (const bytes of mutants(3000, 7)) {
      socket.send(bytes, server.port, loopback)
      sent++
      // Now and then wait until the server has caught up, lest the kernel drop what we send.
      if (sent % 50 === 0) await expect.poll(() => server.counters().received, {interval: 1}).toBe(sent)
    }
    // Some mutants are good requests and get replies; ours is the last one with this xid.
    const xid = 0xfeedf00d
    const seen = new Promise<number>((resolve) => {
      socket.on('message', (bytes: Buffer) => {
        const reply = mustDecode(bytes)
        if (reply.xid === xid) resolve(reply.xid)
      })
    })
    socket.send(encodePacket({...decodeCapture('ipxe-rom-discover'), xid}), server.port, loopback)
    expect(await seen).toBe(xid)
    expect(server.counters().malformed).toBeGreaterThan(500)
  })

  test('is closed once and for all', async () => {
    const {server} = await serve()
    await server.close()
    await server.close()
    const again = await serve({port: server.port})
    expect(again.server.port).toBe(server.port)
  })

  test('a decision that comes after the end is not sent', async () => {
    let decided: (() => void) | undefined
    const {server, events} = await serve({decide: (request) => new Promise((resolve) => (decided = () => resolve(decideForLab(request))))})
    const socket = await openClient()
    socket.send(discover, server.port, loopback)
    await expect.poll(() => decided).toBeDefined()
    await server.close()
    decided?.()
    await new Promise(setImmediate)
    expect(events.map(({kind}) => kind)).toEqual(['discover'])
    expect(server.counters()).toEqual({received: 1, malformed: 0, answered: 0})
  })
})

describe('a port that cannot be had', () => {
  test('in use', async () => {
    const {server} = await serve()
    await expect(serve({port: server.port})).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      kind: 'environment',
      details: {address: '127.0.0.1', port: server.port},
      suggestions: expect.arrayContaining([expect.stringContaining('dhcp.backend isc'), expect.stringContaining('--dhcp off')]) as string[],
    })
  })

  test('an address of another machine', async () => {
    const elsewhere = findIpv4('192.0.2.1')!
    await expect(serve({address: elsewhere})).rejects.toMatchObject({code: 'ADDRESS_NOT_LOCAL', kind: 'environment'})
  })

  test('not permitted, and for reasons unheard of', () => {
    const wanted = {address: '10.77.0.1', port: 67}
    const denied = portError(Object.assign(new Error('bind EACCES'), {code: 'EACCES'}), wanted)
    expect(denied).toMatchObject({code: 'PORT_FORBIDDEN', kind: 'environment'})
    expect(denied.suggestions.join('\n')).toMatch(/root[\s\S]*cap_net_bind_service/)
    expect(portError(new Error('EWHATEVER'), wanted)).toMatchObject({
      code: 'PORT_FAILED',
      message: expect.stringContaining('EWHATEVER') as string,
    })
  })
})

test('a client whose server is silent gives up at its time limit', async () => {
  const socket = await openClient()
  const outcome = await leaseDhcp4({
    via: {kind: 'unicast', server: loopback, port: socket.address().port},
    client: {mac: tk1.mac, firmware: {architecture: 0, isIpxe: false, isHttpClient: false}},
    timeoutMs: 50,
    xid: 5,
    now: () => performance.now(),
  })
  expect(outcome).toMatchObject({kind: 'silent', phase: 'discover', sent: 1})
})
