// What can only be seen from outside a process: port-program <addon or -> <scenario>. Prints one line of JSON. For ports.test.ts.
import {createSocket} from 'node:dgram'
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {isMainThread, Worker} from 'node:worker_threads'
import {loadBatchPort} from '../../src/tftp/batch-port.js'
import {openNodePort} from '../../src/tftp/node-port.js'
import type {AckClock, ClientKey, OpenUdpPort, UdpPort} from '../../src/tftp/udp-port.js'

const [, , addon = '-', scenario = ''] = process.argv

function load(): OpenUdpPort {
  if (addon === '-') return openNodePort
  const batch = loadBatchPort(addon)
  if (batch.kind === 'unavailable') throw new Error(batch.reason)
  return batch.openUdpPort
}

const openUdpPort = load()
const here = {address: '127.0.0.1', port: 0}

function tell(answer: unknown): void {
  console.log(JSON.stringify(answer))
}

/** Ends this process, or this thread, with all that is open. */
function endNow(): void {
  // eslint-disable-next-line no-restricted-properties -- the end without any clean-up is what is tested
  process.exit(0)
}

/** A client that has said hello, so that the port has its key. */
async function meet(onMessage: (datagram: Buffer) => void): Promise<{port: UdpPort; client: ClientKey; end: () => void}> {
  const socket = createSocket({type: 'udp4', recvBufferSize: 4 * 1024 * 1024})
  socket.on('message', onMessage)
  const {port, client} = await new Promise<{port: UdpPort; client: ClientKey}>((resolve, reject) => {
    openUdpPort(here, (_datagram, key, from) => resolve({port: from, client: key})).then((opened) => {
      socket.send('hello', opened.port, '127.0.0.1')
    }, reject)
  })
  return {
    port,
    client,
    end: () => {
      socket.close()
      void port.close()
    },
  }
}

/** Datagrams that came, and found the receiver's buffer full: of all of this network, so it must be our own. */
function lostHere(): number {
  const [names, values] = readFileSync('/proc/net/snmp', 'utf8').match(/^Udp: .*$/gm) as [string, string]
  return Number(values.split(' ')[names.split(' ').indexOf('RcvbufErrors')])
}

/** Sends numbered datagrams in one turn, more than the kernel has room for, and then `end` until that arrives. */
async function flood(count: number, bytes: number): Promise<void> {
  const numbers: number[] = []
  const {port, client, end} = await meet((datagram) => {
    if (datagram.length !== 3) return void numbers.push(datagram.readUInt32BE(0))
    if (ending === undefined) return
    clearInterval(ending)
    ending = undefined
    end()
    tell({arrived: numbers.length + lostHere(), inOrder: numbers.every((number, i) => i === 0 || number > numbers[i - 1]!)})
  })
  for (let i = 0; i < count; i++) {
    const datagram = new Uint8Array(bytes)
    new DataView(datagram.buffer).setUint32(0, i)
    port.send(client, datagram, 0, bytes, bytes)
  }
  let ending: NodeJS.Timeout | undefined = setInterval(() => port.send(client, Buffer.from('end'), 0, 3, 3), 20)
}

