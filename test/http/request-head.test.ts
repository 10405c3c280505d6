import {createServer} from 'node:http'
import {Duplex} from 'node:stream'
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {MAX_HEAD_BYTES, parseRequestHead} from '../../src/http/request-head.js'

const kindOf = (text: string): string => parseRequestHead(Buffer.from(text, 'latin1'), 0).kind
const head = (...lines: string[]): string => [...lines, '', ''].join('\r\n')
const PLAIN = head('GET /boot/vmlinuz HTTP/1.1', 'Host: 10.0.0.1:8069')

function plain(text: string, start = 0) {
  const parsed = parseRequestHead(Buffer.from(text, 'latin1'), start)
  if (parsed.kind !== 'plain') throw new Error(`not plain but ${parsed.kind}: ${JSON.stringify(text)}`)
  return parsed
}

test('what loaders send is plain', () => {
  const ipxe = head(
    'GET /ipxe/01-52-54-00-a1-b2-c3.ipxe HTTP/1.1',
    'Connection: keep-alive',
    'User-Agent: iPXE/1.21.1+git-20220113',
    'Host: 10.0.0.1',
  )
  expect(plain(ipxe).request).toMatchObject({method: 'GET', target: '/ipxe/01-52-54-00-a1-b2-c3.ipxe', isLast: false})
  const ovmf = head('HEAD /ipxe.efi HTTP/1.1', 'Host: 10.0.0.1:8069', 'Accept: */*', 'User-Agent: UefiHttpBoot/1.0')
  expect(plain(ovmf).request).toMatchObject({method: 'HEAD', target: '/ipxe.efi', isLast: false})
  const curl = head('GET /f HTTP/1.1', 'Host: [::1]:80', 'User-Agent: curl/7.88.1', 'Accept: */*', 'Range: bytes=5-')
  expect(plain(curl).request.conditions).toMatchObject({range: 'bytes=5-', 'if-range': undefined})
  expect(plain(head('GET http://10.0.0.1/boot//x?y HTTP/1.1', 'Host: z')).request.target).toBe('http://10.0.0.1/boot//x?y')
})

test('the next request begins where a head ends', () => {
  const text = PLAIN + head('HEAD /x HTTP/1.0', 'range:\t bytes=0-0 \t')
  const {end} = plain(text)
  expect(end).toBe(PLAIN.length)
  const next = plain(text, end)
  expect(next.end).toBe(text.length)
  expect(next.request).toMatchObject({method: 'HEAD', isLast: true, conditions: {range: 'bytes=0-0'}})
})

test('the connection ends with HTTP/1.0 and with Connection: close', () => {
  expect(plain(head('GET / HTTP/1.0')).request.isLast).toBe(true)
  expect(plain(head('GET / HTTP/1.1', 'Host: x', 'connection: Close')).request.isLast).toBe(true)
  expect(plain(head('GET / HTTP/1.1', 'Host: x', 'Connection: Keep-Alive')).request.isLast).toBe(false)
})

test('every part of a plain head is incomplete, and nothing less is', () => {
  const text = head('GET /x?y HTTP/1.1', 'Host: 10.0.0.1', 'Connection: close', 'Range: bytes=1-2')
  for (let length = 0; length < text.length; length += 1) expect(kindOf(text.slice(0, length))).toBe('incomplete')
  expect(kindOf(text)).toBe('plain')
})

