// Limits and the end of a server: how many, how long, how much, and what close() leaves alone.
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {createServer, type Socket} from 'node:net'
import {fileURLToPath} from 'node:url'
import {expect, onTestFinished, test} from 'vitest'
import type {BootFile} from '../../src/bootfiles/boot-file.js'
import {type Connection, createConnectionSet} from '../../src/http/connection-set.js'
import type {ClientSocket} from '../../src/http/reply.js'
import {answersIn, ask, closed, connectTo, exchange, fixedFiles, receiveAll, slowFile, startServer} from './ground.js'

const MIB = 1024 * 1024
const files = fixedFiles({'/a': Buffer.from('a')})
const LAST = 'Connection: close\r\n'

/** A file without end, read as from a disk; it counts what is asked of it. */
function endlessFile() {
  const scratches = new Set<ArrayBufferLike>()
  let readBytes = 0
  const file: BootFile = {
    sizeBytes: 1e12,
    modifiedMs: 0,
    version: undefined,
    read: (_offset, length, scratch = new Uint8Array(length)) => {
      scratches.add(scratch.buffer)
      readBytes += length
      return Promise.resolve(scratch.subarray(0, length))
    },
    close: () => undefined,
  }
  return {file, readBytes: () => readBytes, heldBytes: () => [...scratches].reduce((sum, {byteLength}) => sum + byteLength, 0)}
}

async function firstBytes(socket: Socket): Promise<void> {
  await once(socket, 'readable')
}

