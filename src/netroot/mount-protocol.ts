// Two calls of ONC RPC (RFC 5531) with their XDR (RFC 4506), as far as they are needed to ask an NFS server what it exports: where is the
// mount program (RFC 1833, GETPORT), and its list of exports (RFC 1813, 5.2.5). Bytes in, values out; nothing here waits.

export const PORTMAPPER_PORT = 111

export type ExportedFolder = {
  readonly path: string
  /** Addresses, networks or names, as the server writes them; none: everybody. */
  readonly clients: readonly string[]
}

const MOUNT = {program: 100_005, version: 3, exportProcedure: 5}
const PORTMAPPER = {program: 100_000, version: 2, getPortProcedure: 3}
const TCP = 6
const CALL_BYTES = 40

export function encodeGetPort(xid: number): Uint8Array {
  return encodeCall(xid, [PORTMAPPER.program, PORTMAPPER.version, PORTMAPPER.getPortProcedure], [MOUNT.program, MOUNT.version, TCP, 0])
}

export function encodeListExports(xid: number): Uint8Array {
  return encodeCall(xid, [MOUNT.program, MOUNT.version, MOUNT.exportProcedure], [])
}

/** One record: a mark with its length, then xid, CALL, RPC version 2, program, version, procedure, no credentials, arguments. */
function encodeCall(xid: number, procedure: readonly number[], args: readonly number[]): Uint8Array {
  const words = [xid, 0, 2, ...procedure, 0, 0, 0, 0, ...args]
  const bytes = Buffer.alloc(4 + words.length * 4)
  bytes.writeUInt32BE((0x8000_0000 | (CALL_BYTES + args.length * 4)) >>> 0, 0)
  words.forEach((word, index) => bytes.writeUInt32BE(word, 4 + index * 4))
  return bytes
}

/** The body of the reply to `xid` once all of its fragments are there; undefined while some are missing. Throws a RangeError or Error for what is no such reply. */
export function decodeReply(xid: number, received: Buffer): Buffer | undefined {
  const fragments: Buffer[] = []
  for (let at = 0, isLast = false; !isLast;) {
    if (received.length < at + 4) return undefined
    const mark = received.readUInt32BE(at)
    const end = at + 4 + (mark & 0x7fff_ffff)
    if (received.length < end) return undefined
    fragments.push(received.subarray(at + 4, end))
    isLast = mark >>> 31 === 1
    at = end
  }
  const reply = Buffer.concat(fragments)
  const [id, kind, state] = [reply.readUInt32BE(0), reply.readUInt32BE(4), reply.readUInt32BE(8)]
  if (id !== xid || kind !== 1 || state !== 0) throw new Error('it refused the call')
  const verifierBytes = padded(reply.readUInt32BE(16))
  if (reply.readUInt32BE(20 + verifierBytes) !== 0) throw new Error('it does not have this program')
  return reply.subarray(24 + verifierBytes)
}

/** 0: the program is not registered. */
export function decodePort(body: Buffer): number {
  return body.readUInt32BE(0)
}

/** A list of (path, list of groups); each list is "one follows" words with what follows them. */
export function decodeExports(body: Buffer): ExportedFolder[] {
  let at = 0
  const word = (): number => body.readUInt32BE((at += 4) - 4)
  const text = (): string => {
    const length = word()
    if (at + length > body.length) throw new RangeError('a text reaches beyond the reply')
    const found = body.toString('utf8', at, at + length)
    at += padded(length)
    return found
  }
  const exports: ExportedFolder[] = []
  while (word() !== 0) {
    const path = text()
    const clients: string[] = []
    while (word() !== 0) clients.push(text())
    exports.push({path, clients})
  }
  return exports
}

/** XDR fills up to four bytes. */
function padded(length: number): number {
  return Math.ceil(length / 4) * 4
}
