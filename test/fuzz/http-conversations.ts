// Random bytes and damaged requests to an HTTP server through real sockets. Whatever was said, a good client gets its file afterwards.
import {createHash} from 'node:crypto'
import {connect} from 'node:net'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import fc from 'fast-check'
import {openTree} from '../../src/bootfiles/resolve.js'
import {fetchHttp} from '../../src/http/client.js'
import {startHttpServer} from '../../src/http/server.js'
import {type FuzzConversations, must} from './fuzz-property.js'

const pieces = fc.oneof(
  fc.constantFrom(
    'GET ',
    'HEAD ',
    'POST ',
    '/good.bin',
    '/none',
    '/../x',
    '/%00',
    ' HTTP/1.1',
    ' HTTP/1.0',
    '\r\n',
    '\r\n\r\n',
    '\n',
    '\r',
    ' ',
    ':',
  ),
  fc.constantFrom('Host: x', 'Connection: keep-alive', 'Connection: close', 'Range: bytes=0-9', 'If-None-Match: *', 'Expect: 100-continue'),
  fc.constantFrom(
    'Content-Length: 5',
    'Content-Length: 0',
    'Transfer-Encoding: chunked',
    '5\r\nhello\r\n',
    '0\r\n\r\n',
    'X: ',
    'a'.repeat(9000),
  ),
  fc.constant('GET /good.bin HTTP/1.1\r\nHost: x\r\n\r\n'),
  fc.string({unit: 'binary', maxLength: 30}),
)

type Talk = {readonly writes: readonly (readonly string[])[]; readonly isAbrupt: boolean; readonly isDeaf: boolean}

const talks: fc.Arbitrary<Talk> = fc.record({
  writes: fc.array(fc.array(pieces, {maxLength: 12}), {maxLength: 6}),
  isAbrupt: fc.boolean(),
  isDeaf: fc.boolean(),
})

/** Starts the server that all conversations are held with. */
export async function openHttpConversations(): Promise<FuzzConversations> {
  const root = await mkdtemp(join(tmpdir(), 'pxectl-fuzz-'))
  const content = Uint8Array.from({length: 200_000}, (_, index) => (index * index) >> 5)
  await writeFile(join(root, 'good.bin'), content)
  const sha256 = createHash('sha256').update(content).digest('hex')
  const server = await startHttpServer({address: '127.0.0.1', port: 0, files: openTree(root)})
  const converse = async (conversation: readonly Talk[]): Promise<void> => {
    await Promise.all(conversation.map((talk) => hold(talk, server.port)))
    const fetched = await fetchHttp(`http://127.0.0.1:${server.port}/good.bin`)
    must(fetched.status === 200 && fetched.sha256 === sha256, 'a good client gets the right bytes')
  }
  return {
    property: {
      name: 'http: after any conversation a good client is served',
      weight: 4,
      property: fc.asyncProperty(fc.array(talks, {maxLength: 5}), converse),
    },
    close: async () => {
      await server.close()
      await rm(root, {recursive: true, force: true})
    },
  }
}

/** One connection: says its part in several packets, then hangs up, properly or not. */
function hold({writes, isAbrupt, isDeaf}: Talk, port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({host: '127.0.0.1', port})
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
    if (!isDeaf) socket.resume()
    socket.on('connect', () => {
      const sayNext = (at: number): void => {
        const words = writes[at]
        if (words === undefined) return isAbrupt || isDeaf ? void socket.destroy() : void socket.end()
        socket.write(Buffer.from(words.join(''), 'latin1'), () => setImmediate(() => sayNext(at + 1)))
      }
      sayNext(0)
    })
  })
}
