import {createSocket, type RemoteInfo, type Socket} from 'node:dgram'
import {once} from 'node:events'
import {mkdtemp, open, readdir, rm, writeFile} from 'node:fs/promises'
import {readFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {type BootFileSource, bytesFile} from '../../src/bootfiles/boot-file.js'
import {openTree} from '../../src/bootfiles/resolve.js'
import type {TransferEvent} from '../../src/bootfiles/transfer-event.js'
import {fetchTftp, type FetchTftpOptions} from '../../src/tftp/client.js'
import {decodePacket, encodePacket, type Packet, type PacketError, summarise} from '../../src/tftp/packet.js'
import {startTftpServer, type TftpServer, type TftpServerOptions} from '../../src/tftp/server.js'
import {contentOf} from './lossy-wire.js'

let root: string
let events: TransferEvent[]
let onNews: () => void
let opened: {close(): unknown}[]

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pxectl-tftp-'))
  events = []
  onNews = () => undefined
  opened = []
})
afterEach(async () => {
  for (const one of opened.reverse()) await one.close()
  await rm(root, {recursive: true, force: true})
})

async function start(options: Partial<TftpServerOptions> = {}): Promise<TftpServer> {
  const server = await startTftpServer({
    address: '127.0.0.1',
    port: 0,
    files: openTree(root),
    onEvent: keepEvent,
    ...options,
  })
  opened.push(server)
  return server
}

function keepEvent(event: TransferEvent): void {
  events.push(event)
  onNews()
}

/** Waits for this many events: the client may be through before the server has its last ACK. */
async function eventCount(count: number): Promise<void> {
  while (events.length < count) await new Promise<void>((resolve) => (onNews = resolve))
}

/** Fetches a file and gives its bytes too. */
async function fetchBytes(server: TftpServer, options: Omit<FetchTftpOptions, 'server'>) {
  const pieces: Uint8Array[] = []
  const fetched = await fetchTftp({server: server.address, port: server.port, onData: (bytes) => pieces.push(bytes), ...options})
  return {...fetched, bytes: Buffer.concat(pieces)}
}

/** A client by hand: sends what it is told, and keeps what it gets. */
type Hand = {
  readonly socket: Socket
  send(packet: Packet | Uint8Array, port: number): void
  next(): Promise<{packet: Packet | PacketError; from: RemoteInfo}>
}

async function hand(): Promise<Hand> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const arrived: {packet: Packet | PacketError; from: RemoteInfo}[] = []
  const waiting: (() => void)[] = []
  socket.on('message', (datagram, from) => {
    arrived.push({packet: decodePacket(datagram), from})
    waiting.shift()?.()
  })
  opened.push({close: () => socket.close()})
  return {
    socket,
    send: (packet, port) => socket.send('kind' in packet ? encodePacket(packet) : packet, port, '127.0.0.1'),
    async next() {
      if (arrived.length === 0) await new Promise<void>((resolve) => waiting.push(resolve))
      const first = arrived.shift()
      if (first === undefined) throw new Error('nothing arrived')
      return first
    },
  }
}

const rrq = (name: string, options: readonly (readonly [string, string])[] = [], mode = 'octet'): Packet => ({
  kind: 'rrq',
  name,
  mode,
  options,
})

async function answerTo(server: TftpServer, packet: Packet | Uint8Array): Promise<string> {
  const client = await hand()
  client.send(packet, server.port)
  return summarise((await client.next()).packet)
}

test('files arrive whole, lock-step and in windows, and the events say how', async () => {
  const server = await start()
  for (const length of [0, 1, 511, 512, 100_000, 400_001]) {
    const content = contentOf(length)
    await writeFile(join(root, 'file'), content)
    for (const options of [{}, {blksize: 1432}, {blksize: 1468, windowsize: 4}, {blksize: 1468, windowsize: 64}]) {
      const fetched = await fetchBytes(server, {name: 'file', ...options})
      expect(Buffer.compare(fetched.bytes, content)).toBe(0)
      expect(fetched).toMatchObject({sizeBytes: length, blksize: 512, windowsize: 1, ...options})
      await eventCount(2)
      const [started, ended] = events.splice(0)
      expect(started).toMatchObject({protocol: 'tftp', kind: 'start', client: '127.0.0.1', name: 'file', sizeBytes: length})
      expect(ended).toMatchObject({kind: 'done', bytes: length, retransmits: 0, blksize: fetched.blksize})
    }
  }
})

