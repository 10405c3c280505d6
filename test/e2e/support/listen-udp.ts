// A UDP port of a client, and what comes to it.
import type {Client} from './network.js'
import {until} from './programs.js'

/** Hears UDP on this port; gives the datagrams so far in hexadecimal digits. */
export async function listenUdp(client: Client, port: number): Promise<() => string[]> {
  const program = `require('node:dgram').createSocket('udp4').on('message', (bytes) => console.log(bytes.toString('hex'))).bind(${port}, () => console.log('ready'))`
  const running = client.start([process.execPath, '-e', program])
  const lines = (): string[] => running.stdout().split('\n').slice(0, -1)
  await until('the listener', 20_000, () => lines().includes('ready'))
  return () => lines().slice(1)
}
