// HTTP as no client should speak it: broken ranges, requests within requests, endless headers, and connections that never finish a
// sentence. Each is refused or cut off, and the server serves on.
//
//     br0 192.168.56.1: pxectl serve ── c1 192.168.56.50: good and bad clients
import {afterAll, beforeAll, expect, test} from 'vitest'
import {BAD_NAMES, type BadLab, openBadLab, SECRET, SMALL, titleOf} from './support/bad-lab.js'
import {fetchByHttp, fetchByTftp, parseAnswer, untilClosed} from './support/fetch.js'
import {until} from './support/programs.js'
import {HTTP_PORT} from './support/serving.js'

const SLOW_CONNECTIONS = 500

let lab: BadLab

beforeAll(async () => {
  lab = await openBadLab('bad-http')
})

afterAll(() => lab?.network.close())

/** Sends these bytes and gives all that comes back until the server closes, or has nothing more to say. */
async function say(request: string): Promise<Buffer> {
  const connection = await lab.sockets.tcp(HTTP_PORT)
  try {
    connection.write(request)
    await lab.mustServe()
    // A connection that is kept open says nothing more: half a second of silence is its end.
    while (!connection.isClosed() && (await connection.news(500)));
    return connection.received()
  } finally {
    connection.close()
  }
}

/** Of all answers on a connection, one behind the other. */
const statusesOf = (answer: Buffer): number[] =>
  [...answer.toString('latin1').matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map((match) => Number(match[1]))

const get = (...headers: readonly string[]): string =>
  ['GET /small.bin HTTP/1.1', 'Host: x', ...headers, 'Connection: close', '', ''].join('\r\n')

/** The header, and the answers that a server may give: a part, everything (the header is ignored), or 416. */
const RANGES: readonly (readonly [string, readonly number[]])[] = [
  ['bytes=0-', [206, 200]],
  ['bytes=-1', [206]],
  ['bytes=2999-2999', [206]],
  ['bytes=2999-9999999999999999999999', [206]],
  ['bytes=3000-', [416]],
  ['bytes=-0', [416, 200]],
  ['bytes=5-2', [200, 416]],
  ['bytes=-', [200, 416]],
  ['bytes=', [200, 416]],
  ['bytes=a-b', [200, 416]],
  ['bytes=0-0,2-3', [200, 206]],
  ['bytes=0-0,-1,0-,0-,0-,0-', [200, 206, 416]],
  ['bytes=99999999999999999999999999999999-', [416, 200]],
  ['bytes=--5', [200, 416]],
  ['bytes=0x0-0x5', [200, 416]],
  ['bytes=1.5-2', [200, 416]],
  ['items=0-1', [200]],
  [`bytes=${'0-,'.repeat(5000)}0-`, [200, 206, 400, 416, 431]],
]

test.each(RANGES.map(([header, statuses]) => [titleOf(header), header, statuses] as const))(
  'Range: %s',
  async (_title, header, statuses) => {
    const answer = parseAnswer(await say(get(`Range: ${header}`)))
    expect(statuses).toContain(answer.status)
    const {headers, body} = answer
    if (answer.status === 200) expect(body.equals(SMALL)).toBe(true)
    if (answer.status === 206 && headers.has('content-range')) {
      const [, first, last] = /^bytes (\d+)-(\d+)\/3000$/.exec(headers.get('content-range') ?? '') ?? []
      expect(body.equals(SMALL.subarray(Number(first), Number(last) + 1))).toBe(true)
    }
    if (answer.status === 416) expect(headers.get('content-range')).toBe('bytes */3000')
  },
)

const INNER = 'GET /small.bin HTTP/1.1\r\nHost: x\r\n\r\n'
const chunked = `${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`

/** Requests whose end two readers may see in two places (RFC 9112 section 11.2). Whatever follows must not be answered as a request. */
const SMUGGLED: Readonly<Record<string, string>> = {
  'Content-Length and Transfer-Encoding': `GET /none HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${INNER}`,
  'two Content-Lengths': `GET /none HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: ${INNER.length}\r\n\r\n${INNER}`,
  'a list of Content-Lengths': `GET /none HTTP/1.1\r\nHost: x\r\nContent-Length: 0, ${INNER.length}\r\n\r\n${INNER}`,
  'a Content-Length with a sign': `GET /none HTTP/1.1\r\nHost: x\r\nContent-Length: +0\r\n\r\n${INNER}`,
  'a Content-Length that is no number': `GET /none HTTP/1.1\r\nHost: x\r\nContent-Length: 0x0\r\n\r\n${INNER}`,
  'a space before the colon': `GET /none HTTP/1.1\r\nHost: x\r\nContent-Length : ${INNER.length}\r\n\r\n${INNER}`,
  'an unknown Transfer-Encoding': `GET /none HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n${INNER}`,
  'chunked before another coding': `GET /none HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${INNER}`,
  'a chunk size that is no number': `GET /none HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0_0\r\n\r\n${INNER}`,
  'a body with a request in it': `GET /none HTTP/1.1\r\nHost: x\r\nContent-Length: ${INNER.length}\r\n\r\n${INNER}`,
  'a chunked body with a request in it': `GET /none HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`,
  'a POST with a request in it': `POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: ${INNER.length}\r\n\r\n${INNER}`,
  'a folded header line': `GET /none HTTP/1.1\r\nHost: x\r\nX-Folded: a\r\n Content-Length: ${INNER.length}\r\nContent-Length: ${INNER.length}\r\n\r\n${INNER}`,
  'a NUL in a header': `GET /none HTTP/1.1\r\nHost: x\r\nX: \0\r\nContent-Length: ${INNER.length}\r\n\r\n${INNER}`,
  'a bare CR in a header': `GET /none HTTP/1.1\r\nHost: x\r\nX: a\rContent-Length: 0\r\nContent-Length: ${INNER.length}\r\n\r\n${INNER}`,
}

test.each(Object.entries(SMUGGLED))('a request with %s smuggles nothing in', async (_name, request) => {
  const statuses = statusesOf(await say(request))
  expect(statuses.length).toBeLessThanOrEqual(1)
  expect(statuses).not.toContain(200)
})

const BROKEN: Readonly<Record<string, string>> = {
  'nothing but line ends': '\r\n\r\n\r\n\r\n',
  'no HTTP at all': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'a TFTP request': '\0\u0001small.bin\0octet\0',
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'HTTP/0.9': 'GET /none\r\n\r\n',
  'HTTP/9.9': 'GET /none HTTP/9.9\r\nHost: x\r\n\r\n',
  'no Host': 'GET /none HTTP/1.1\r\n\r\n',
  'two Hosts': 'GET /none HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  'no target': 'GET  HTTP/1.1\r\nHost: x\r\n\r\n',
  'two targets': 'GET /a /b HTTP/1.1\r\nHost: x\r\n\r\n',
  'an unknown method': 'FETCH /small.bin HTTP/1.1\r\nHost: x\r\n\r\n',
  CONNECT: 'CONNECT 192.168.56.1:22 HTTP/1.1\r\nHost: x\r\n\r\n',
  DELETE: 'DELETE /small.bin HTTP/1.1\r\nHost: x\r\n\r\n',
  PUT: 'PUT /small.bin HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nevil',
  TRACE: 'TRACE /small.bin HTTP/1.1\r\nHost: x\r\n\r\n',
  'an upgrade': 'GET /none HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  'an expectation': 'GET /none HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\n\r\n',
  'another site': 'GET http://example.com/none HTTP/1.1\r\nHost: example.com\r\n\r\n',
  '10,000 headers': `GET /none HTTP/1.1\r\nHost: x\r\n${Array.from({length: 10_000}, (_, at) => `X-${at}: ${at}\r\n`).join('')}\r\n`,
  'a header of a megabyte': `GET /none HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(1_000_000)}\r\n\r\n`,
  'a request line of a megabyte': `GET /${'a'.repeat(1_000_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  'a broken percent-encoding': 'GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n',
  'an encoded NUL': 'GET /small.bin%00.txt HTTP/1.1\r\nHost: x\r\n\r\n',
  'bytes that are no UTF-8': 'GET /%ff%fe%c0%af HTTP/1.1\r\nHost: x\r\n\r\n',
}

test.each(Object.entries(BROKEN))('%s is refused or ignored', async (_name, request) => {
  const statuses = statusesOf(await say(request))
  expect(statuses.length).toBeLessThanOrEqual(1)
  for (const status of statuses) {
    expect(status).toBeGreaterThanOrEqual(400)
    // 501 and 505 are refusals; 500 would be our own trouble.
    expect([500, 502, 503, 504]).not.toContain(status)
  }
})

test.each(BAD_NAMES.map((name) => [titleOf(name), name] as const))(
  'the name "%s" gives a refusal and no byte of a file',
  async (_title, name) => {
    for (const target of [`/${name}`, `/${encodeURIComponent(name)}`, `/${name.replaceAll('.', '%2E').replaceAll('/', '%2f')}`]) {
      const answer = await say(`GET ${target.replaceAll(' ', '%20')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      const statuses = statusesOf(answer)
      expect(statuses).toHaveLength(1)
      expect([400, 403, 404, 414, 431]).toContain(statuses[0])
      expect(answer.includes(SECRET)).toBe(false)
    }
  },
)

