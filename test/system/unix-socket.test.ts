// Asking over a unix socket: answers in pieces, none, too long, broken off; and nobody there.
import {createServer, type Socket} from 'node:net'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openKeaControl} from '../../src/dhcp/kea-control.js'
import {askSocket} from '../../src/system/unix-socket.js'
import {temporaryFolder} from '../support/temporary-folder.js'

/** A server on a socket of its own, which does this with the first question. */
async function withServer<T>(answer: (socket: Socket, question: string) => void, work: (path: string) => Promise<T>): Promise<T> {
  const path = join(temporaryFolder(), 'socket')
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.once('data', (bytes) => answer(socket, bytes.toString()))
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  try {
    return await work(path)
  } finally {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
}

const ask = (path: string, timeoutMs = 5000): Promise<string> => askSocket({path, text: 'hello', timeoutMs, maxAnswerBytes: 100})

test('the answer is what comes until the socket is closed', async () => {
  const answer = (socket: Socket, question: string): void => {
    socket.write(`${question}, `)
    setTimeout(() => socket.end('wor\u00e4ld'), 20)
  }
  expect(await withServer(answer, ask)).toBe('hello, woräld')
})

test('no answer in time, too much of it, a socket that breaks off', async () => {
  await expect(
    withServer(
      () => undefined,
      (path) => ask(path, 50),
    ),
  ).rejects.toMatchObject({code: 'SOCKET_FAILED'})
  await expect(withServer((socket) => socket.end('x'.repeat(200)), ask)).rejects.toMatchObject({code: 'SOCKET_FAILED'})
  await expect(
    withServer(
      (socket) => socket.destroy(),
      async (path) => openKeaControl(askSocket)(path, 'status-get'),
    ),
  ).rejects.toMatchObject({
    code: 'SOCKET_FAILED',
  })
})

test('nobody there', async () => {
  await expect(ask(join(temporaryFolder(), 'nothing'))).rejects.toMatchObject({
    code: 'SOCKET_UNREACHABLE',
    message: expect.stringContaining('ENOENT') as string,
  })
})

test('answers of Kea: an object, a list with one, and half of one', async () => {
  const status = (text: string): Promise<unknown> =>
    withServer(
      (socket) => socket.end(text),
      (path) => openKeaControl(askSocket)(path, 'status-get'),
    )
  expect(await status('{ "result": 1, "text": "no" }')).toEqual({result: 1, text: 'no', arguments: {}})
  expect(await status('[{"result": 0, "arguments": {"pid": 5}}]')).toEqual({result: 0, text: '', arguments: {pid: 5}})
  await expect(status('{"result": 0, "argu')).rejects.toMatchObject({code: 'SOCKET_FAILED', kind: 'external'})
})
