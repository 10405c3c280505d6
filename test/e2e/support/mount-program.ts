// The program behind askMount: finds the mount program of a server and asks it for a folder (MOUNTPROC3_MNT, RFC 1813, 5.2.1), without
// heeding the answer. Arguments: server, folder.
import {connectTcp} from '../../../src/system/tcp-stream.js'
import {decodePort, decodeReply, encodeGetPort, PORTMAPPER_PORT} from '../../../src/netroot/mount-protocol.js'

const [host = '', folder = ''] = process.argv.slice(2)
const XID = 7

async function call(port: number, bytes: Uint8Array): Promise<Buffer> {
  const stream = await connectTcp({host, port, timeoutMs: 30_000})
  try {
    stream.write(bytes)
    for (let received = Buffer.alloc(0); ;) {
      received = Buffer.concat([received, await stream.read()])
      const body = decodeReply(XID, received)
      if (body !== undefined) return body
    }
  } finally {
    stream.close()
  }
}

/** One record: xid, CALL, RPC version 2, program 100005, version 3, procedure 1, no credentials, the path in XDR. */
function encodeMount(path: string): Uint8Array {
  const text = Buffer.from(path)
  const words = [XID, 0, 2, 100_005, 3, 1, 0, 0, 0, 0, text.length]
  const bytes = Buffer.alloc(4 + words.length * 4 + Math.ceil(text.length / 4) * 4)
  bytes.writeUInt32BE((0x8000_0000 | (bytes.length - 4)) >>> 0, 0)
  words.forEach((word, index) => bytes.writeUInt32BE(word, 4 + index * 4))
  text.copy(bytes, 4 + words.length * 4)
  return bytes
}

const port = decodePort(await call(PORTMAPPER_PORT, encodeGetPort(XID)))
await call(port, encodeMount(folder))
