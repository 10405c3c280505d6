// One suite for both ways to a UDP port: node:dgram, and the addon where it can be built. Real sockets; what needs a process or a
// network of its own is in port-program.ts.
import {spawn, spawnSync} from 'node:child_process'
import {createSocket, type RemoteInfo, type Socket} from 'node:dgram'
import {once} from 'node:events'
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {text} from 'node:stream/consumers'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'
import fc from 'fast-check'
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest'
import {buildNative} from '../../src/cli/build-native.js'
import {loadBatchPort} from '../../src/tftp/batch-port.js'
import {openNodePort} from '../../src/tftp/node-port.js'
import {ackedBlock, encodePacket} from '../../src/tftp/packet.js'
import {
  type AckClock,
  type ClientKey,
  clientOf,
  type OpenUdpPort,
  type Receive,
  type UdpPlace,
  type UdpPort,
} from '../../src/tftp/udp-port.js'

const folder = mkdtempSync(join(tmpdir(), 'pxectl-ports-'))
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const program = join(folder, 'port-program.mjs')
const addon = join(folder, 'batch-udp.node')
const source = fileURLToPath(new URL('../../native/batch-udp.c', import.meta.url))

const built = await buildNative({source, target: addon})
if (built.kind !== 'built') console.log(`the addon is not tested: ${built.reason}`)
const batch = loadBatchPort(addon)

type Implementation = {readonly name: string; readonly openUdpPort?: OpenUdpPort; readonly addon: string}
const implementations: Implementation[] = [
  {name: 'node', openUdpPort: openNodePort, addon: '-'},
  {name: 'batch', addon, ...(batch.kind === 'loaded' ? {openUdpPort: batch.openUdpPort} : {})},
]

/** Whether the kernel lets us have a network of our own, in which the send buffer can be filled. */
const hasOwnNetwork =
  spawnSync('unshare', ['-rn', 'sh', '-c', 'ip link set lo up && tc qdisc add dev lo root pfifo && command -v taskset']).status === 0
if (!hasOwnNetwork) console.log('the full send buffer is not tested: unshare, ip, tc and taskset are needed')
const hasIpv6 = existsSync('/proc/net/if_inet6') && readFileSync('/proc/net/if_inet6', 'utf8') !== ''

