// Load for the web page, from a machine of the lab's wire: transfers that go on slowly, names made to do harm, machines that
// nobody knows. Reads JSON on stdin, prints "ready" once all transfers run, and goes on until it is ended. At SIGUSR1 the transfers
// break off, and each of their machines says that it is up; then it prints "up".
import {createSocket} from 'node:dgram'
import {get} from 'node:http'

export type WebLoad = {
  readonly server: string
  /** Each of these addresses of this machine reads this file, all at the same time. */
  readonly readers: readonly string[]
  readonly file: string
  /** Asked for by TFTP and HTTP, as they are. */
  readonly names: readonly string[]
  /** So many DHCP requests, each of another MAC. */
  readonly strangers: number
}

const chunks: Buffer[] = []
for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
const load = JSON.parse(Buffer.concat(chunks).toString('utf8')) as WebLoad

await askNames()
await knock()
const transfers = await Promise.all(load.readers.map(readSlowly))
process.once('SIGUSR1', () => void finish())
console.log('ready')

/** Takes the file a little at a time, so that it goes on for the whole test. Gives what breaks it off. */
function readSlowly(localAddress: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    get({host: load.server, port: 8069, path: `/${load.file}`, localAddress, agent: false}, (response) => {
      response.once('readable', () => {
        const timer = setInterval(() => response.read(16 * 1024), 100)
        resolve(() => {
          clearInterval(timer)
          response.on('error', () => undefined).destroy()
        })
      })
    }).on('error', reject)
  })
}

async function finish(): Promise<void> {
  for (const breakOff of transfers) breakOff()
  for (const localAddress of load.readers) await fetchWhole({path: '/up', localAddress})
  console.log('up')
}

function fetchWhole(what: {readonly path: string; readonly localAddress?: string}): Promise<void> {
  return new Promise((resolve, reject) => {
    get({host: load.server, port: 8069, agent: false, ...what}, (response) => response.resume().on('end', resolve)).on('error', reject)
  })
}

async function askNames(): Promise<void> {
  const socket = createSocket('udp4')
  for (const name of load.names) {
    const request = Buffer.concat([Buffer.from([0, 1]), Buffer.from(name), Buffer.from([0]), Buffer.from('octet'), Buffer.from([0])])
    await new Promise<void>((resolve, reject) =>
      socket.send(request, 69, load.server, (error) => (error === null ? resolve() : reject(error))),
    )
    await fetchWhole({path: `/${encodeURIComponent(name)}`})
  }
  socket.close()
}

/** DHCPDISCOVERs (RFC 2131), by unicast, as relays send them. */
async function knock(): Promise<void> {
  const socket = createSocket('udp4')
  for (let number = 0; number < load.strangers; number++) {
    const packet = Buffer.alloc(300)
    packet.set([1, 1, 6, 0])
    packet.writeUInt32BE(number, 4)
    packet.set([0x02, 0xbb, 0, 0, number >> 8, number & 255], 28)
    packet.set([99, 130, 83, 99, 53, 1, 1, 60, 9, ...Buffer.from('PXEClient'), 77, 8, ...Buffer.from('<b>x</b>'), 255], 236)
    await new Promise<void>((resolve, reject) =>
      socket.send(packet, 67, load.server, (error) => (error === null ? resolve() : reject(error))),
    )
    // The server's buffer is of some hundred packets.
    if (number % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  socket.close()
}