test('a size probe learns the size and counts as no failure', async () => {
  await writeFile(join(root, 'snponly.efi'), contentOf(173_792))
  const server = await start()
  const probed = await fetchTftp({
    server: server.address,
    port: server.port,
    name: 'snponly.efi',
    blksize: 1468,
    windowsize: 4,
    sizeProbe: true,
  })
  expect(probed).toMatchObject({sizeBytes: 173_792, oack: {tsize: '173792', blksize: '1468', windowsize: '4'}})
  await eventCount(2)
  expect(events.map(({kind}) => kind)).toEqual(['start', 'done'])
  expect(events.at(-1)?.message).toBe('the client only asked for the size')
})

test('real requests are granted as firmware expects', async () => {
  const captured = JSON.parse(readFileSync(new URL('../../fixtures/tftp/packets.json', import.meta.url), 'utf8')) as {
    summary: string
    hex: string
  }[]
  const requests = captured.filter(({summary}) => summary.startsWith('RRQ'))
  const server = await start({files: () => Promise.resolve(bytesFile(contentOf(42_430), 0))})
  expect(requests.length).toBeGreaterThan(5)
  for (const {summary, hex} of requests) {
    const options = summary.split(' ').slice(3).join(' ')
    expect(await answerTo(server, Buffer.from(hex, 'hex'))).toBe(`OACK ${options.replace('tsize=0', 'tsize=42430')}`)
  }
})

test('text is converted and its size not told in netascii', async () => {
  await writeFile(join(root, 'text'), 'one\ntwo\n')
  const server = await start()
  expect(
    await answerTo(
      server,
      rrq(
        'text',
        [
          ['tsize', '0'],
          ['blksize', '600'],
        ],
        'netascii',
      ),
    ),
  ).toBe('OACK blksize=600')
  const client = await hand()
  client.send(rrq('text', [], 'NETASCII'), server.port)
  expect((await client.next()).packet).toEqual({kind: 'data', block: 1, bytes: Buffer.from('one\r\ntwo\r\n')})
})

test('what is not served is refused at once', async () => {
  const server = await start()
  expect(await answerTo(server, rrq('absent'))).toBe('ERROR 1 File not found')
  expect(await answerTo(server, rrq('../../etc/passwd'))).toBe('ERROR 2 Access violation')
  expect(await answerTo(server, {kind: 'wrq', name: 'x', mode: 'octet', options: []})).toBe('ERROR 2 this server is read-only')
  expect(await answerTo(server, rrq('x', [], 'mail'))).toBe('ERROR 4 mode mail is not supported')
  expect(await answerTo(server, Uint8Array.of(0, 9, 0, 0))).toBe('ERROR 4 unknown opcode 9')
  expect(await answerTo(server, {kind: 'ack', block: 1})).toBe('ERROR 4 only requests are taken here')
  expect(await answerTo(server, Uint8Array.of(0, 1, 65))).toBe('ERROR 4 a request without file name and mode')
  expect(events.map(({kind, name}) => `${kind} ${name}`)).toEqual(['refused absent', 'refused ../../etc/passwd', 'refused x', 'refused x'])
})

test('our own trouble is told to the log, not to the network', async () => {
  const server = await start({files: () => Promise.reject(new Error('secret path /root/x'))})
  expect(await answerTo(server, rrq('x'))).toBe('ERROR 0 the server cannot open the file')
  expect(events[0]?.message).toBe('secret path /root/x')
})

test('an ERROR and a scrap get no answer', async () => {
  const server = await start()
  const client = await hand()
  client.send({kind: 'error', errorCode: 4, message: 'you are wrong'}, server.port)
  client.send(Uint8Array.of(0), server.port)
  client.send(rrq('absent'), server.port)
  expect(summarise((await client.next()).packet)).toBe('ERROR 1 File not found')
})

test('a stranger is sent away and the transfer goes on', async () => {
  await writeFile(join(root, 'file'), contentOf(1000))
  const server = await start()
  const [client, stranger] = [await hand(), await hand()]
  client.send(rrq('file'), server.port)
  const {from} = await client.next()
  expect(from.port).not.toBe(server.port)
  stranger.send({kind: 'ack', block: 1}, from.port)
  expect(summarise((await stranger.next()).packet)).toBe('ERROR 5 unknown transfer')
  stranger.send({kind: 'error', errorCode: 0, message: 'die'}, from.port)
  client.send({kind: 'ack', block: 1}, from.port)
  expect(summarise((await client.next()).packet)).toBe('DATA 2 (488 bytes)')
})

