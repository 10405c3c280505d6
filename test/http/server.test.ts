import {mkdir, mkdtemp, rm, truncate, utimes, writeFile} from 'node:fs/promises'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {bytesFile} from '../../src/bootfiles/boot-file.js'
import {openTree} from '../../src/bootfiles/resolve.js'
import type {TransferEvent} from '../../src/bootfiles/transfer-event.js'
import {fetchHttp, type FetchHttpOptions} from '../../src/http/client.js'
import {type HttpServer, type HttpServerOptions, startHttpServer} from '../../src/http/server.js'
import {baseOptions} from './ground.js'

let root: string
let events: TransferEvent[]
let onNews: () => void
let opened: {close(): unknown}[]

const content = Buffer.from(Uint32Array.from({length: 250_000}, (_, index) => index * 7).buffer)
const modified = new Date('2024-05-06T07:08:09.500Z')

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pxectl-http-'))
  events = []
  onNews = () => undefined
  opened = []
  await mkdir(join(root, 'boot'))
  await writeFile(join(root, 'boot', 'vmlinuz'), content)
  await writeFile(join(root, 'boot.ipxe'), '#!ipxe\n')
  await writeFile(join(root, 'empty'), '')
  await utimes(join(root, 'boot.ipxe'), modified, modified)
})
afterEach(async () => {
  for (const one of opened.reverse()) await one.close()
  await rm(root, {recursive: true, force: true})
})

async function start(options: Partial<HttpServerOptions> = {}): Promise<HttpServer> {
  const onEvent = (event: TransferEvent): void => {
    events.push(event)
    onNews()
  }
  const server = await startHttpServer({...baseOptions(), files: openTree(root), onEvent, ...options})
  opened.push(server)
  return server
}

/** Waits for the first event of a kind. */
async function eventOf(kind: TransferEvent['kind']): Promise<TransferEvent> {
  for (;;) {
    const found = events.find((event) => event.kind === kind)
    if (found !== undefined) return found
    await new Promise<void>((resolve) => (onNews = resolve))
  }
}

async function get(server: HttpServer, path: string, options: FetchHttpOptions = {}) {
  const pieces: Uint8Array[] = []
  const fetched = await fetchHttp(`http://127.0.0.1:${server.port}${path}`, {onData: (bytes) => pieces.push(bytes), ...options})
  return {...fetched, body: Buffer.concat(pieces)}
}

/** Sends bytes as they are and gives all that comes back until the server hangs up. */
function raw(server: HttpServer, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => (answer += chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(answer))
    socket.write(text)
  })
}

function statusLines(answer: string): string[] {
  return answer.match(/^HTTP\/1\.1 .*$/gm)?.map((line) => line.trim()) ?? []
}

test('a file is served whole, with what firmware wants to know', async () => {
  const server = await start()
  const head = await get(server, '/boot/vmlinuz', {method: 'HEAD'})
  expect(head).toMatchObject({status: 200, sizeBytes: content.length, body: Buffer.alloc(0)})
  expect(head.headers).toMatchObject({
    'content-length': String(content.length),
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
  })
  const whole = await get(server, '/boot/vmlinuz')
  expect(Buffer.compare(whole.body, content)).toBe(0)
  expect(whole.headers['content-length']).toBe(String(content.length))
  expect(await get(server, '/empty')).toMatchObject({status: 200, sizeBytes: 0, headers: {'content-length': '0'}})
})

test('doubled slashes are served, never redirected', async () => {
  const server = await start()
  for (const path of ['//boot//vmlinuz', '/boot/./vmlinuz?x=1', '/%62oot/vmlinuz', '/boot%5Cvmlinuz']) {
    expect(await get(server, path)).toMatchObject({status: 200, sizeBytes: content.length})
  }
})

test('events tell what was sent', async () => {
  const server = await start()
  await get(server, '/boot.ipxe')
  expect(await eventOf('done')).toMatchObject({
    protocol: 'http',
    client: '127.0.0.1',
    name: '/boot.ipxe',
    method: 'GET',
    status: 200,
    sizeBytes: 7,
    bytes: 7,
  })
  // What fits one write has no beginning of its own.
  expect(events.map(({kind}) => kind)).toEqual(['done'])
  await get(server, '/boot/vmlinuz')
  expect(events.map(({kind, bytes}) => `${kind} ${bytes}`)).toEqual(['done 7', 'start 0', 'done 1000000'])
})

test('what is not served is refused with one line', async () => {
  const server = await start()
  const refused = async (path: string): Promise<string> => {
    const {status, body} = await get(server, path)
    return `${status} ${body.toString()}`
  }
  expect(await refused('/absent')).toBe('404 no such boot file\n')
  expect(await refused('/boot')).toBe('404 no such boot file\n')
  for (const name of ['/', '/boot/', '/boot.ipxe/', '/boot.ipxe/.', '/boot.ipxe%5C'])
    expect(await refused(name)).toBe('404 no such boot file\n')
  expect(await refused('/%2e%2e%2f..%2fetc/passwd')).toBe('403 this name is not served\n')
  expect(await refused('/a%00b')).toBe('403 this name is not served\n')
  expect(await refused('/%zz')).toBe('400 the percent-encoding is malformed\n')
  expect(events.map(({kind, status}) => `${kind} ${status}`)).toEqual([
    ...Array<string>(7).fill('refused 404'),
    'refused 403',
    'refused 403',
    'refused 400',
  ])
  expect(await get(server, '/absent', {method: 'HEAD'})).toMatchObject({status: 404, body: Buffer.alloc(0)})
})