beforeAll(async () => {
  const entry = fileURLToPath(new URL('port-program.ts', import.meta.url))
  await build({entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', target: 'node20', outfile: program})
})

const opened: {close(): unknown}[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

type Message = {readonly bytes: Buffer; readonly from: RemoteInfo}
type TestClient = {
  readonly socket: Socket
  readonly port: number
  send(bytes: Uint8Array | string, to: UdpPort): void
  /** The next datagrams, in the order in which they came. */
  take(count: number): Promise<Message[]>
}

async function openClient(address = '127.0.0.1'): Promise<TestClient> {
  const socket = createSocket({type: address.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 4 * 1024 * 1024})
  opened.push({close: () => socket.close()})
  const inbox: Message[] = []
  socket.on('message', (bytes, from) => inbox.push({bytes, from}))
  socket.bind(0, address)
  await once(socket, 'listening')
  return {
    socket,
    port: socket.address().port,
    send: (bytes, to) => socket.send(bytes, to.port, address),
    take: async (count) => {
      while (inbox.length < count) await once(socket, 'message')
      return inbox.splice(0, count)
    },
  }
}

/** Bytes that differ from place to place, so that a mixed-up datagram shows. */
function patterned(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * 7 + (i >> 8) * 13 + seed * 31) & 255
  return bytes
}

function cut(bytes: Uint8Array, start: number, end: number, segmentBytes: number): Buffer[] {
  const segments: Buffer[] = []
  for (let at = start; at < end; at += segmentBytes) segments.push(Buffer.from(bytes.subarray(at, Math.min(at + segmentBytes, end))))
  return segments
}

/** The same datagrams in the same order. (toEqual on buffers compares byte by byte, slowly.) */
function expectDatagrams(messages: readonly Message[], expected: readonly Buffer[]): void {
  expect(messages.map(({bytes}) => bytes.length)).toEqual(expected.map((bytes) => bytes.length))
  expect(messages.findIndex(({bytes}, i) => !bytes.equals(expected[i]!))).toBe(-1)
}

const echo: Receive = (datagram, client, port) => {
  const copy = Uint8Array.from(datagram)
  port.send(client, copy, 0, copy.length, copy.length)
}

describe.each(implementations)('$name', ({openUdpPort, addon: path}) => {
  // Where the addon could not be built there is nothing to test, and the message above says why.
  if (openUdpPort === undefined) return void test.skip('the addon could not be built')

  async function open(receive: Receive, place: Partial<UdpPlace> = {}): Promise<UdpPort> {
    const port = await openUdpPort!({address: '127.0.0.1', port: 0, ...place}, receive)
    opened.push(port)
    return port
  }

  /** A client that has said hello, and the port's key for it. */
  async function meet(): Promise<{port: UdpPort; client: TestClient; key: ClientKey}> {
    const client = await openClient()
    let greet: (key: ClientKey) => void
    const greeting = new Promise<ClientKey>((resolve) => (greet = resolve))
    const port = await open((_datagram, key) => greet(key))
    client.send('hello', port)
    return {port, client, key: await greeting}
  }

  type Wrapper = {readonly command: string; readonly args: readonly string[]}
  async function runProgram(scenario: string, {command, args}: Wrapper = {command: process.execPath, args: []}): Promise<unknown> {
    const child = spawn(command, [...args, program, path, scenario], {stdio: ['ignore', 'pipe', 'inherit']})
    // Where the test gives up on it.
    opened.push({close: () => child.kill('SIGKILL')})
    const [output, [exitCode, signal]] = await Promise.all([text(child.stdout), once(child, 'close')])
    expect({exitCode, signal}).toEqual({exitCode: 0, signal: null})
    return JSON.parse(output) as unknown
  }

  /**
   * In a network of its own, whose loopback device is first set up by these commands. On one CPU: the device has a queue for each, so
   * datagrams of a process that moves between them may overtake each other.
   */
  function runInNetwork(scenario: string, commands: string): Promise<unknown> {
    const first = `$(taskset -cp $$ | sed 's/.*: *\\([0-9]*\\).*/\\1/')`
    const shell = `ip link set lo up && ${commands} && exec taskset -c "${first}" "$0" "$@"`
    return runProgram(scenario, {command: 'unshare', args: ['-rn', 'sh', '-c', shell, process.execPath]})
  }

  test('says where it is', async () => {
    const port = await open(echo)
    expect(port.address).toBe('127.0.0.1')
    expect(port.port).toBeGreaterThan(0)
  })

  test.each([0, 1, 4, 511, 512, 1472, 2047, 2048])('gives and sends a datagram of %i bytes whole', async (length) => {
    const client = await openClient()
    const port = await open(echo)
    const bytes = patterned(length, 1)
    client.send(bytes, port)
    const [answer] = await client.take(1)
    expect(answer!.bytes.equals(bytes)).toBe(true)
    expect(answer!.from).toMatchObject({address: '127.0.0.1', port: port.port})
  })

  test('survives a datagram that is longer than any request', async () => {
    const client = await openClient()
    const received: Buffer[] = []
    const port = await open((datagram, key, from) => {
      received.push(Buffer.from(datagram))
      echo(datagram, key, from)
    })
    const long = patterned(60_000, 1)
    client.send(long, port)
    client.send('after', port)
    await client.take(2)
    expect(received[0]!.length).toBeGreaterThanOrEqual(2048)
    expect(received[0]!.equals(long.subarray(0, received[0]!.length))).toBe(true)
    expect(received[1]!.toString()).toBe('after')
  })

  test('names a client by the same key on all ports', async () => {
    const client = await openClient()
    const keys: ClientKey[] = []
    const receive: Receive = (datagram, key, port) => {
      keys.push(key)
      echo(datagram, key, port)
    }
    const ports = [await open(receive), await open(receive)]
    for (const port of ports) client.send('x', port)
    await client.take(2)
    expect(keys[0]).toBe(0x7f000001 * 0x10000 + client.port)
    expect(keys[1]).toBe(keys[0])
    expect(clientOf(keys[0]!)).toEqual({address: '127.0.0.1', port: client.port})
  })

  test.each([
    {segments: 1, segmentBytes: 1472, last: 1472},
    {segments: 4, segmentBytes: 1472, last: 100},
    {segments: 4, segmentBytes: 4, last: 1},
    {segments: 16, segmentBytes: 1436, last: 1436},
    {segments: 64, segmentBytes: 1024, last: 1023},
    {segments: 64, segmentBytes: 1472, last: 1},
    {segments: 150, segmentBytes: 16, last: 3},
    {segments: 2, segmentBytes: 32_753, last: 32_753},
    {segments: 3, segmentBytes: 32_754, last: 9},
    {segments: 2, segmentBytes: 65_464, last: 700},
    {segments: 1, segmentBytes: 65_507, last: 65_507},
  ])('sends a run of $segments × $segmentBytes bytes, the last of $last', async ({segments, segmentBytes, last}) => {
    const {port, client, key} = await meet()
    const start = 5
    const end = start + (segments - 1) * segmentBytes + last
    const bytes = patterned(end + 9, 3)
    port.send(key, bytes, start, end, segmentBytes)
    expectDatagrams(await client.take(segments), cut(bytes, start, end, segmentBytes))
  })

  test('sends an empty datagram', async () => {
    const {port, client, key} = await meet()
    port.send(key, new Uint8Array(3), 2, 2, 512)
    const [empty] = await client.take(1)
    expect(empty!.bytes).toHaveLength(0)
  })

  test('serves 100 clients at once, each its own bytes in its own order', async () => {
    const clients = await Promise.all(Array.from({length: 100}, () => openClient()))
    const port = await open((datagram, key, from) => {
      const seed = datagram[0]! * 256 + datagram[1]!
      from.send(key, patterned(2000, seed), 0, 2000, 512)
    })
    for (let round = 0; round < 3; round++) {
      clients.forEach((client, i) => client.send(Uint8Array.of(i, round), port))
    }
    for (const [i, client] of clients.entries()) {
      const expected = [0, 1, 2].flatMap((round) => cut(patterned(2000, i * 256 + round), 0, 2000, 512))
      expectDatagrams(await client.take(expected.length), expected)
    }
  })

  test('keeps the order of what is sent now, in ticks and by timers', async () => {
    const {port, client, key} = await meet()
    const send = (number: number): void => port.send(key, Uint8Array.of(number), 0, 1, 1)
    send(1)
    queueMicrotask(() => send(2))
    process.nextTick(() => send(3))
    setTimeout(() => {
      send(4)
      void Promise.resolve().then(() => send(5))
      setImmediate(() => send(6))
    }, 1)
    const numbers = (await client.take(6)).map((message) => message.bytes[0])
    // Whether ticks or promises come first is the caller's affair.
    expect([...numbers.slice(0, 1), ...numbers.slice(1, 3).sort(), ...numbers.slice(3)]).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('keeps the bytes alive until they are sent', async () => {
    const {port, client, key} = await meet()
    for (let i = 0; i < 50; i++) port.send(key, patterned(1000, i), 0, 1000, 1000)
    const received = await client.take(50)
    received.forEach((message, i) => expect(message.bytes.equals(patterned(1000, i))).toBe(true))
  })

  test('loses only what cannot be sent', async () => {
    const {port, client, key} = await meet()
    const gone = await openClient()
    gone.send('x', port)
    gone.socket.close()
    opened.pop()
    const nobody = 0x7f000001 * 0x10000 + gone.port
    const bytes = patterned(70_000, 1)
    // Nobody listens; no datagram is that long; no such place; port 0; an IPv6 client of an IPv4 port.
    port.send(nobody, bytes, 0, 100, 10)
    port.send(nobody, bytes, 0, 100, 10)
    port.send(key, bytes, 0, 70_000, 70_000)
    port.send(0xffffffff * 0x10000 + 9, bytes, 0, 10, 10)
    port.send(0x7f000001 * 0x10000, bytes, 0, 10, 10)
    port.send(key, bytes, 0, 4, 4)
    const [first] = await client.take(1)
    expect(first!.bytes.equals(bytes.subarray(0, 4))).toBe(true)
  })

  test('close in the receiver ends it there, and frees the port', async () => {
    const client = await openClient()
    let count = 0
    let closed: (port: UdpPort) => void
    const closing = new Promise<UdpPort>((resolve) => (closed = resolve))
    const port = await open((_datagram, key, from) => {
      count++
      from.send(key, Uint8Array.of(7), 0, 1, 1)
      void from.close().then(() => closed(from))
    })
    for (let i = 0; i < 5; i++) client.send('x', port)
    const place = {address: port.address, port: port.port}
    const same = await closing
    await same.close()
    same.send(1, Uint8Array.of(8), 0, 1, 1)
    // What was said before the close still goes out.
    const [last] = await client.take(1)
    expect([...last!.bytes]).toEqual([7])
    const next = await open(echo, place)
    client.send('y', next)
    expect((await client.take(1))[0]!.bytes.toString()).toBe('y')
    expect(count).toBe(1)
  })

  test('sends what was said just before the close', async () => {
    const {port, client, key} = await meet()
    port.send(key, Uint8Array.of(1, 2, 3), 0, 3, 2)
    const closing = port.close()
    expect((await client.take(2)).map((message) => [...message.bytes])).toEqual([[1, 2], [3]])
    await closing
  })

  test('throws the system’s error', async () => {
    const port = await open(echo)
    await expect(open(echo, {port: port.port})).rejects.toMatchObject({code: 'EADDRINUSE'})
    await expect(open(echo, {address: '192.0.2.1'})).rejects.toMatchObject({code: 'EADDRNOTAVAIL'})
  })

  test('any run arrives whole', async () => {
    const {port, client, key} = await meet()
    const run = fc
      .record({segments: fc.integer({min: 1, max: 70}), segmentBytes: fc.integer({min: 1, max: 1500}), start: fc.nat(20)})
      .chain(({segments, segmentBytes, start}) =>
        fc.record({
          start: fc.constant(start),
          segmentBytes: fc.constant(segmentBytes),
          end: fc.integer({min: start + (segments - 1) * segmentBytes + 1, max: start + segments * segmentBytes}),
        }),
      )
      .filter(({start, end}) => end - start < 60_000)
    await fc.assert(
      fc.asyncProperty(fc.array(run, {minLength: 1, maxLength: 3}), async (runs) => {
        const sent = runs.map((one, i) => ({...one, bytes: patterned(one.end + 3, i)}))
        // One run at a time: the receiver's buffer must not be what loses anything.
        for (const {bytes, start, end, segmentBytes} of sent) {
          const expected = cut(bytes, start, end, segmentBytes)
          port.send(key, bytes, start, end, segmentBytes)
          expectDatagrams(await client.take(expected.length), expected)
        }
      }),
      {numRuns: 100},
    )
  })

  test.skipIf(!hasIpv6)('serves IPv6, and IPv4 clients of an IPv6 port', async () => {
    const keys: ClientKey[] = []
    const port = await open(
      (datagram, key, from) => {
        keys.push(key)
        echo(datagram, key, from)
      },
      {address: '::'},
    )
    for (const address of ['::1', '127.0.0.1']) {
      const client = await openClient(address)
      client.send(patterned(100, 1), port)
      const [answer] = await client.take(1)
      expect(answer!.bytes.equals(patterned(100, 1))).toBe(true)
      expect(clientOf(keys.at(-1)!)).toEqual({address, port: client.port})
    }
    expect(keys.map((key) => typeof key)).toEqual(['string', 'number'])
  })

  test.each([{given: '127.0.0.1', address: '127.0.0.1'}, ...(hasIpv6 && path !== '-' ? [{given: '::', address: '::'}] : [])])(
    'takes over a socket that is bound to $given',
    async ({given, address}) => {
      const holder = createSocket(given.includes(':') ? 'udp6' : 'udp4').bind(0, given)
      await once(holder, 'listening')
      const {port} = holder.address()
      const child = spawn(process.execPath, [program, path, 'adopted'], {stdio: ['pipe', 'pipe', 'inherit', descriptorOf(holder)]})
      opened.push({close: () => child.kill('SIGKILL')})
      // From here on the child alone reads from it.
      holder.close()
      const [line] = (await once(child.stdout!, 'data')) as [Buffer]
      expect(JSON.parse(line.toString())).toEqual({address, port})
      const client = await openClient()
      client.socket.send('hello', port, '127.0.0.1')
      expect((await client.take(1))[0]!.bytes.toString()).toBe('hello')
      child.stdin!.end()
      expect((await once(child, 'close'))[0]).toBe(0)
    },
  )

  test('an exception in the receiver reaches the process, not the port', async () => {
    expect(await runProgram('throws')).toEqual({caught: ['boom'], received: ['bad', 'good', 'better']})
  })

  test('a process may end in the receiver', async () => {
    expect(await runProgram('exits')).toBe('bye')
  })

  test('threads may end with their ports open', async () => {
    expect(await runProgram('workers')).toBe('both ended')
  })

  test.skipIf(!hasOwnNetwork)('what the kernel does not take at once follows in order', async () => {
    expect(await runInNetwork('flood', slowLoopback(50))).toEqual({arrived: 2000, inOrder: true})
  })

  test.skipIf(!hasOwnNetwork || path === '-')('the queue has an end', async () => {
    const {arrived, inOrder} = (await runInNetwork('deluge', slowLoopback(8))) as {arrived: number; inOrder: boolean}
    expect(inOrder).toBe(true)
    expect(arrived).toBeGreaterThanOrEqual(8192)
    expect(arrived).toBeLessThan(20_000)
  })

  test.skipIf(!hasOwnNetwork)('segments beyond the MTU are fragmented', async () => {
    expect(await runInNetwork('fragments', 'ip link set lo mtu 1500')).toEqual({whole: 48})
  })

  if (path === '-') return

  describe('an ACK clock', () => {
    const SEGMENT = 100
    /** `heard` is what reached the receiver, as `ack N` or as text. */
    type Clocked = {client: TestClient; port: UdpPort; key: ClientKey; heard: string[]; start(segments: number, window: number): AckClock}

    async function clocked(awaitedBlock = 7): Promise<Clocked> {
      const heard: string[] = []
      const client = await openClient()
      let greet: (key: ClientKey) => void
      const greeting = new Promise<ClientKey>((resolve) => (greet = resolve))
      const port = await open((datagram, key) => {
        const block = ackedBlock(datagram)
        heard.push(block < 0 ? Buffer.from(datagram).toString() : `ack ${block}`)
        greet(key)
      })
      client.send('hello', port)
      const key = await greeting
      const start = (segments: number, window: number): AckClock => {
        const end = 5 + (segments - 1) * SEGMENT + 30
        const stretch = {bytes: patterned(end + 9, 3), start: 5, end, segmentBytes: SEGMENT, windowBytes: window * SEGMENT, awaitedBlock}
        return port.startAckClock!(key, stretch)!
      }
      heard.length = 0
      return {client, port, key, heard, start}
    }

    const ack = (block: number): Uint8Array => encodePacket({kind: 'ack', block: block & 0xffff})
    const all = (segments: number): Buffer[] => {
      const end = 5 + (segments - 1) * SEGMENT + 30
      return cut(patterned(end + 9, 3), 5, end, SEGMENT)
    }

    test.each([
      {window: 1, first: 7},
      {window: 4, first: 65_533},
      {window: 64, first: 7},
      {window: 65, first: 7},
      {window: 150, first: 65_400},
    ])('sends a window of $window for each ACK it expects, and leaves the rest to the receiver', async ({window, first}) => {
      const {client, port, heard, start} = await clocked(first)
      const segments = window * 3 - (window > 1 ? 1 : 0)
      const expected = all(segments)
      const clock = start(segments, window)
      expect([clock.ackedEnd(), clock.sentEnd()]).toEqual([5, 5])
      for (let turn = 0; turn < 3; turn++) {
        client.send(ack(first + turn * window), port)
        const windowEnd = Math.min((turn + 1) * window, segments)
        expectDatagrams(await client.take(windowEnd - turn * window), expected.slice(turn * window, windowEnd))
        expect(clock.ackedEnd()).toBe(5 + turn * window * SEGMENT)
        expect(clock.sentEnd()).toBe(windowEnd === segments ? 5 + (segments - 1) * SEGMENT + 30 : 5 + windowEnd * SEGMENT)
        expect(Math.abs(performance.now() - clock.sentAtMs())).toBeLessThan(5000)
        expect(clock.tripMs() >= 0).toBe(turn > 0)
      }
      expect(heard).toEqual([])
      // The ACK of the last window, one of the past, another packet.
      const last = (first + segments) & 0xffff
      for (const packet of [ack(last), ack(first), Buffer.from('other')]) client.send(packet, port)
      while (heard.length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
      expect(heard).toEqual([`ack ${last}`, `ack ${first}`, 'other'])
    })

    test('answers an ACK that comes twice only once', async () => {
      const {client, port, heard, start} = await clocked()
      start(10, 2)
      for (const block of [7, 7, 9, 7]) client.send(ack(block), port)
      expectDatagrams(await client.take(4), all(10).slice(0, 4))
      while (heard.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
      expect(heard).toEqual(['ack 7', 'ack 7'])
    })

    test('stops, and the next takes its place', async () => {
      const {client, port, key, heard, start} = await clocked()
      const old = start(10, 1)
      const bytes = patterned(1000, 9)
      const next = port.startAckClock!(key, {bytes, start: 0, end: 1000, segmentBytes: 500, windowBytes: 500, awaitedBlock: 9})!
      // It is not there any more.
      old.stop()
      client.send(ack(9), port)
      expectDatagrams(await client.take(1), cut(bytes, 0, 500, 500))
      next.stop()
      next.stop()
      client.send(ack(10), port)
      while (heard.length < 1) await new Promise((resolve) => setTimeout(resolve, 5))
      expect(heard).toEqual(['ack 10'])
    })

    test('knows its clients apart, as many as it has room for, and keeps their bytes alive', async () => {
      const {client, port, key, heard} = await clocked()
      const base = (key as number) - ((key as number) % 0x10000)
      let started = 0
      // More than there is room for; they never answer.
      for (let other = 1; other < 6000; other++) {
        const stretch = {bytes: patterned(64, other), start: 0, end: 64, segmentBytes: 8, windowBytes: 8, awaitedBlock: 1}
        if (base + other !== key && port.startAckClock!(base + other, stretch) !== undefined) started++
      }
      expect(started).toBeGreaterThan(3500)
      expect(started).toBeLessThanOrEqual(4096)
      const others = await Promise.all(Array.from({length: 30}, () => openClient()))
      const clocks = others.map((other, i) => {
        const stretch = {bytes: patterned(800, i), start: 0, end: 800, segmentBytes: 100, windowBytes: 200, awaitedBlock: 5}
        return port.startAckClock!(base + other.port, stretch)
      })
      for (let garbage = 0; garbage < 2000; garbage++) patterned(10_000, garbage).fill(0)
      for (const [i, other] of others.entries()) {
        if (clocks[i] === undefined) continue
        other.send(ack(5), port)
        expectDatagrams(await other.take(2), cut(patterned(800, i), 0, 200, 100))
      }
      client.send(ack(5), port)
      while (heard.length < 1) await new Promise((resolve) => setTimeout(resolve, 5))
      expect(heard).toEqual(['ack 5'])
    })

    test('refuses what is not in the bytes', async () => {
      const {port, key} = await clocked()
      const stretch = {bytes: new Uint8Array(10), start: 0, end: 10, segmentBytes: 5, windowBytes: 5, awaitedBlock: 1}
      for (const wrong of [{end: 11}, {start: 11}, {segmentBytes: 0}, {windowBytes: 4}]) {
        expect(() => port.startAckClock!(key, {...stretch, ...wrong})).toThrow('EINVAL')
      }
      // A window of more messages than a clock sends at once.
      expect(port.startAckClock!(key, {...stretch, windowBytes: 5 * 64 * 4 + 5})).toBeUndefined()
      expect(port.startAckClock!('::1|9', stretch)).toBeUndefined()
      await port.close()
      expect(port.startAckClock!(key, stretch)).toBeUndefined()
    })

    test.skipIf(!hasOwnNetwork)('leaves to the receiver what the kernel does not take', async () => {
      const {whole, left} = (await runInNetwork('clocks', slowLoopback(100))) as {whole: number; left: number}
      expect(whole).toBe(32)
      expect(left).toBeGreaterThan(0)
    })
  })
})

/** A loopback device with a queue that empties slowly, so that the socket's send buffer fills up. */
const slowLoopback = (mbit: number): string => `tc qdisc add dev lo root tbf rate ${mbit}mbit burst 32kb limit 200mb`

/** The file descriptor of a socket, which Node knows and does not tell. */
function descriptorOf(socket: Socket): number {
  const state = Object.getOwnPropertySymbols(socket).find((symbol) => symbol.description === 'state symbol')
  return (socket as unknown as Record<symbol, {handle: {fd: number}}>)[state!]!.handle.fd
}

test('without an addon there is a reason', () => {
  expect(loadBatchPort(join(folder, 'missing.node'))).toMatchObject({kind: 'unavailable', reason: expect.stringContaining('missing.node')})
})

describe('the build step', () => {
  test('makes an addon that works, where there is a compiler', () => {
    expect(built).not.toMatchObject({kind: 'failed'})
    expect(batch.kind).toBe(built.kind === 'built' ? 'loaded' : 'unavailable')
  })

  test('says what is missing', async () => {
    const path = process.env['PATH']
    process.env['PATH'] = folder
    try {
      const result = await buildNative({source, target: join(folder, 'none.node'), environment: {CC: 'no-such-compiler -O9'}})
      expect(result).toMatchObject({kind: 'skipped'})
    } finally {
      process.env['PATH'] = path
    }
  })

  test('leaves no old addon behind where none can be made', async () => {
    const target = join(folder, 'bad.node')
    const bad = join(folder, 'bad.c')
    writeFileSync(bad, 'this is not C')
    writeFileSync(target, 'old')
    expect(await buildNative({source: bad, target})).toMatchObject({kind: 'failed', reason: expect.stringContaining('error')})
    expect(existsSync(target)).toBe(false)
  })

  test('an addon that crashes is not kept', async () => {
    const source = join(folder, 'crash.c')
    writeFileSync(source, '__attribute__((constructor)) static void crash(void) { __builtin_trap(); }')
    const result = await buildNative({source, target: join(folder, 'crash.node')})
    expect(result).toMatchObject({kind: 'failed', reason: expect.stringMatching(/SIG/)})
    expect(existsSync(join(folder, 'crash.node'))).toBe(false)
  })
})
