// Asks an NFS server what it exports, as showmount(8) does; no privilege is needed.
import {messageOf, PxectlError} from '../errors.js'
import type {ConnectTcp} from '../system/tcp-stream.js'
import {
  decodeExports,
  decodePort,
  decodeReply,
  encodeGetPort,
  encodeListExports,
  type ExportedFolder,
  PORTMAPPER_PORT,
} from './mount-protocol.js'

export type AskOptions = {readonly connect: ConnectTcp; readonly timeoutMs: number; readonly xid: number}

/** No list of exports is longer. */
const MOST_BYTES = 4_000_000

/** Throws NFS_UNREACHABLE where no server answers, or what answers is none. */
export async function askExports(server: string, options: AskOptions): Promise<ExportedFolder[]> {
  try {
    const port = decodePort(await call(server, PORTMAPPER_PORT, encodeGetPort(options.xid), options))
    if (port === 0) throw new Error('its portmapper knows no mount program: is the NFS server running?')
    return decodeExports(await call(server, port, encodeListExports(options.xid), options))
  } catch (error) {
    throw new PxectlError(`the NFS server ${server} does not tell what it exports: ${messageOf(error)}`, {
      code: 'NFS_UNREACHABLE',
      kind: 'environment',
      details: {server},
      suggestions: ['start it: systemctl start nfs-server', 'install it: apt-get install nfs-kernel-server'],
      cause: error,
    })
  }
}

async function call(host: string, port: number, bytes: Uint8Array, {connect, timeoutMs, xid}: AskOptions): Promise<Buffer> {
  const stream = await connect({host, port, timeoutMs})
  try {
    stream.write(bytes)
    let received = Buffer.alloc(0)
    for (;;) {
      received = Buffer.concat([received, await stream.read()])
      const body = decodeReply(xid, received)
      if (body !== undefined) return body
      if (received.length > MOST_BYTES) throw new Error('its answer does not end')
    }
  } finally {
    stream.close()
  }
}
