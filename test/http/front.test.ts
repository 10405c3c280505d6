// What the front answers itself: the same as without it, nothing stale, nothing mixed, and everything told.
import {execFileSync} from 'node:child_process'
import {once} from 'node:events'
import {createRequire} from 'node:module'
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {Socket} from 'node:net'
import fc from 'fast-check'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import type {BootFileSource} from '../../src/bootfiles/boot-file.js'
import {openTree} from '../../src/bootfiles/resolve.js'
import type {HttpServerOptions} from '../../src/http/server.js'
import {parseRequestHead} from '../../src/http/request-head.js'
import {answersIn, ask, connectTo, exchange, receiveAll, startServer, type TestServer, useFront} from './ground.js'
import {buildFront} from './native-front.js'

const front = await buildFront()
if (front !== undefined) useFront(front.openFront)

const LAST = 'Connection: close\r\n'
const LARGE_BYTES = 16_000_000
let root: string
let asked: string[]

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pxectl-front-'))
  asked = []
})
afterEach(() => rmSync(root, {recursive: true, force: true}))

function write(name: string, bytes: string | Buffer): void {
  writeFileSync(join(root, name), bytes)
}

/** Bytes that differ from place to place, and from `seed` to seed. */
function pattern(length: number, seed: number): Buffer {
  return Buffer.from(Uint32Array.from({length: Math.ceil(length / 4)}, (_, index) => index * 7 + seed).buffer, 0, length)
}

/** A server whose files count as settled at once, and which notes what JavaScript is asked for. */
async function start(options: Partial<HttpServerOptions> = {}): Promise<TestServer> {
  const tree = openTree(root, {now: () => Date.now() + 5000})
  const files: BootFileSource = (request) => {
    asked.push(request.name)
    return tree(request)
  }
  return startServer({files, ...options})
}

async function get(server: TestServer, path: string): Promise<{status: number; headers: Readonly<Record<string, string>>; body: Buffer}> {
  return answersIn(await exchange(server, ask(path, LAST)))[0]!
}

/** Asks until the front has the file. */
async function warm(server: TestServer, path: string): Promise<void> {
  for (let count = 0; count < 3; count += 1) await get(server, path)
  asked.length = 0
  await get(server, path)
  expect(asked).toEqual([])
}

/** Asks, takes the first bytes and no more. */
async function askAndPause(server: TestServer, path: string, more = ''): Promise<Socket> {
  const socket = connectTo(server)
  socket.pause()
  socket.write(ask(path) + more)
  await once(socket, 'readable')
  return socket
}

