// Fetches files over many kept connections, compares every byte, and prints how long it took. Written on node:net, because
// node:http as a client is slower than the servers. Runs in plain node, without any code of pxectl.
import {readFileSync} from 'node:fs'
import {connect, type Socket} from 'node:net'
import {join} from 'node:path'

type Task = {
  readonly port: number
  readonly root: string
  /** Fetched again and again, in this order. */
  readonly names: readonly string[]
  readonly connections: number
  readonly requests: number
}

const {port, root, names, connections, requests} = JSON.parse(process.argv[2]!) as Task
const files = names.map((name) => ({
  request: Buffer.from(`GET /${name} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`),
  body: readFileSync(join(root, name)),
}))
let started = 0

function runConnection(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true)
    let current = files[0]!
    let received: Buffer = Buffer.alloc(0)
    const ask = (): void => {
      if (started >= requests) return finish()
      current = files[started++ % files.length]!
      received = Buffer.alloc(0)
      socket.write(current.request)
    }
    const finish = (): void => {
      socket.destroy()
      resolve()
    }
    socket.on('connect', ask)
    socket.on('error', reject)
    socket.on('end', () => reject(new Error('the server closed the connection')))
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer for 10 s')))
    socket.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const headEnd = received.indexOf('\r\n\r\n')
      if (headEnd < 0 || received.length < headEnd + 4 + current.body.length) return
      const isRight = received.toString('latin1', 9, 12) === '200' && received.subarray(headEnd + 4).equals(current.body)
      if (isRight) ask()
      else socket.destroy(new Error(`wrong bytes, or no 200: ${received.toString('latin1', 0, headEnd)}`))
    })
  })
}

const startedMs = performance.now()
await Promise.all(Array.from({length: connections}, runConnection))
console.log(JSON.stringify({seconds: (performance.now() - startedMs) / 1000}))
