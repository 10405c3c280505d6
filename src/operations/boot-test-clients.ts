// The doors of a boot test onto the real network: our DHCP, TFTP and HTTP clients.
import type {Ipv4} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import {leaseDhcp4, type ServerPath} from '../dhcp4/client.js'
import type {LeaseOutcome} from '../dhcp4/lease-exchange.js'
import {PxectlError} from '../errors.js'
import {fetchHttp} from '../http/client.js'
import {fetchTftp} from '../tftp/client.js'
import type {BootDoors, ClientKind, Fetched} from './boot-test-record.js'

export type ClientOptions = {
  readonly host: {readonly mac: Mac; readonly uuid?: string}
  readonly server: Ipv4
  readonly tftpPort: number
  readonly dhcpPort: number
  /** Ask a DHCP server that answers only ports 67 and 68 as a relay at this address; undefined: ask pxectl's alone. */
  readonly relay: Ipv4 | undefined
  /** How long to wait for each answer. */
  readonly timeoutMs: number
  /** 32 random bits. */
  readonly randomXid: () => number
  readonly now: () => number
}

/** How much of a file is kept: scripts, configurations and loaders whole, of kernels and initrds the beginning. */
const KEEP_BYTES = 2 ** 20

/** pxectl's own server, where it runs, answers within milliseconds. */
const OWN_SERVER_MS = 1000

export function openBootDoors(options: ClientOptions): BootDoors {
  const {tftpPort, timeoutMs} = options
  return {
    dhcp: (client) => askDhcp(client, options),
    tftp: async (server, name, style) => {
      const kept = keepBeginning()
      // The fifth silence ends the fetch, after 31 times the first.
      const {sizeBytes, durationMs} = await fetchTftp({server, port: tftpPort, name, ...style, timeoutMs: timeoutMs / 31, onData: kept.add})
      return {sizeBytes, durationMs, bytes: kept.bytes()}
    },
    http: (url) => getHttp(url, timeoutMs),
  }
}

async function getHttp(url: string, timeoutMs: number): Promise<Fetched> {
  const kept = keepBeginning()
  const {status, sizeBytes, durationMs} = await fetchHttp(url, {timeoutMs, onData: kept.add})
  if (status === 200) return {sizeBytes, durationMs, bytes: kept.bytes()}
  throw new PxectlError(`HTTP status ${status} for ${url}`, {
    code: 'HTTP_STATUS',
    kind: status === 404 ? 'notFound' : 'external',
    details: {url, status},
  })
}

function keepBeginning(): {add: (bytes: Uint8Array) => void; bytes: () => Uint8Array} {
  const chunks: Uint8Array[] = []
  let kept = 0
  return {
    add: (bytes) => {
      // A copy: the client may use its buffer again.
      const part = bytes.slice(0, KEEP_BYTES - kept)
      kept += part.length
      if (part.length > 0) chunks.push(part)
    },
    bytes: () => Buffer.concat(chunks),
  }
}

/**
 * `pxectl serve --dhcp full` answers a client on any port. dhcpd answers ports 67 and 68 only, which takes root and a
 * relay's place (dhcp4/client.ts); that way is tried second, because it is the slower one to fail.
 */
async function askDhcp(client: ClientKind, options: ClientOptions): Promise<LeaseOutcome> {
  const {server, dhcpPort, relay, timeoutMs} = options
  const direct = {kind: 'unicast', server, port: dhcpPort} as const
  if (relay === undefined) return lease(client, direct, timeoutMs, options)
  const own = await lease(client, direct, Math.min(OWN_SERVER_MS, timeoutMs), options)
  return own.kind === 'silent' ? lease(client, {kind: 'relay', address: relay}, timeoutMs, options) : own
}

function lease(firmware: ClientKind, via: ServerPath, timeoutMs: number, {host, randomXid, now}: ClientOptions): Promise<LeaseOutcome> {
  return leaseDhcp4({via, client: {...host, firmware}, timeoutMs, xid: randomXid(), now})
}
