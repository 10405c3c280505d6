// Is somebody at an address? A datagram to it makes the kernel ask the wire (ARP, RFC 826), and the table of neighbours then
// shows who answered. An echo request (RFC 2131 section 4.4.1) would need a raw socket, and machines that drop pings.
import type {Ipv4} from '../net/ipv4.js'
import {openSocket} from './sockets.js'

export type Prober = {
  /** The hardware address of who answers, or undefined when nobody has within half a second. */
  answeredBy(ip: Ipv4): Promise<string | undefined>
  close(): Promise<void>
}

export type ProberOptions = {
  /** Our address on the wire. */
  readonly address: Ipv4
  /** The table of neighbours. */
  readonly findMac: (ip: string) => Promise<string | undefined>
}

/** An answer takes less than a millisecond on a wire, some 100 ms to a phone asleep. Looks in between, for who answers at once. */
const WAITS_MS = [5, 20, 75, 150, 250]

/** The discard service (RFC 863): who has none drops the datagram as well. */
const DISCARD_PORT = 9

export async function openProber({address, findMac}: ProberOptions): Promise<Prober> {
  const socket = await openSocket({address, port: 0})
  return {
    answeredBy: async (ip) => {
      // Where it cannot be sent, nobody can answer.
      await socket.send(new Uint8Array(1), {address: ip, port: DISCARD_PORT}).catch(() => undefined)
      for (const waitMs of WAITS_MS) {
        await new Promise((resolve) => setTimeout(resolve, waitMs))
        const mac = await findMac(ip)
        if (mac !== undefined) return mac
      }
      return undefined
    },
    close: () => socket.close(),
  }
}
