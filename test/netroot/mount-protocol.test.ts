import fc from 'fast-check'
import {expect, test} from 'vitest'
import {askExports} from '../../src/netroot/ask-exports.js'
import {decodeExports, decodePort, decodeReply, encodeGetPort, encodeListExports} from '../../src/netroot/mount-protocol.js'

const XID = 0x01020304

// Replies of rpcbind 1.2.6 and nfs-ganesha 4.3, which exported /tmp/fs-boot-build/tree to everybody.
const PORT = Buffer.from('8000001c01020304000000010000000000000000000000000000000000004e50', 'hex')
const EXPORTS = Buffer.from(
  '8000004001020304000000010000000000000000000000000000000000000001000000172f746d702f66732d626f6f742d6275696c642f74726565000000000000000000',
  'hex',
)

test('the questions are those of RFC 1833 and RFC 1813', () => {
  expect(Buffer.from(encodeGetPort(XID)).toString('hex')).toBe(
    [
      '80000038',
      '01020304',
      '00000000',
      '00000002',
      '000186a0',
      '00000002',
      '00000003',
      '0'.repeat(32),
      '000186a5',
      '00000003',
      '00000006',
      '00000000',
    ].join(''),
  )
  expect(Buffer.from(encodeListExports(XID)).toString('hex')).toBe(
    ['80000028', '01020304', '00000000', '00000002', '000186a5', '00000003', '00000005', '0'.repeat(32)].join(''),
  )
})

test('the answers of real servers are read', () => {
  expect(decodePort(decodeReply(XID, PORT) ?? Buffer.alloc(0))).toBe(20048)
  expect(decodeExports(decodeReply(XID, EXPORTS) ?? Buffer.alloc(0))).toEqual([{path: '/tmp/fs-boot-build/tree', clients: []}])
})

test('an answer that is not all there is waited for, wherever it is cut', () => {
  for (let length = 0; length < EXPORTS.length; length++) expect(decodeReply(XID, EXPORTS.subarray(0, length))).toBeUndefined()
})

test('whatever comes, reading it ends', () => {
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 200}), (bytes) => {
      try {
        decodeExports(Buffer.from(bytes))
        decodeReply(XID, Buffer.from(bytes))
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }),
  )
})

test.each([
  ['another program answers', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'.padEnd(200)), /does not tell what it exports/],
  ['the portmapper does not know it', Buffer.concat([PORT.subarray(0, 28), Buffer.alloc(4)]), /is the NFS server running/],
])('%s: an error that says so', async (_, bytes, message) => {
  const connect = async () => ({
    write: () => undefined,
    read: once(bytes),
    close: () => undefined,
  })
  await expect(askExports('192.168.56.1', {connect, timeoutMs: 1000, xid: XID})).rejects.toMatchObject({
    code: 'NFS_UNREACHABLE',
    message: expect.stringMatching(message),
  })
})

/** Gives the bytes, and then what a connection gives that ends. */
function once(bytes: Buffer): () => Promise<Buffer> {
  let isRead = false
  return async () => {
    if (isRead) throw new Error('closed the connection')
    isRead = true
    return bytes
  }
}
