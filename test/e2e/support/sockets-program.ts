// The program behind sockets.ts: opens sockets in its namespace as it is told. One JSON object per line each way, bytes as base64.
import {Buffer} from 'node:buffer'
import {createSocket, type Socket as UdpSocket} from 'node:dgram'
import {once} from 'node:events'
import {connect, type Socket as TcpSocket} from 'node:net'
import {createInterface} from 'node:readline'
import type {SocketOrder, SocketReport} from './sockets.js'

const udp = new Map<number, UdpSocket>()
const tcp = new Map<number, TcpSocket>()

function report(what: SocketReport): void {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}

function openUdp(id: number): void {
  const socket = createSocket({type: 'udp4', lookup: (host, _options, callback) => callback(null, host, 4)})
  udp.set(id, socket)
  socket.on('error', (error) => report({id, kind: 'closed', reason: error.message}))
  socket.on('message', (bytes: Buffer, {port}) => report({id, kind: 'bytes', port, bytes: bytes.toString('base64')}))
  socket.bind(0, () => report({id, kind: 'open'}))
}

/** `pauseAfter`: reads no further once so many bytes came, until told to. */
function openTcp(id: number, address: string, port: number, pauseAfter: number | undefined): void {
  const socket = connect({host: address, port})
  tcp.set(id, socket)
  let received = 0
  let isPaused = false
  socket.on('connect', () => report({id, kind: 'open'}))
  socket.on('data', (bytes: Buffer) => {
    report({id, kind: 'bytes', port, bytes: bytes.toString('base64')})
    received += bytes.length
    if (pauseAfter === undefined || isPaused || received < pauseAfter) return
    isPaused = true
    socket.pause()
    report({id, kind: 'paused'})
  })
  socket.on('error', () => undefined)
  socket.on('close', () => report({id, kind: 'closed', reason: 'closed'}))
}

/** One datagram from each of `count` ports; nobody stays to hear the answers. */
async function flood({id, address, port, from, firstPort, count, bytes}: Extract<SocketOrder, {kind: 'flood'}>): Promise<void> {
  const datagram = Buffer.from(bytes, 'base64')
  for (let at = 0; at < count; at += 1) {
    const socket = createSocket({type: 'udp4', lookup: (host, _options, callback) => callback(null, host, 4)})
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(firstPort + at, from, () => resolve())
    })
    await new Promise<void>((resolve, reject) => {
      socket.send(datagram, port, address, (error) => (error === null ? resolve() : reject(error)))
    })
    socket.close()
  }
  report({id, kind: 'open'})
}

/** Connections that send a byte of a header every second, for as long as they live. */
async function dribble({id, address, port, count}: Extract<SocketOrder, {kind: 'dribble'}>): Promise<void> {
  const open = new Set<TcpSocket>()
  for (let at = 0; at < count; at += 1) {
    const socket = connect({host: address, port})
    open.add(socket)
    const timer = setInterval(() => socket.write('a'), 1000)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearInterval(timer)
      open.delete(socket)
      if (open.size === 0) report({id, kind: 'closed', reason: 'all'})
    })
    await once(socket, 'connect')
    socket.write('GET /small.bin HTTP/1.1\r\nHost: x\r\nX-Slow: ')
    socket.resume()
  }
  report({id, kind: 'open'})
}

function carryOut(order: SocketOrder): void {
  const {id} = order
  switch (order.kind) {
    case 'udp':
      return openUdp(id)
    case 'tcp':
      return openTcp(id, order.address, order.port, order.pauseAfter)
    case 'send':
      return udp.get(id)?.send(Buffer.from(order.bytes, 'base64'), order.port, order.address)
    case 'write':
      tcp.get(id)?.write(Buffer.from(order.bytes, 'base64'))
      return
    case 'resume':
      tcp.get(id)?.resume()
      return
    case 'close':
      udp.get(id)?.close()
      tcp.get(id)?.destroy()
      udp.delete(id)
      tcp.delete(id)
      return
    case 'flood':
      return void flood(order)
    case 'dribble':
      return void dribble(order)
  }
}

createInterface({input: process.stdin}).on('line', (line) => carryOut(JSON.parse(line) as SocketOrder))
report({id: 0, kind: 'open'})