test('requests one after the other in one packet are answered in order', async () => {
  const requests = ['GET /small.bin', 'HEAD /small.bin', 'GET /none', 'GET /small.bin'].map((line) => `${line} HTTP/1.1\r\nHost: x\r\n\r\n`)
  const answer = await say(`${requests.join('')}${get('Range: bytes=0-0')}`)
  expect(statusesOf(answer)).toEqual([200, 200, 404, 200, 206])
  expect(answer.subarray(-1).equals(SMALL.subarray(0, 1))).toBe(true)
})

test(`${SLOW_CONNECTIONS} connections that send a byte a second do not hold up a good client, and are cut off in the end`, async () => {
  const {serving, sockets} = lab
  const openFiles = await serving.openFiles()
  const slow = await sockets.dribble(HTTP_PORT, SLOW_CONNECTIONS)
  expect(await serving.openFiles()).toBeGreaterThan(openFiles + SLOW_CONNECTIONS / 2)
  let isOver = false
  void slow.ended.then(() => (isOver = true))
  for (let round = 0; round < 20 || !isOver; round += 1) {
    await lab.mustServe()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await until('the server to let go of the slow connections', 10_000, async () => (await serving.openFiles()) <= openFiles + 2)
})

test('a client that asks for a file again and again and reads nothing does not fill the memory', async () => {
  const before = await lab.serving.pssKiB()
  const connections = await Promise.all(Array.from({length: 50}, () => lab.sockets.tcp(HTTP_PORT, {pauseAfter: 1})))
  for (const connection of connections) connection.write('GET /small.bin HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2000))
  await Promise.all(connections.map((connection) => connection.paused))
  await lab.mustServe()
  const during = await lab.serving.pssKiB()
  for (const connection of connections) connection.close()
  console.log(`50 connections with 2,000 unread answers each: PSS ${before} KiB before, ${during} KiB during`)
  // 300 MB were asked for.
  expect(during - before).toBeLessThan(150 * 1024)
  await lab.mustServe()
})

test('a connection that is closed in the middle of a request, or of an answer, costs nothing', async () => {
  const openFiles = await lab.serving.openFiles()
  for (let round = 0; round < 50; round += 1) {
    const connection = await lab.sockets.tcp(HTTP_PORT)
    connection.write(round % 2 === 0 ? 'GET /small.b' : INNER)
    connection.close()
  }
  expect(await fetchByTftp(lab.sockets, 'small.bin')).toMatchObject({kind: 'whole'})
  expect(await fetchByHttp(lab.sockets, 'small.bin')).toMatchObject({kind: 'whole'})
  const last = await lab.sockets.tcp(HTTP_PORT)
  last.write(get())
  await untilClosed(last, 10_000)
  await until('the server to let go of all connections', 20_000, async () => (await lab.serving.openFiles()) <= openFiles)
})