test('a repeated request starts no second transfer; another one from the same port replaces the first', async () => {
  await writeFile(join(root, 'one'), contentOf(1000))
  await writeFile(join(root, 'two'), contentOf(10))
  const server = await start()
  const client = await hand()
  client.send(rrq('one'), server.port)
  const first = await client.next()
  client.send(rrq('one'), server.port)
  client.send(rrq('two'), server.port)
  const second = await client.next()
  expect(summarise(second.packet)).toBe('DATA 1 (10 bytes)')
  expect(second.from.port).not.toBe(first.from.port)
  expect(events.map(({kind, name, message}) => [kind, name, message])).toEqual([
    ['start', 'one', undefined],
    ['failed', 'one', 'the client started over'],
    ['start', 'two', undefined],
  ])
})

test('beyond its limit, requests wait for their turn and a repeated one keeps its place', async () => {
  await writeFile(join(root, 'file'), contentOf(1000))
  const server = await start({maxTransfers: 1})
  const [first, second, third] = [await hand(), await hand(), await hand()]
  first.send(rrq('file'), server.port)
  const {from} = await first.next()
  for (const waiting of [second, third, second]) waiting.send(rrq('file'), server.port)
  third.send(Uint8Array.of(0, 9), server.port)
  expect(summarise((await third.next()).packet)).toBe('ERROR 4 unknown opcode 9')
  for (const block of [1, 2]) {
    first.send({kind: 'ack', block}, from.port)
    if (block === 1) await first.next()
  }
  for (const waiting of [second, third]) {
    const answer = await waiting.next()
    expect(summarise(answer.packet)).toBe('DATA 1 (512 bytes)')
    waiting.send({kind: 'error', errorCode: 0, message: 'enough'}, answer.from.port)
  }
  await eventCount(6)
  expect(events.map(({kind}) => kind)).toEqual(['start', 'done', 'start', 'done', 'start', 'done'])
})

test('many more clients than there may be transfers all finish', async () => {
  await writeFile(join(root, 'file'), contentOf(20_000))
  const server = await start({maxTransfers: 7})
  const fetched = await Promise.all(Array.from({length: 100}, () => fetchBytes(server, {name: 'file', blksize: 1432, timeoutMs: 2000})))
  for (const {bytes} of fetched) expect(Buffer.compare(bytes, contentOf(20_000))).toBe(0)
})

test('in single-port mode everything comes from the port that was asked', async () => {
  await writeFile(join(root, 'file'), contentOf(100_000))
  const server = await start({singlePort: true})
  const client = await hand()
  client.send(rrq('file'), server.port)
  expect((await client.next()).from.port).toBe(server.port)
  // The request again, and one for another file, as over the usual ports.
  client.send(rrq('file'), server.port)
  client.send({kind: 'ack', block: 1}, server.port)
  expect(summarise((await client.next()).packet)).toBe('DATA 2 (512 bytes)')
  client.send(rrq('absent'), server.port)
  expect(summarise((await client.next()).packet)).toBe('ERROR 1 File not found')
  const stranger = await hand()
  stranger.send({kind: 'ack', block: 1}, server.port)
  expect(summarise((await stranger.next()).packet)).toBe('ERROR 5 unknown transfer')
  const fetched = await Promise.all(Array.from({length: 50}, () => fetchBytes(server, {name: 'file', blksize: 1432, windowsize: 4})))
  for (const {bytes} of fetched) expect(Buffer.compare(bytes, contentOf(100_000))).toBe(0)
})

test('running transfers are told of, and may finish when the server stops', async () => {
  await writeFile(join(root, 'file'), contentOf(1000))
  const server = await start()
  const client = await hand()
  client.send(rrq('file'), server.port)
  const {from} = await client.next()
  expect(server.active()).toMatchObject([{protocol: 'tftp', client: '127.0.0.1', name: 'file', sizeBytes: 1000, bytes: 0, retransmits: 0}])
  const closing = server.close({graceMs: 60_000})
  const late = await hand()
  late.send(rrq('file'), server.port)
  client.send({kind: 'ack', block: 1}, from.port)
  expect(summarise((await client.next()).packet)).toBe('DATA 2 (488 bytes)')
  client.send({kind: 'ack', block: 2}, from.port)
  await closing
  expect(events.map(({kind}) => kind)).toEqual(['start', 'done'])
  expect(server.active()).toEqual([])
})

