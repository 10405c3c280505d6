// What happens on connections: many requests on one, half requests, unusual ones, clients that leave, and the end of all.
import {expect, test} from 'vitest'
import {answersIn, ask, connectTo, exchange, fixedFiles, receiveAll, slowFile, startServer} from './ground.js'

const large = Buffer.from(Uint32Array.from({length: 500_000}, (_, index) => index * 7).buffer)
const script = Buffer.from('#!ipxe\n')
const fixed = fixedFiles({'/a': script, '/large': large, '/empty': Buffer.alloc(0)})
const files: typeof fixed = (request) => (request.name === '/slow' ? Promise.resolve(slowFile(large)) : fixed(request))

const LAST = 'Connection: close\r\n'

test('answers come in the order of the requests, whatever each takes', async () => {
  const server = await startServer({files})
  const etag = answersIn(await exchange(server, ask('/a', LAST)))[0]?.headers['etag'] ?? ''
  const one = [
    {path: '/slow', status: 200, body: large},
    {path: '/a', status: 200, body: script},
    {path: '/absent', status: 404},
    {path: '/a', more: `If-None-Match: ${etag}\r\n`, status: 304, body: Buffer.alloc(0)},
    {path: '/large', status: 200, body: large},
    {path: '/slow', more: 'Range: bytes=70000-200000\r\n', status: 206, body: large.subarray(70_000, 200_001)},
    {path: '/a', more: 'Range: bytes=7-\r\n', status: 416},
    {path: '/a', more: 'If-Match: "x"\r\n', status: 412},
    {path: '/slow', method: 'HEAD', status: 200, body: Buffer.alloc(0)},
    {path: '/%zz', status: 400},
    {path: '/a/', status: 404},
    {path: '/empty', status: 200, body: Buffer.alloc(0)},
    {path: 'http://10.0.0.1:80/a?b', status: 200, body: script},
    {path: '/a', more: 'Range: bytes=1-2\r\n', status: 206, body: script.subarray(1, 3)},
  ]
  const all = [...one, ...one.toReversed(), ...one]
  const text = all.map(({path, more, method}) => ask(path, more, method)).join('') + ask('/a', LAST)
  const answers = answersIn(
    await exchange(server, text),
    all.map(({method}) => method ?? 'GET'),
  )
  expect(answers.map(({status}) => status)).toEqual([...all.map(({status}) => status), 200])
  for (const [index, {body}] of all.entries()) if (body !== undefined) expect(body.equals(answers[index]?.body ?? script)).toBe(true)
  const connections = answers.map(({headers}) => headers['connection'])
  expect(connections).toEqual([...all.map(() => 'keep-alive'), 'close'])
  expect(answers.every(({headers}) => Math.abs(Date.parse(headers['date'] ?? '') - Date.now()) < 600_000)).toBe(true)
})

test('a request may come in any two halves, and byte by byte', async () => {
  const server = await startServer({files})
  const socket = connectTo(server)
  const received = receiveAll(socket)
  const text = ask('/a', 'Range: bytes=0-0\r\n')
  const flushed = (bytes: string): Promise<void> =>
    new Promise((resolve) => socket.write(bytes, () => setImmediate(() => setImmediate(resolve))))
  for (let cut = 1; cut < text.length; cut += 1) {
    await flushed(text.slice(0, cut))
    await flushed(text.slice(cut))
  }
  for (const byte of ask('/a', LAST)) await flushed(byte)
  const answers = answersIn(await received)
  expect(answers.map(({status, body}) => `${status} ${body.toString('latin1')}`)).toEqual([
    ...Array.from({length: text.length - 1}, () => '206 #'),
    '200 #!ipxe\n',
  ])
})

test('unusual requests are judged by node:http, behind the answers to those before', async () => {
  const server = await startServer({files})
  const withBody = `POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody`
  const answers = answersIn(await exchange(server, ask('/slow') + ask('/a') + withBody + ask('/never')))
  expect(answers.map(({status}) => status)).toEqual([200, 200, 405])
  expect(answers[2]?.headers).toMatchObject({allow: 'GET, HEAD', connection: 'close'})
})

