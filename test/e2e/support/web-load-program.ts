// Load for the web page, from a machine of the lab's wire: transfers that go on slowly, names made to do harm, machines that
// nobody knows. Reads JSON on stdin, prints "ready" once all transfers run, and goes on until it is ended.
import {createSocket} from 'node:dgram'
import {get} from 'node:http'

export type WebLoad = {
  readonly server: string
  /** How many transfers of this file go on at the same time. */
  readonly transfers: number
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
await Promise.all(Array.from({length: load.transfers}, (_, index) => readSlowly(index)))
console.log('ready')

/** Takes the file a little at a time, so that it goes on for the whole test. */
function readSlowly(index: number): Promise<void> {
  return new Promise((resolve, reject) => {
    get({host: load.server, port: 8069, path: `/${load.file}?${index}`, agent: false}, (response) => {
      response.once('readable', () => {
        resolve()
        setInterval(() => response.read(16 * 1024), 100)
      })
    }).on('error', reject)
  })
}

async function askNames(): Promise<void> {
  const socket = createSocket('udp4')
  for (const name of load.names) {
    const request = Buffer.concat([Buffer.from([0, 1]), Buffer.from(name), Buffer.from([0]), Buffer.from('octet'), Buffer.from([0])])
    await new Promise<void>((resolve, reject) =>
      socket.send(request, 69, load.server, (error) => (error === null ? resolve() : reject(error))),
    )
    await new Promise<void>((resolve, reject) =>
      get({host: load.server, port: 8069, path: `/${encodeURIComponent(name)}`, agent: false}, (response) =>
        response.resume().on('end', resolve),
      ).on('error', reject),
    )
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