const scenarios: Record<string, () => Promise<void> | void> = {
  /** Answers on the socket that is fd 3, until stdin ends. */
  adopted: async () => {
    const port = await openUdpPort({address: '0.0.0.0', port: 9, fd: 3}, (datagram, client, from) => {
      const copy = Uint8Array.from(datagram)
      from.send(client, copy, 0, copy.length, copy.length)
    })
    tell({address: port.address, port: port.port})
    process.stdin.resume().on('end', () => void port.close())
  },

  /** The first of three datagrams makes the receiver throw. */
  throws: async () => {
    const caught: string[] = []
    const received: string[] = []
    process.on('uncaughtException', (error) => {
      caught.push(error.message)
      finish()
    })
    const socket = createSocket('udp4')
    const port = await openUdpPort(here, (datagram) => {
      const text = Buffer.from(datagram).toString()
      received.push(text)
      if (text === 'bad') throw new Error('boom')
      finish()
    })
    const finish = (): void => {
      if (caught.length === 0 || received.length < 3) return
      socket.close()
      void port.close()
      tell({caught, received})
    }
    for (const text of ['bad', 'good', 'better']) socket.send(text, port.port, '127.0.0.1')
  },

  /** The process ends inside the receiver, with the port open. */
  exits: async () => {
    const port = await openUdpPort(here, () => {
      tell('bye')
      endNow()
    })
    createSocket('udp4').send('x', port.port, '127.0.0.1')
  },

  /** Threads end with their ports open: one by itself, one from outside. */
  workers: async () => {
    if (!isMainThread) {
      const port = await openUdpPort(here, () => endNow())
      if (process.argv[4] === 'exit') createSocket('udp4').send('x', port.port, '127.0.0.1')
      else tell('ready')
      return
    }
    const run = (how: string): Worker => new Worker(fileURLToPath(import.meta.url), {argv: [addon, scenario, how], stdout: how !== 'exit'})
    await new Promise((resolve) => run('exit').once('exit', resolve))
    const worker = run('terminate')
    await new Promise((resolve) => worker.stdout.once('data', resolve))
    await worker.terminate()
    tell('both ended')
  },

  /** 32 clients take windows of 16 from ACK clocks; where the kernel takes no more, the ACK comes here and is answered from here. */
  clocks: async () => {
    const [windows, windowsize, segmentBytes] = [12, 16, 1000]
    const windowBytes = windowsize * segmentBytes
    const bytes = new Uint8Array(windows * windowBytes)
    for (let i = 0; i < windows * windowsize; i++) bytes.fill(i, i * segmentBytes, (i + 1) * segmentBytes)
    const running = new Map<ClientKey, AckClock | undefined>()
    let left = 0
    let whole = 0
    const goOn = (from: UdpPort, key: ClientKey, start: number): void => {
      from.send(key, bytes, start, start + windowBytes, segmentBytes)
      const at = start + windowBytes
      const awaitedBlock = at / segmentBytes
      running.set(key, from.startAckClock?.(key, {bytes, start: at, end: bytes.length, segmentBytes, windowBytes, awaitedBlock}))
    }
    const port = await openUdpPort(here, (datagram, key, from) => {
      if (!running.has(key)) return goOn(from, key, 0)
      const acked = Buffer.from(datagram).readUInt16BE(2) * segmentBytes
      if (acked === bytes.length) return
      left++
      if (running.get(key)?.sentEnd() !== acked) throw new Error('the clock says otherwise')
      goOn(from, key, acked)
    })
    const clients = Array.from({length: 32}, () => {
      const socket = createSocket({type: 'udp4', recvBufferSize: 4 * 1024 * 1024})
      let count = 0
      socket.on('message', (datagram) => {
        if (datagram.length !== segmentBytes || datagram.some((byte) => byte !== count % 256))
          throw new Error(`datagram ${count} is another`)
        count++
        if (count % windowsize === 0) socket.send(Uint8Array.of(0, 4, count >> 8, count & 255), port.port, '127.0.0.1')
        if (count === windows * windowsize && ++whole === clients.length) finish()
      })
      socket.send('hello', port.port, '127.0.0.1')
      return socket
    })
    const finish = (): void => {
      for (const socket of clients) socket.close()
      void port.close()
      tell({whole, left})
    }
  },

  flood: () => flood(2000, 1472),
  deluge: () => flood(20_000, 4),

  /** Runs whose segments do not fit the path's MTU. */
  fragments: async () => {
    const [runs, segments, segmentBytes] = [3, 16, 4096]
    const received: boolean[] = []
    const {port, client, end} = await meet((datagram) => {
      received.push(datagram.length === segmentBytes && datagram.every((byte) => byte === received.length))
      if (received.length < runs * segments) return
      end()
      tell({whole: received.filter(Boolean).length})
    })
    for (let run = 0; run < runs; run++) {
      const bytes = new Uint8Array(segments * segmentBytes)
      for (let i = 0; i < segments; i++) bytes.fill(run * segments + i, i * segmentBytes, (i + 1) * segmentBytes)
      port.send(client, bytes, 0, bytes.length, segmentBytes)
    }
  },
}

await scenarios[scenario]?.()