test('netascii is for texts: an initrd is refused, and says in which mode to ask', async () => {
  const server = await start({files: () => bytesFile(new Uint8Array(2 * 1024 * 1024), 0)})
  expect(await answerTo(server, rrq('initrd', [], 'netascii'))).toBe('ERROR 2 Access violation')
  expect(events[0]?.message).toContain('octet')
})

test('a file that shrinks while it is sent ends its transfer with an ERROR', async () => {
  const path = join(root, 'file')
  await writeFile(path, contentOf(2_000_000))
  const server = await start()
  const client = await hand()
  client.send(rrq('file'), server.port)
  let {packet, from} = await client.next()
  await (await open(path, 'w')).close()
  while (packet.kind === 'data') {
    client.send({kind: 'ack', block: packet.block}, from.port)
    ;({packet, from} = await client.next())
  }
  expect(summarise(packet)).toBe('ERROR 0 file changed while it was being sent; the transfer was ended')
})

test('closing tells the clients, and leaves no file or socket open', async () => {
  await writeFile(join(root, 'file'), contentOf(1000))
  const client = await hand()
  const before = (await readdir('/proc/self/fd')).length
  const server = await start()
  client.send(rrq('file'), server.port)
  await client.next()
  await server.close()
  opened = opened.filter((one) => one !== server)
  expect(summarise((await client.next()).packet)).toBe('ERROR 0 the server is stopping')
  expect((await readdir('/proc/self/fd')).length).toBeLessThanOrEqual(before)
})

test('a port that cannot be had is explained', async () => {
  const server = await start()
  await expect(start({port: server.port})).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    kind: 'environment',
    suggestions: [`ss -ulpn 'sport = :${server.port}'`, expect.anything(), '--tftp-port 6969'],
  })
  await expect(start({address: '192.0.2.1'})).rejects.toMatchObject({code: 'ADDRESS_NOT_HERE'})
})

test('the client tells apart a refusal and silence', async () => {
  const server = await start()
  const to = {server: server.address, port: server.port, name: 'absent'}
  await expect(fetchTftp(to)).rejects.toMatchObject({code: 'TFTP_ERROR', kind: 'notFound', details: {tftpCode: 1}})
  const silent = await hand()
  await expect(fetchTftp({...to, port: silent.socket.address().port, timeoutMs: 1})).rejects.toMatchObject({code: 'TFTP_TIMEOUT'})
})

test('many clients at once all get the right bytes', async () => {
  const names = Array.from({length: 20}, (_, index) => `file${index}`)
  for (const [index, name] of names.entries()) await writeFile(join(root, name), contentOf(index * 5000))
  const server = await start()
  const fetched = await Promise.all(Array.from({length: 200}, (_, index) => fetchBytes(server, {name: `file${index % 20}`, blksize: 1432})))
  for (const [index, {bytes}] of fetched.entries()) expect(Buffer.compare(bytes, contentOf((index % 20) * 5000))).toBe(0)
})

test('100,000 random datagrams neither stop the server nor fill its memory', async () => {
  const files: BootFileSource = ({name}) =>
    name === 'good' ? Promise.resolve(bytesFile(contentOf(5000), 0)) : Promise.reject(new Error('absent'))
  const server = await start({files, onEvent: () => undefined, maxTransfers: 100})
  const sender = createSocket('udp4')
  opened.push({close: () => sender.close()})
  let seed = 1
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
  const scrap = (): Uint8Array => {
    const bytes = Uint8Array.from({length: random(40)}, () => random(256))
    if (random(2) === 0) bytes.set([0, random(8)].slice(0, bytes.length))
    return bytes
  }
  const round = async (): Promise<number> => {
    for (let count = 0; count < 25_000; count += 1) {
      const sent = new Promise((resolve) => sender.send(scrap(), server.port, '127.0.0.1', resolve))
      if (count % 50 === 0) await sent
    }
    expect((await fetchBytes(server, {name: 'good', timeoutMs: 200})).bytes).toHaveLength(5000)
    return process.memoryUsage().rss / 1024 / 1024
  }
  await round()
  const warmMiB = await round()
  await round()
  expect((await round()) - warmMiB).toBeLessThan(48)
})