describe.runIf(front !== undefined)('a front', () => {
  test('gives out files of all sizes as the server does, and tells the same of them', async () => {
    const server = await start()
    for (const size of [1, 2048, 65_536, 65_537, 1_000_000, 1_048_577, 3_000_000]) {
      write(`f${size}`, pattern(size, size))
      const cold = await get(server, `/f${size}`)
      await warm(server, `/f${size}`)
      const hot = await get(server, `/f${size}`)
      expect(hot.body.equals(pattern(size, size))).toBe(true)
      expect({...hot.headers, date: ''}).toEqual({...cold.headers, date: ''})
      expect(Math.abs(Date.parse(hot.headers['date']!) - Date.now())).toBeLessThan(60_000)
      const events = server.events.filter(({name}) => name === `/f${size}`)
      const plain = ({kind, ...event}: (typeof events)[number]): object => ({...event, kind, port: 0, durationMs: 0})
      const [first, last] = [events.filter(({kind}) => kind === 'done')[0]!, events.at(-1)!]
      expect(plain(last)).toEqual(plain(first))
      expect(last.durationMs).toBeGreaterThanOrEqual(0)
      expect(events.filter(({kind}) => kind === 'start')).toHaveLength(size > 65_536 ? events.length / 2 : 0)
    }
  })

  test('sees every change at the next request', async () => {
    const server = await start()
    const path = join(root, 'a')
    const changes: readonly (readonly [string, () => void, string | number])[] = [
      ['written over', () => write('a', 'two'), 'two'],
      ['written over at the same length, the time set back', () => (write('a', 'TWO'), utimesSync(path, 1, 1)), 'TWO'],
      ['replaced', () => (write('b', 'three'), renameSync(join(root, 'b'), path)), 'three'],
      ['truncated', () => truncateSync(path, 1), 't'],
      ['a new mode', () => chmodSync(path, 0o600), 't'],
      ['removed', () => unlinkSync(path), 404],
      ['there again', () => write('a', 'four'), 'four'],
    ]
    for (const size of [3, 2_000_000]) {
      write('a', pattern(size, 1))
      await warm(server, '/a')
      for (const [, change, expected] of changes) {
        change()
        const {status, body} = await get(server, '/a')
        expect(status === 200 ? body.toString() : status).toBe(expected)
        if (status === 200) await warm(server, '/a')
      }
    }
  })

  test.each([
    ['replaced', (path: string) => (writeFileSync(`${path}.new`, 'new'), renameSync(`${path}.new`, path)), true],
    ['removed', (path: string) => unlinkSync(path), true],
    ['truncated', (path: string) => truncateSync(path, 100), false],
    ['written to', (path: string) => overwrite(path, LARGE_BYTES - 10), false],
    ['written to, its times set back', (path: string) => (overwrite(path, LARGE_BYTES - 10), utimesSync(path, 1, 1)), false],
  ])('a file that is %s while it is sent gives the old bytes or breaks the connection', async (_, change, isWhole) => {
    const server = await start()
    write('large', pattern(LARGE_BYTES, 5))
    await warm(server, '/large')
    const socket = await askAndPause(server, '/large')
    change(join(root, 'large'))
    socket.end()
    const received = await receiveAll(socket)
    const body = received.subarray(received.indexOf('\r\n\r\n') + 4)
    const old = pattern(LARGE_BYTES, 5)
    expect(body.equals(old.subarray(0, body.length))).toBe(true)
    expect(body.length === LARGE_BYTES).toBe(isWhole)
    const told = server.events.at(-1)
    expect(told).toMatchObject(isWhole ? {kind: 'done', bytes: LARGE_BYTES} : {kind: 'failed', message: expect.stringContaining('changed')})
  })

  test('requests in one packet are answered in their order, whoever answers them', async () => {
    const server = await start()
    write('hot', 'hot')
    write('large', pattern(3_000_000, 1))
    await warm(server, '/hot')
    await warm(server, '/large')
    write('cold', 'cold')
    const paths = ['/hot', '/large', '/none', '/hot', '/cold', '/cold', '/large', '/hot']
    const answers = answersIn(await exchange(server, paths.map((path) => ask(path)).join('') + ask('/hot', LAST) + ask('/never')))
    expect(answers.map(({status}) => status)).toEqual([200, 200, 404, 200, 200, 200, 200, 200, 200])
    expect(answers.map(({body}) => body.length)).toEqual([3, 3_000_000, answers[2]!.body.length, 3, 4, 4, 3_000_000, 3, 3])
  })

  test('a connection comes back to the front after an answer that was not for it', async () => {
    const server = await start()
    write('hot', 'hot')
    await warm(server, '/hot')
    const socket = connectTo(server)
    for (let round = 1; round <= 3; round += 1) {
      asked.length = 0
      for (const path of ['/none', '/hot', '/hot']) {
        socket.write(ask(path))
        const [bytes] = (await once(socket, 'data')) as [Buffer]
        expect(answersIn(bytes)[0]?.status).toBe(path === '/hot' ? 200 : 404)
      }
      expect(asked).toEqual(['/none'])
    }
    socket.end()
    await once(socket, 'close')
  })

  test('what is unusual is not answered by it', async () => {
    const server = await start({routes: {'/route': (_, response) => void response.end('routed')}})
    write('hot', 'hot bytes')
    write('route', 'never')
    await warm(server, '/hot')
    const unusual = ['Range: bytes=0-2\r\n', 'If-None-Match: *\r\n', 'Expect: 100-continue\r\n', 'X_Y: 1\r\n']
    for (const field of unusual) {
      asked.length = 0
      const [answer] = answersIn(await exchange(server, ask('/hot', field) + ask('/hot', LAST)).then(withoutContinue))
      expect([field, answer?.status]).toEqual([field, field.startsWith('Range') ? 206 : field.startsWith('If') ? 304 : 200])
      expect(asked[0]).toBe('/hot')
    }
    for (let count = 0; count < 4; count += 1) expect((await get(server, '/route')).body.toString()).toBe('routed')
  })

  test('what goes on can be seen, and a client that leaves midway is told of', async () => {
    const server = await start()
    write('large', pattern(LARGE_BYTES, 1))
    await warm(server, '/large')
    const socket = await askAndPause(server, '/large')
    const [active, ...others] = server.active()
    expect(others).toEqual([])
    expect(active).toMatchObject({protocol: 'http', client: '127.0.0.1', port: socket.localPort, name: '/large', sizeBytes: LARGE_BYTES})
    expect(active!.bytes).toBeGreaterThan(0)
    socket.destroy()
    expect(await server.eventOf('failed')).toMatchObject({message: 'the client went away'})
    expect(server.active()).toEqual([])
  })

  test('a client that takes nothing is given up', async () => {
    const server = await start({idleTimeoutMs: 400})
    write('large', pattern(LARGE_BYTES, 1))
    await warm(server, '/large')
    await askAndPause(server, '/large')
    expect(await server.eventOf('failed')).toMatchObject({message: 'the client stood still for 0.4 s'})
  })

  test('an end with grace lets its answers end', async () => {
    const server = await start()
    write('large', pattern(LARGE_BYTES, 1))
    await warm(server, '/large')
    const running = await askAndPause(server, '/large', ask('/large'))
    const idle = connectTo(server)
    await once(idle, 'connect')
    const ended = receiveAll(idle)
    const closing = server.close({graceMs: 600_000})
    await ended
    expect(answersIn(await receiveAll(running)).map(({body}) => body.length)).toEqual([LARGE_BYTES])
    await closing
  })

  test('connections that wait in it make room when there are too many', async () => {
    const server = await start({maxConnections: 2})
    const waiting = [connectTo(server), connectTo(server)]
    await Promise.all(waiting.map((socket) => once(socket, 'connect')))
    const ended = receiveAll(waiting[0]!)
    write('hot', 'hot')
    expect((await get(server, '/hot')).status).toBe(503)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect((await get(server, '/hot')).status).toBe(200)
    expect(await ended).toHaveLength(0)
  })

  test('what the kernel does not hold in memory is read from the disk, and nobody waits for it', async () => {
    const server = await start()
    write('large', pattern(LARGE_BYTES, 3))
    await warm(server, '/large')
    execFileSync('dd', [`of=${join(root, 'large')}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], {stdio: 'ignore'})
    expect((await get(server, '/large')).body.equals(pattern(LARGE_BYTES, 3))).toBe(true)
  })

  test('takes for plain only what the server takes for plain', () => {
    const {readHead} = createRequire(import.meta.url)(front!.path) as {readHead(bytes: Uint8Array): number}
    const cases = fc.array(fc.oneof({weight: 4, arbitrary: fc.constantFrom(...PIECES)}, fc.string({maxLength: 3})), {maxLength: 12})
    let plain = 0
    const check = (text: string): void => {
      const bytes = Buffer.from(text, 'latin1')
      const said = readHead(bytes)
      const parsed = parseRequestHead(bytes, 0)
      if (said === 0) return
      plain += 1
      const isPlain =
        parsed.kind === 'plain' &&
        Object.entries(parsed.request.conditions).every(([name, value]) => name === 'host' || name === 'connection' || value === undefined)
      expect([text, isPlain, parsed.kind === 'plain' && (parsed.request.isLast ? -parsed.end : parsed.end)]).toEqual([text, true, said])
    }
    fc.assert(
      fc.property(cases, (pieces) => check(`GET /a HTTP/1.1\r\nHost: x\r\n${pieces.join('')}`)),
      {numRuns: 3000},
    )
    fc.assert(
      fc.property(cases, (pieces) => check(pieces.join(''))),
      {numRuns: 3000},
    )
    expect(plain).toBeGreaterThan(100)
    const real = [
      'GET /boot/vmlinuz HTTP/1.1\r\nConnection: keep-alive\r\nUser-Agent: iPXE/1.21.1\r\nHost: 10.0.0.1:8069\r\n\r\n',
      ask('/a', 'Accept: */*\r\nUser-Agent: curl/8\r\n'),
      ask('/a', 'accept-encoding:\r\nconnection:  close \r\n'),
    ]
    for (const text of real) {
      expect([text, Math.abs(readHead(Buffer.from(text)))]).toEqual([text, text.length])
      for (let length = 0; length < text.length; length += 1) expect(readHead(Buffer.from(text.slice(0, length)))).toBe(0)
    }
  })
})

/** Pieces of heads, right and wrong. */
const PIECES = [
  '\r\n',
  '\r\n\r\n',
  'GET ',
  'HEAD ',
  '/a',
  '/a?b',
  '/%41',
  ' HTTP/1.1\r\n',
  ' HTTP/1.0\r\n',
  'Host: x\r\n',
  'Host: y z\r\n',
  'host:\r\n',
  'Connection: close\r\n',
  'Connection: keep-alive\r\n',
  'Connection:\tclose\r\n',
  'Connection: upgrade\r\n',
  'X: 1\r\n',
  'X : 1\r\n',
  ' folded\r\n',
  'X: \x00\r\n',
  'X: \xe4\r\n',
  'Range: bytes=0-1\r\n',
  'Content-Length: 0\r\n',
  'Transfer-Encoding: chunked\r\n',
  'TE: x\r\n',
  'Keep-Alive: 5\r\n',
  'Proxy-Connection: close\r\n',
  'Accept: */*\r\n',
  'X_Y: z\r\n',
  'X: 1\n',
  `${'X: 1\r\n'.repeat(99)}`,
  `X: ${'y'.repeat(8000)}\r\n`,
]

function withoutContinue(received: Buffer): Buffer {
  const line = 'HTTP/1.1 100 Continue\r\n\r\n'
  return received.toString('latin1', 0, line.length) === line ? received.subarray(line.length) : received
}

function overwrite(path: string, at: number): void {
  const file = openSync(path, 'r+')
  writeSync(file, 'other', at)
  closeSync(file)
}
