// Fetches files by TFTP with many clients at once, compares every byte, and prints how long it took. Lean on purpose: what
// the client costs is in the ratio of two servers. Runs in plain node, without any code of pxectl.
import {createSocket} from 'node:dgram'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'

type Task = {
  readonly port: number
  readonly root: string
  /** Fetched again and again, in this order. */
  readonly names: readonly string[]
  readonly clients: number
  readonly transfers: number
  readonly blksize: number
  /** undefined: the option is left out. */
  readonly windowsize?: number
}

const {port, root, names, clients, transfers, blksize, windowsize = 1}: Task = JSON.parse(process.argv[2]!) as Task
const asksForWindow = windowsize > 1
const RRQ = 1
const DATA = 3
const ACK = 4
const OACK = 6
const SILENCE_MS = 1000
const MAX_REPEATS = 8

const files = new Map(names.map((name) => [name, readFileSync(join(root, name))]))
const totals = {bytes: 0, repeats: 0}

function fetchOnce(name: string): Promise<void> {
  const expected = files.get(name)!
  const lastBlock = Math.floor(expected.length / blksize) + 1
  // All addresses are numbers; Node's own look-up would send a tick later.
  const socket = createSocket({type: 'udp4', recvBufferSize: 1 << 20, lookup: (host, _options, callback) => callback(null, host, 4)})
  return new Promise<void>((resolve, reject) => {
    let peer = port
    let next = 1
    let sinceAck = 0
    let gapReported = false
    let lastSent = encodeRequest(name)
    let repeats = 0
    let timer = setTimeout(repeat, SILENCE_MS)

    function send(packet: Buffer): void {
      lastSent = packet
      socket.send(packet, peer, '127.0.0.1')
    }
    function end(error?: Error): void {
      clearTimeout(timer)
      // After a last ACK that is on its way.
      socket.close()
      if (error === undefined) resolve()
      else reject(error)
    }
    function repeat(): void {
      totals.repeats++
      if (++repeats > MAX_REPEATS) return end(new Error(`${name}: no answer to ${MAX_REPEATS} repetitions`))
      send(lastSent)
      timer = setTimeout(repeat, SILENCE_MS)
    }
    function receiveData(datagram: Buffer): void {
      const ahead = (datagram.readUInt16BE(2) - next) & 0xffff
      if (ahead !== 0) {
        // A later block: one before it was lost, and the ACK of the last good one asks for it (RFC 7440). An earlier: stale.
        if (ahead < 0x8000 && !gapReported) {
          gapReported = true
          sinceAck = 0
          send(encodeAck(next - 1))
        }
        return
      }
      const start = (next - 1) * blksize
      if (expected.compare(datagram, 4, datagram.length, start, Math.min(start + blksize, expected.length)) !== 0) {
        return end(new Error(`${name}: wrong bytes in block ${next}`))
      }
      totals.bytes += datagram.length - 4
      gapReported = false
      if (next === lastBlock) {
        send(encodeAck(next))
        return end()
      }
      if (++sinceAck === windowsize) {
        sinceAck = 0
        send(encodeAck(next))
      }
      next++
    }

    socket.on('error', end)
    socket.on('message', (datagram, sender) => {
      if (peer === port) peer = sender.port
      if (sender.port !== peer) return
      timer.refresh()
      repeats = 0
      const opcode = datagram.readUInt16BE(0)
      if (opcode === DATA) receiveData(datagram)
      else if (opcode === OACK) refuseOther(datagram)
      else end(new Error(`${name}: the server sent opcode ${opcode}: ${datagram.toString('latin1', 4)}`))
    })
    function refuseOther(datagram: Buffer): void {
      const words = datagram.toString('latin1', 2).toLowerCase().split('\0')
      const granted = (option: string): string | undefined => words[words.indexOf(option) + 1]
      if (granted('blksize') !== String(blksize)) return end(new Error('the server did not grant blksize'))
      if (asksForWindow && (!words.includes('windowsize') || granted('windowsize') !== String(windowsize))) {
        return end(new Error('the server did not grant windowsize'))
      }
      if (next === 1) send(encodeAck(0))
    }
    socket.bind(0, '127.0.0.1', () => send(lastSent))
  })
}

function encodeRequest(name: string): Buffer {
  const options = ['blksize', String(blksize), ...(asksForWindow ? ['windowsize', String(windowsize)] : [])]
  return Buffer.from(`\0${String.fromCharCode(RRQ)}${[name, 'octet', ...options].join('\0')}\0`, 'latin1')
}

function encodeAck(block: number): Buffer {
  const packet = Buffer.allocUnsafe(4)
  packet.writeUInt16BE(ACK, 0)
  packet.writeUInt16BE(block & 0xffff, 2)
  return packet
}

let started = 0
async function runClient(): Promise<void> {
  while (started < transfers) await fetchOnce(names[started++ % names.length]!)
}

const startedMs = performance.now()
await Promise.all(Array.from({length: clients}, runClient))
console.log(JSON.stringify({seconds: (performance.now() - startedMs) / 1000, transfers, ...totals}))