test('a head that does not come is waited for only so long, also byte by byte', async () => {
  const server = await startServer({files, headTimeoutMs: 100})
  const drip = async (start: string): Promise<Buffer> => {
    const socket = connectTo(server)
    const received = receiveAll(socket)
    socket.write(start)
    while (!socket.closed && !socket.readableEnded) {
      socket.write('a')
      // Slowly, or the head would grow too long before it takes too long.
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    return received
  }
  expect(answersIn(await drip('GET /')).map(({status}) => status)).toEqual([408])
  expect(answersIn(await drip('GET / HTTP/1.1\r\nHost: x\r\nA: ')).map(({status}) => status)).toEqual([408])
  expect(answersIn(await drip('POST / HTTP/1.1\r\nHost: x\r\nA: ')).map(({status}) => status)).toEqual([408])
  const {events} = server
  expect(events.map(({kind, status}) => `${kind} ${status}`)).toEqual(['refused 408', 'refused 408', 'refused 408'])
  const message = 'the head of the request did not come within 0.1 s'
  expect(events.map((event) => event.message === message)).toEqual([true, true, false])
  // Whoever says nothing is told nothing.
  expect((await receiveAll(connectTo(server))).length).toBe(0)
  expect(events.length).toBe(3)
})

test('the time for a head begins anew with each request, and not before its first byte', async () => {
  const server = await startServer({files, headTimeoutMs: 100})
  const quiet = connectTo(server)
  quiet.write(ask('/a'))
  await firstBytes(quiet)
  // Another connection's time runs out meanwhile.
  await exchange(server, 'GET /')
  quiet.write(ask('/a', LAST))
  expect(answersIn(await receiveAll(quiet)).map(({status}) => status)).toEqual([200, 200])
})

test('a connection that waits for nothing ends, on both ways', async () => {
  const server = await startServer({files, idleTimeoutMs: 100})
  for (const more of ['', 'Connection: keep-alive, x\r\n']) {
    expect(answersIn(await exchange(server, ask('/a', more))).map(({status}) => status)).toEqual([200])
  }
})

test('a client that does not end its half of the connection is not waited for', async () => {
  const server = await startServer({files, headTimeoutMs: 2000})
  const socket = connectTo(server)
  socket.write(ask('/a', LAST))
  socket.resume()
  await once(socket, 'end')
  // Sends on, and so learns that nobody is there any more.
  while (!socket.closed) {
    socket.write('x')
    await new Promise((resolve) => setImmediate(resolve))
  }
})

test('a client that takes nothing is given up, on both ways, and its file is closed', async () => {
  for (const more of ['', 'Connection: x\r\n']) {
    let isClosed = false
    const {file, readBytes} = endlessFile()
    const server = await startServer({files: () => ({...file, close: () => void (isClosed = true)}), idleTimeoutMs: 200})
    const socket = connectTo(server)
    socket.pause()
    socket.write(ask('/x', more))
    expect(await server.eventOf('failed')).toMatchObject({message: 'the client stood still for 0.2 s', status: 200})
    expect(readBytes()).toBeLessThan(200 * MIB)
    await new Promise((resolve) => setImmediate(resolve))
    expect([isClosed, server.active()]).toEqual([true, []])
  }
})

test('a client that asks and asks and takes no answers is not read from', async () => {
  const requests = ask('/x').repeat(1_000_000)
  let opened = 0
  const server = await startServer({
    idleTimeoutMs: 1000,
    files: () => {
      opened += 1
      return {...slowFile(Buffer.alloc(60_000)), read: () => Buffer.alloc(60_000)}
    },
  })
  const socket = connectTo(server)
  socket.pause()
  socket.write(requests)
  await closed(socket)
  expect(opened).toBeGreaterThan(1)
  expect(opened).toBeLessThan(2000)
})

test('many clients that stop and go share a bounded number of buffers', async () => {
  const {file, readBytes, heldBytes} = endlessFile()
  const server = await startServer({files: () => file})
  const clients = Array.from({length: 150}, () => connectTo(server))
  await Promise.all(
    clients.map(async (socket) => {
      socket.write(ask('/x'))
      await firstBytes(socket)
    }),
  )
  expect(server.active()).toHaveLength(150)
  // Buffers that were dropped from the pool on the way count as well.
  const bound = 2 * 64 * MIB + 150 * 64 * 1024
  expect(heldBytes()).toBeLessThanOrEqual(bound)
  await Promise.all(clients.map((socket) => takeBytes(socket, 2 * MIB)))
  expect(readBytes()).toBeGreaterThan(300 * MIB)
  expect(heldBytes()).toBeLessThanOrEqual(bound)
})

/** Takes so many bytes and stops taking. */
function takeBytes(socket: Socket, bytes: number): Promise<void> {
  return new Promise((resolve) => {
    let left = bytes
    socket.on('data', (chunk: Buffer) => {
      left -= chunk.length
      if (left > 0) return
      socket.pause()
      resolve()
    })
  })
}

test('one connection too many is answered 503, and there is room again when one ends', async () => {
  const {file} = endlessFile()
  const server = await startServer({files: (request) => (request.name === '/endless' ? file : files(request)), maxConnections: 2})
  const busy = [connectTo(server), connectTo(server)]
  for (const socket of busy) {
    socket.write(ask('/endless'))
    await firstBytes(socket)
  }
  expect(answersIn(await exchange(server, ask('/a'))).map(({status}) => status)).toEqual([503])
  expect(await server.eventOf('refused')).toMatchObject({status: 503, client: '127.0.0.1', message: 'too many connections'})
  busy[0]?.destroy()
  await server.eventOf('failed')
  expect(answersIn(await exchange(server, ask('/a', LAST))).map(({status}) => status)).toEqual([200])
})

test('the connection that has waited longest makes room for a new one, but none that is young or answers', () => {
  let nowMs = 0
  const ended: string[] = []
  const set = createConnectionSet(3, {now: () => nowMs})
  const add = (name: string, since: number | undefined): void => {
    const connection: Connection = {
      waitingSinceMs: () => since,
      check: () => undefined,
      endSoon: () => undefined,
      destroy: () => ended.push(name),
    }
    set.add({once: () => undefined} as unknown as ClientSocket, connection)
  }
  add('answers', undefined)
  add('waits', 100)
  expect(set.makeRoom()).toBe(true)
  add('waits longer', 50)
  nowMs = 1000
  expect([set.makeRoom(), ended]).toEqual([false, []])
  nowMs = 1100
  expect([set.makeRoom(), ended]).toEqual([true, ['waits longer']])
  add('waits too', 60)
  expect([set.makeRoom(), ended]).toEqual([true, ['waits longer', 'waits too']])
})

test('what is going on can be seen', async () => {
  const {file} = endlessFile()
  const server = await startServer({files: () => file})
  expect(server.active()).toEqual([])
  const socket = connectTo(server)
  socket.write(ask('/x%20y'))
  await takeBytes(socket, 3 * MIB)
  const [transfer, ...others] = server.active()
  expect(others).toEqual([])
  expect(transfer).toMatchObject({protocol: 'http', client: '127.0.0.1', port: socket.localPort, name: '/x y', sizeBytes: 1e12})
  expect(transfer?.bytes).toBeGreaterThan(MIB)
  expect(transfer?.durationMs).toBeGreaterThan(0)
  expect(await server.eventOf('start')).toMatchObject({name: '/x y', sizeBytes: 1e12, bytes: 0})
})

test('close with grace ends what waits at once, lets answers end, and takes nothing new', async () => {
  const large = Buffer.alloc(30_000_000, 7)
  const server = await startServer({files: (request) => (request.name === '/slow' ? slowFile(large) : files(request))})
  const waiting = [connectTo(server), connectTo(server), connectTo(server)]
  waiting[0]?.write(ask('/a'))
  waiting[1]?.write(ask('/a', 'Connection: keep-alive, x\r\n'))
  waiting[2]?.write('GET /half')
  await Promise.all(waiting.slice(0, 2).map((socket) => firstBytes(socket)))
  const running = ['', 'Connection: keep-alive, x\r\n'].map((more) => {
    const socket = connectTo(server)
    socket.pause()
    socket.write(ask('/slow', more) + ask('/never'))
    return socket
  })
  await Promise.all(running.map((socket) => firstBytes(socket)))
  const ended = waiting.map((socket) => receiveAll(socket))
  let isClosed = false
  const closing = server.close({graceMs: 600_000}).then(() => (isClosed = true))
  await Promise.all(ended)
  const late = connectTo(server)
  await closed(late)
  expect([isClosed, server.active().length]).toEqual([false, 2])
  for (const received of await Promise.all(running.map((socket) => receiveAll(socket)))) {
    const [answer, next] = answersIn(received)
    expect(answer?.body.equals(large)).toBe(true)
    expect(next).toBeUndefined()
  }
  await closing
})

test('the grace has an end, and a second close without grace comes sooner', async () => {
  for (const grace of [[100], [600_000, 0], [0]]) {
    const {file} = endlessFile()
    const server = await startServer({files: () => file})
    const socket = connectTo(server)
    socket.write(ask('/x'))
    await firstBytes(socket)
    await Promise.all(grace.map((graceMs) => server.close({graceMs})))
    expect(await server.eventOf('failed')).toMatchObject({status: 200})
    expect(server.active()).toEqual([])
  }
})

test('a socket that listens already is taken over', async () => {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const place = listener.address() as {port: number}
  const {fd} = (listener as unknown as {_handle: {fd: number}})._handle
  const program = fileURLToPath(new URL('fd-program.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', program], {stdio: ['pipe', 'pipe', 'inherit', fd]})
  onTestFinished(() => void child.kill())
  listener.close()
  const [said] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  expect(said.toString()).toBe(`127.0.0.1:${place.port}\n`)
  const answers = answersIn(await exchange({port: place.port} as never, ask('/x', LAST)))
  expect(answers[0]?.body.toString()).toBe('from the socket of another')
  child.stdin?.end()
  expect(await once(child, 'exit')).toEqual([0, null])
})