/** What could be read in two ways, or asks for more than a file. */
const SHAPES: Readonly<Record<string, string>> = {
  'two lengths': head('GET / HTTP/1.1', 'Host: x', 'Content-Length: 5', 'Content-Length: 6'),
  'a length': head('GET / HTTP/1.1', 'Host: x', 'Content-Length: 0'),
  'a length and chunks': head('GET / HTTP/1.1', 'Host: x', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
  chunks: head('GET / HTTP/1.1', 'Host: x', 'tRANSFER-eNCODING: chunked'),
  'chunks, odd case and value': head('GET / HTTP/1.1', 'Host: x', 'Transfer-Encoding: xchunked'),
  'chunks behind a tab': head('GET / HTTP/1.1', 'Host: x', 'Transfer-Encoding:\tchunked'),
  'chunks behind a vertical tab': head('GET / HTTP/1.1', 'Host: x', 'Transfer-Encoding: \x0bchunked'),
  'chunks with an underscore': head('GET / HTTP/1.1', 'Host: x', 'Transfer_Encoding: chunked'),
  'chunks after a bare LF': head('GET / HTTP/1.1', 'Host: x', 'A: b\nTransfer-Encoding: chunked'),
  'chunks after a bare CR': head('GET / HTTP/1.1', 'Host: x', 'A: b\rTransfer-Encoding: chunked'),
  'a space before the colon': head('GET / HTTP/1.1', 'Host: x', 'Transfer-Encoding : chunked'),
  'a name of nothing': head('GET / HTTP/1.1', 'Host: x', ': b'),
  'no colon': head('GET / HTTP/1.1', 'Host: x', 'AB'),
  'a folded line': head('GET / HTTP/1.1', 'Host: x', 'A: b', ' c'),
  'a folded first line': head('GET / HTTP/1.1', ' Host: x'),
  'a NUL in a value': head('GET / HTTP/1.1', 'Host: x', 'A: \0'),
  'a NUL in a name': head('GET / HTTP/1.1', 'Host: x', 'A\0: b'),
  'a byte above 0x7e in a value': head('GET / HTTP/1.1', 'Host: x', 'A: \xfc'),
  'a byte above 0x7e in the target': head('GET /\xfc HTTP/1.1', 'Host: x'),
  'DEL in the target': head('GET /\x7f HTTP/1.1', 'Host: x'),
  'a fragment': head('GET /a#b HTTP/1.1', 'Host: x'),
  'no Host': head('GET / HTTP/1.1', 'A: b'),
  'two Hosts': head('GET / HTTP/1.1', 'Host: x', 'Host: x'),
  'two Hosts in HTTP/1.0': head('GET / HTTP/1.0', 'Host: x', 'host: y'),
  'an empty Host': head('GET / HTTP/1.1', 'Host:'),
  'a Host with a path': head('GET / HTTP/1.1', 'Host: x/y'),
  'a Host with a space': head('GET / HTTP/1.1', 'Host: x y'),
  'two Connections': head('GET / HTTP/1.1', 'Host: x', 'Connection: close', 'Connection: keep-alive'),
  'connection options': head('GET / HTTP/1.1', 'Host: x', 'Connection: keep-alive, close'),
  'a tab behind a connection option': head('GET / HTTP/1.1', 'Host: x', 'Connection:close\t'),
  'a tab before a connection option': head('GET / HTTP/1.1', 'Host: x', 'Connection:\tclose'),
  'an upgrade': head('GET / HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: h2c'),
  'an upgrade without Connection': head('GET / HTTP/1.1', 'Host: x', 'Upgrade: websocket'),
  'an expectation': head('GET / HTTP/1.1', 'Host: x', 'Expect: 100-continue'),
  'Proxy-Connection': head('GET / HTTP/1.1', 'Host: x', 'Proxy-Connection: close'),
  'HTTP/1.0 with keep-alive': head('GET / HTTP/1.0', 'Connection: keep-alive'),
  'two ranges': head('GET / HTTP/1.1', 'Host: x', 'Range: bytes=0-1', 'Range: bytes=2-3'),
  'two conditions': head('GET / HTTP/1.1', 'Host: x', 'If-None-Match: "a"', 'if-none-match: "b"'),
  'bare LF line ends': 'GET / HTTP/1.1\nHost: x\n\n',
  'an LF after the last field': 'GET / HTTP/1.1\r\nHost: x\r\n\n',
  'CR CR LF': 'GET / HTTP/1.1\r\r\nHost: x\r\n\r\n',
  'two spaces': head('GET  / HTTP/1.1', 'Host: x'),
  'two spaces before the version': head('GET /  HTTP/1.1', 'Host: x'),
  'a space after the version': head('GET / HTTP/1.1 ', 'Host: x'),
  'a tab': head('GET\t/ HTTP/1.1', 'Host: x'),
  'an empty line first': `\r\n${PLAIN}`,
  'a small letter in the method': head('gET / HTTP/1.1', 'Host: x'),
  'another method': head('GETT / HTTP/1.1', 'Host: x'),
  'a body of its own': head('POST / HTTP/1.1', 'Host: x'),
  'HTTP/0.9': 'GET /\r\n',
  'HTTP/1.2': head('GET / HTTP/1.2', 'Host: x'),
  'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'another protocol': head('GET / ICE/1.0', 'Host: x'),
  TLS: '\x16\x03\x01\x02\x00\x01\x00',
  'no path': head('GET x HTTP/1.1', 'Host: x'),
  'an asterisk': head('GET * HTTP/1.1', 'Host: x'),
  'a host and no path': head('GET http://x HTTP/1.1', 'Host: x'),
  'a user in the target': head('GET http://a@x/ HTTP/1.1', 'Host: x'),
  'https in the target': head('GET https://x/ HTTP/1.1', 'Host: x'),
}

test.each(Object.entries(SHAPES))('never plain: %s', (_name, text) => {
  expect(kindOf(text)).toBe('other')
  // Nor when more arrives, or a part at a time.
  expect(kindOf(text + PLAIN)).toBe('other')
  for (let length = 0; length < text.length; length += 1) expect(kindOf(text.slice(0, length))).not.toBe('plain')
})

test('a head is limited in bytes and fields, whether or not it is whole', () => {
  const padded = (bytes: number): string => head('GET / HTTP/1.1', 'Host: x', `A: ${'b'.repeat(bytes - 32)}`)
  expect(padded(MAX_HEAD_BYTES).length).toBe(MAX_HEAD_BYTES)
  expect(kindOf(padded(MAX_HEAD_BYTES))).toBe('plain')
  expect(kindOf(padded(MAX_HEAD_BYTES + 1))).toBe('other')
  expect(kindOf(`GET /${'a'.repeat(MAX_HEAD_BYTES)}`)).toBe('other')
  const fields = (count: number): string => head('GET / HTTP/1.1', 'Host: x', ...Array.from({length: count - 1}, () => 'A: b'))
  expect(kindOf(fields(100))).toBe('plain')
  expect(kindOf(fields(101))).toBe('other')
})

// Heads of good and odd parts, put together at random and then damaged: most of what comes out is almost plain.
const targets = fc.oneof(
  fc.constantFrom('/', '/boot/vmlinuz', '//x//y?z=1&%20', '*', 'http://10.0.0.1:80/x', 'http://x', '/a#b', '/"<>^`{|}~[]\\', ''),
  fc.string({unit: 'binary-ascii'}).map((text) => `/${text}`),
)
const names = fc.oneof(
  {weight: 4, arbitrary: fc.constantFrom('User-Agent', 'Accept', 'Range', 'if-range', 'If-None-Match', 'If-Modified-Since', 'X-Y')},
  fc.constantFrom('Host', 'Range', 'If-Range', 'If-None-Match', 'Connection', 'Content-Length', 'Transfer-Encoding', 'TE', 'Upgrade'),
  fc.constantFrom('User-Agent', 'Accept', 'If-Modified-Since', 'If-Match', 'X-Y', 'x_y', 'Keep-Alive', 'Proxy-Connection', 'Expect'),
  fc.string({maxLength: 6}),
)
const values = fc.oneof(
  fc.constantFrom('x', 'close', 'keep-alive', 'chunked', '5', '0', 'bytes=0-1', '"a"', '', ' ', '\t', '100-continue', 'a, b', 'TE'),
  fc.string({maxLength: 12}),
)
const fields = fc
  .tuple(
    names,
    fc.oneof({weight: 9, arbitrary: fc.constantFrom(':', ': ', ':\t ')}, fc.constantFrom(' :', '')),
    values,
    fc.constantFrom('', ' ', '\t'),
  )
  .map((parts) => parts.join(''))
const lineEnds = fc.oneof({weight: 40, arbitrary: fc.constant('\r\n')}, fc.constantFrom('\n', '\r', '\r\r\n', '\r\n '))
const heads = fc
  .record({
    method: fc.oneof({weight: 8, arbitrary: fc.constantFrom('GET', 'HEAD')}, fc.constantFrom('POST', 'get', 'OPTIONS', '')),
    target: targets,
    version: fc.oneof({weight: 8, arbitrary: fc.constantFrom('HTTP/1.1', 'HTTP/1.0')}, fc.constantFrom('HTTP/1.2', 'HTTP/2.0', 'http/1.1')),
    host: fc.oneof(
      {weight: 8, arbitrary: fc.constantFrom('Host: 10.0.0.1', 'host:[::1]:80')},
      fc.constantFrom('Host: a b', 'Host:', 'X: y'),
    ),
    more: fc.array(fc.tuple(fields, lineEnds), {maxLength: 4}),
    end: lineEnds,
  })
  .map(({method, target, version, host, more, end}) =>
    [`${method} ${target} ${version}`, '\r\n', host, '\r\n', ...more.flat(), end].join(''),
  )
const damages = fc.array(fc.tuple(fc.nat(400), fc.constantFrom('insert', 'remove', 'replace'), fc.integer({min: 0, max: 255})), {
  maxLength: 2,
})
const damaged = fc.tuple(heads, fc.oneof({weight: 2, arbitrary: fc.constant([])}, damages)).map(([text, list]) => {
  const bytes = [...Buffer.from(text, 'latin1')]
  for (const [at, how, byte] of list) bytes.splice(at % (bytes.length + 1), how === 'insert' ? 0 : 1, ...(how === 'remove' ? [] : [byte]))
  return Buffer.from(bytes)
})

test('no bytes make the parser throw, or see a head beyond their end', () => {
  const check = (bytes: Uint8Array, start: number): void => {
    const buffer = Buffer.from(bytes)
    const from = start % (buffer.length + 1)
    const parsed = parseRequestHead(buffer, from)
    if (parsed.kind === 'plain') expect(parsed.end > from && parsed.end <= buffer.length).toBe(true)
  }
  fc.assert(fc.property(fc.uint8Array(), fc.nat(), check), {numRuns: 2000})
  fc.assert(fc.property(damaged, fc.nat(3), check), {numRuns: 2000})
})

type Seen = {readonly method: string; readonly url: string; readonly headers: Record<string, unknown>; readonly isLast: boolean}

/** A real node:http server, given bytes in memory: the requests it reads until the one for /sentinel, or until it objects. */
function nodeReader(): (bytes: Buffer) => Promise<Seen[]> {
  const server = createServer()
  return (bytes) =>
    new Promise((resolve) => {
      const seen: Seen[] = []
      const wire = new Duplex({read: () => undefined, write: (_chunk, _encoding, done) => done()})
      const finish = (): void => {
        server.removeAllListeners('request').removeAllListeners('clientError')
        wire.destroy()
        resolve(seen)
      }
      server.on('request', (request, response) => {
        seen.push({method: request.method ?? '', url: request.url ?? '', headers: request.headers, isLast: !response.shouldKeepAlive})
        response.end()
        if (!response.shouldKeepAlive || request.url === '/sentinel') finish()
      })
      server.on('clientError', () => {
        seen.push({method: 'ERROR', url: '', headers: {}, isLast: true})
        finish()
      })
      wire.push(bytes)
      server.emit('connection', wire)
    })
}

test('whatever is plain means the same to node:http, to the byte', async () => {
  const read = nodeReader()
  const sentinel = Buffer.from(head('GET /sentinel HTTP/1.1', 'Host: s'))
  let plainCount = 0
  const property = fc.asyncProperty(damaged, async (bytes) => {
    const parsed = parseRequestHead(bytes, 0)
    if (parsed.kind !== 'plain') return
    plainCount += 1
    const {method, target, isLast, conditions} = parsed.request
    const [first, second] = await read(Buffer.concat([bytes.subarray(0, parsed.end), sentinel]))
    expect(first).toMatchObject({method, url: target, isLast})
    for (const [name, value] of Object.entries(conditions)) expect(first?.headers[name]).toBe(value)
    for (const name of ['content-length', 'transfer-encoding', 'upgrade', 'expect']) expect(first?.headers[name]).toBeUndefined()
    expect(second?.url).toBe(isLast ? undefined : '/sentinel')
  })
  await fc.assert(property, {numRuns: 10_000})
  // The check above is worth nothing if hardly anything is plain.
  expect(plainCount).toBeGreaterThan(1000)
})