test('a connection stays with node:http, which serves files as well', async () => {
  const server = await startServer({files})
  const unusual = `GET /slow HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`
  const more = 'Range: bytes=1-2\r\n'
  const rest =
    ask('/a', more) + ask('/absent') + ask('/slow', '', 'HEAD') + ask('/a/') + ask('/a', 'Range: bytes=9-\r\n') + ask('/large', LAST)
  const answers = answersIn(await exchange(server, unusual + rest), ['GET', 'GET', 'GET', 'HEAD'])
  expect(answers.map(({status}) => status)).toEqual([200, 206, 404, 200, 404, 416, 200])
  expect(answers[0]?.body.equals(large)).toBe(true)
  expect(answers[1]?.body.toString()).toBe('!i')
  expect(answers[6]?.body.equals(large)).toBe(true)
  expect(server.events.filter(({kind}) => kind !== 'start').map(({kind, status}) => `${kind} ${status}`)).toEqual([
    'done 200',
    'done 206',
    'refused 404',
    'done 200',
    'refused 404',
    'refused 416',
    'done 200',
  ])
})

test('what is wrong is answered once, told of, and ends the connection', async () => {
  const server = await startServer({files})
  for (const [text, status] of [
    ['\x16\x03\x01\x02\x00\x01\x00', 400],
    ['GET\r\n\r\n', 400],
    ['GET /a HTTP/1.1\r\n\r\n', 400],
    [ask('/a', 'Host: y\r\n'), 400],
    ['GET /a HTTP/1.1\r\nHost: x y\r\n\r\n', 400],
    [ask('/a', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'), 400],
    [ask('/a', 'Content-Length: 5\r\nContent-Length: 6\r\n'), 400],
    [ask('/a', 'Transfer-Encoding : chunked\r\n'), 400],
    [ask('/a', 'A: \0\r\n'), 400],
    [ask('/a b'), 400],
    [ask('/a', `A: ${'x'.repeat(20_000)}\r\n`), 431],
    [`GET /${'x'.repeat(20_000)}`, 431],
  ] as const) {
    const before = server.events.length
    const answers = answersIn(await exchange(server, text))
    expect([text, answers.map((answer) => answer.status)]).toEqual([text, [status]])
    expect(answers[0]?.headers['connection']).toBe('close')
    // node:http answers a request without Host by itself.
    if (text.includes('Host'))
      expect(server.events.slice(before)).toMatchObject([{kind: 'refused', status, message: expect.any(String) as string}])
  }
  expect(answersIn(await exchange(server, ask('/a', LAST)))[0]?.status).toBe(200)
})

test('requests that node:http reads far ahead of the answers end the connection', async () => {
  let opened = 0
  const server = await startServer({
    files: () => {
      opened += 1
      return new Promise(() => undefined)
    },
  })
  await exchange(server, ask('/a', 'Connection: keep-alive, x\r\n') + ask('/a').repeat(100))
  expect(opened).toBeLessThanOrEqual(1)
})

test('routes take any method and a body, between files and on the same connection', async () => {
  const server = await startServer({
    files,
    routes: {
      '/api/x': (request, response) => {
        let body = ''
        request.on('data', (chunk: Buffer) => (body += chunk.toString()))
        request.on('end', () => {
          const text = `${request.method} ${request.url} ${body}`
          response.writeHead(201, {'Content-Length': String(text.length)}).end(request.method === 'HEAD' ? undefined : text)
        })
      },
    },
  })
  expect(answersIn(await exchange(server, 'GET /api/x HTTP/1.1\r\nConnection: close\r\n\r\n'))[0]?.status).toBe(400)
  const post = (path: string): string => `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello`
  const text =
    ask('/slow') + ask('/api/x?1') + post('/api/x') + ask('/a') + ask('/api/%78', '', 'HEAD') + post('/%61pi/x') + ask('/a', LAST)
  const answers = answersIn(await exchange(server, text), ['GET', 'GET', 'POST', 'GET', 'HEAD', 'POST', 'GET'])
  expect(answers.slice(1).map(({status, body}) => `${status} ${body.toString()}`)).toEqual([
    '201 GET /api/x?1 ',
    '201 POST /api/x hello',
    '200 #!ipxe\n',
    '201 ',
    '201 POST /%61pi/x hello',
    '200 #!ipxe\n',
  ])
})

test('a client that closes its half of the connection still gets all it asked for', async () => {
  const server = await startServer({files})
  const unusual = 'Connection: x\r\n'
  for (const text of [ask('/a'), ask('/slow') + ask('/a'), ask('/a', unusual)]) {
    const socket = connectTo(server)
    socket.end(text)
    const answers = answersIn(await receiveAll(socket))
    expect(answers.map(({status}) => status)).toEqual(text.match(/GET/g)?.map(() => 200))
  }
  const mixed = connectTo(server)
  mixed.end(ask('/slow') + ask('/a', unusual))
  const [first, second] = answersIn(await receiveAll(mixed))
  expect(first?.status).toBe(200)
  // Who ends early gives up what node:http would have to judge, unless that was first.
  expect([200, 400]).toContain(second?.status)
  const half = connectTo(server)
  half.end('GET /a HT')
  expect((await receiveAll(half)).length).toBe(0)
})

test('a client that leaves midway is told of, and its file is closed', async () => {
  let isClosed = false
  const server = await startServer({files: () => slowFile(Buffer.alloc(200_000_000), () => void (isClosed = true))})
  const socket = connectTo(server)
  socket.once('data', () => socket.destroy())
  socket.write(ask('/x'))
  expect(await server.eventOf('failed')).toMatchObject({status: 200, message: 'the client went away', sizeBytes: 200_000_000})
  await new Promise((resolve) => setImmediate(resolve))
  expect([isClosed, server.active()]).toEqual([true, []])
})

test('a file that cannot be read is an error of the server, and the connection goes on', async () => {
  const server = await startServer({
    files: ({name}) => {
      if (name === '/open') throw new Error('EMFILE')
      const broken = {...slowFile(large), read: () => Promise.reject(new Error('EIO'))}
      return name === '/small' ? {...broken, sizeBytes: 100} : name === '/at-once' ? {...broken, read: thrown} : broken
    },
  })
  const answers = answersIn(await exchange(server, ask('/open') + ask('/small') + ask('/at-once') + ask('/large', LAST)))
  expect(answers.map(({status, body}) => `${status} ${body.toString()}`)).toEqual(Array(4).fill('500 the server cannot read the file\n'))
  expect(server.events.map(({kind, message}) => `${kind} ${message ?? ''}`)).toEqual([
    'refused EMFILE',
    'failed EIO',
    'start ',
    'failed EIO',
    'start ',
    'failed EIO',
  ])
})

function thrown(): never {
  throw new Error('EIO')
}

test('a file that fails midway breaks the connection', async () => {
  const server = await startServer({
    files: () => {
      const file = slowFile(Buffer.alloc(50_000_000))
      return {...file, read: (offset, ...more) => (offset > 10_000_000 ? Promise.reject(new Error('EIO')) : file.read(offset, ...more))}
    },
  })
  for (const more of ['', 'Connection: x\r\n']) {
    const received = await exchange(server, ask('/x', more) + ask('/y'))
    expect(received.length).toBeLessThan(50_000_000)
    expect(received.toString('latin1').match(/^HTTP/gm)).toHaveLength(1)
  }
  expect(await server.eventOf('failed')).toMatchObject({message: 'EIO'})
})

test('nothing is answered after the last answer', async () => {
  const server = await startServer({files})
  const socket = connectTo(server)
  const received = receiveAll(socket)
  socket.write(ask('/large', LAST))
  socket.on('data', () => void socket.write(ask('/a')))
  const answers = answersIn(await received)
  expect(answers.map(({body}) => body.length)).toEqual([large.length])
  expect(answersIn(await exchange(server, ask('/a', LAST) + ask('/a')))).toHaveLength(1)
})

test('a callback that throws ends one connection, not the server', async () => {
  const server = await startServer({
    files,
    onEvent: ({name}) => {
      if (name === '/a') throw new Error('a bug')
    },
  })
  await exchange(server, ask('/a'))
  await exchange(server, ask('/a', 'Connection: x\r\n'))
  expect(answersIn(await exchange(server, ask('/large', LAST)))[0]?.status).toBe(200)
})
