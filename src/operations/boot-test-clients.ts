// The doors of a boot test onto the real network: our DHCP, TFTP and HTTP clients.
import {PxectlError} from '../errors.js'
import {fetchHttp} from '../http/client.js'
import {askExports} from '../netroot/ask-exports.js'
import {connectTcp} from '../system/tcp-stream.js'
import {fetchTftp} from '../tftp/client.js'
import {askDhcp, type AskOptions} from './boot-test-ask.js'
import type {BootDoors, Fetched} from './boot-test-record.js'

export type ClientOptions = AskOptions & {readonly tftpPort: number}

/** How much of a file is kept: scripts, configurations and loaders whole, of kernels and initrds the beginning. */
const KEEP_BYTES = 2 ** 20

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
    exports: (server) => askExports(server, {connect: connectTcp, timeoutMs, xid: options.randomXid()}),
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