test('other methods are refused, and a body that follows is not waited for', async () => {
  const server = await start()
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    const answer = await raw(server, `${method} /boot.ipxe HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nbegin`)
    expect(answer).toContain('Allow: GET, HEAD\r\n')
    expect(statusLines(answer)).toEqual(['HTTP/1.1 405 Method Not Allowed'])
  }
})

test('ranges give the same bytes as the whole', async () => {
  const server = await start()
  for (const [range, first, last] of [
    ['bytes=0-0', 0, 0],
    ['bytes=131071-131072', 131_071, 131_072],
    ['bytes=262143-700000', 262_143, 700_000],
    ['bytes=-1', content.length - 1, content.length - 1],
    ['bytes=999999-', 999_999, 999_999],
    ['bytes=5-99999999', 5, content.length - 1],
  ] as const) {
    const part = await get(server, '/boot/vmlinuz', {headers: {Range: range}})
    expect(part).toMatchObject({
      status: 206,
      headers: {'content-range': `bytes ${first}-${last}/${content.length}`, 'content-length': String(last - first + 1)},
    })
    expect(Buffer.compare(part.body, content.subarray(first, last + 1))).toBe(0)
  }
  expect(await get(server, '/boot/vmlinuz', {headers: {Range: 'bytes=1000000-'}})).toMatchObject({
    status: 416,
    headers: {'content-range': 'bytes */1000000'},
  })
  expect(await get(server, '/boot/vmlinuz', {headers: {Range: 'bytes=0-1,3-4'}})).toMatchObject({status: 200, sizeBytes: content.length})
})

test('conditions hold against the file as it is on the disk', async () => {
  // As if an hour had passed: a file just written has no tag.
  const server = await start({files: openTree(root, {now: () => Date.now() + 3_600_000})})
  const {headers} = await get(server, '/boot.ipxe')
  expect(headers['last-modified']).toBe('Mon, 06 May 2024 07:08:09 GMT')
  const etag = headers.etag ?? ''
  const statusWith = async (asked: Record<string, string>): Promise<number> => (await get(server, '/boot.ipxe', {headers: asked})).status
  expect(await statusWith({'If-None-Match': etag})).toBe(304)
  expect(await statusWith({Range: 'bytes=0-1', 'If-Range': etag})).toBe(206)
  await writeFile(join(root, 'boot.ipxe'), '#!IPXE\n')
  await utimes(join(root, 'boot.ipxe'), modified, modified)
  expect(await statusWith({'If-None-Match': etag})).toBe(200)
  expect(await statusWith({Range: 'bytes=0-1', 'If-Range': etag})).toBe(200)
})

test('HTTP/1.0 clients get one answer and a closed connection', async () => {
  const server = await start()
  const answer = await raw(server, 'GET /boot.ipxe HTTP/1.0\r\n\r\n')
  expect(statusLines(answer)).toEqual(['HTTP/1.1 200 OK'])
  expect(answer).toContain('Connection: close')
  expect(answer.endsWith('\r\n\r\n#!ipxe\n')).toBe(true)
})

test('what is no HTTP is answered with an error or hung up, and the server lives on', async () => {
  const server = await start()
  const garbage = [
    '\x16\x03\x01\x02\x00\x01\x00',
    'GET\r\n\r\n',
    `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
    `GET / HTTP/1.1\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`,
    'GET / HTTP/1.1\r\n\r\n',
    'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /a b HTTP/9.9\r\n\r\n',
  ]
  for (const text of garbage) {
    for (const line of statusLines(await raw(server, text))) expect(line).toMatch(/^HTTP\/1\.1 4\d\d /)
  }
  expect((await get(server, '/boot.ipxe')).status).toBe(200)
})

test('a file that changes while it is sent breaks the connection instead of lying', async () => {
  const path = join(root, 'large')
  await writeFile(path, Buffer.alloc(30_000_000))
  const server = await start()
  let isCut = false
  const onData = (): void => {
    if (!isCut) void truncate(path, 1000)
    isCut = true
  }
  await expect(fetchHttp(`http://127.0.0.1:${server.port}/large`, {onData})).rejects.toMatchObject({code: 'HTTP_CUT_SHORT'})
  expect((await eventOf('failed')).message).toContain('changed while it was being sent')
})

test('routes come before files', async () => {
  const server = await start({
    routes: {'/metrics': (_request, response) => response.end('up 1\n')},
    files: () => Promise.resolve(bytesFile(Buffer.from('file'), 0)),
  })
  expect((await get(server, '/metrics?x')).body.toString()).toBe('up 1\n')
  expect((await get(server, '/metrics/x')).body.toString()).toBe('file')
  expect((await get(server, '/constructor')).body.toString()).toBe('file')
})

test('the port is explained when it is taken, and free after closing', async () => {
  const server = await start()
  await expect(start({port: server.port})).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    suggestions: [`ss -tlpn 'sport = :${server.port}'`, expect.anything(), '--http-port 8069'],
  })
  await server.close()
  expect((await start({port: server.port})).port).toBe(server.port)
})

test('the client explains what it cannot fetch', async () => {
  const server = await start()
  await server.close()
  await expect(fetchHttp(`http://127.0.0.1:${server.port}/`)).rejects.toMatchObject({code: 'HTTP_UNREACHABLE'})
  await expect(fetchHttp('ftp://x/')).rejects.toMatchObject({code: 'HTTP_URL_INVALID', kind: 'usage'})
  const silent = await start({files: () => new Promise(() => undefined)})
  await expect(fetchHttp(`http://127.0.0.1:${silent.port}/x`, {timeoutMs: 20})).rejects.toMatchObject({code: 'HTTP_TIMEOUT'})
})
