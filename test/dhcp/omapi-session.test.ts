// Speaking to a dhcpd over a real socket: what works, and that nothing it may answer holds us up or fools us.
import {describe, expect, test} from 'vitest'
import {decodeOmapi, encodeOmapi} from '../../src/dhcp/omapi-message.js'
import {openOmapi, type OmapiSession} from '../../src/dhcp/omapi-session.js'
import type {Ipv4} from '../../src/net/ipv4.js'
import type {Mac} from '../../src/net/mac.js'
import {connectTcp} from '../../src/system/tcp-stream.js'
import {errorOf} from './fake-dhcpd.js'
import {KEY, readConversation, startFakeOmapi, type FakeOmapi} from './fake-omapi.js'

const tk2 = {name: 'tk2', mac: '08:00:27:00:00:02' as Mac, ip: '10.0.0.2' as Ipv4, statements: 'option host-name "tk2";'}
const SECRET = Buffer.from(KEY.secret)

const open = (fake: {port: number}, key = KEY, timeoutMs = 10_000): Promise<OmapiSession> =>
  openOmapi((place) => connectTcp({...place, timeoutMs}), {host: '127.0.0.1', port: fake.port, key})

test('a host is made, found, moved and removed', async () => {
  const fake = await startFakeOmapi()
  const session = await open(fake)
  expect(await session.find('tk2')).toBeUndefined()
  await session.create(tk2)
  const found = await session.find('tk2')
  expect(found).toMatchObject({mac: tk2.mac, addresses: ['10.0.0.2']})
  await session.move(found!.handle, '10.0.0.3' as Ipv4)
  expect((await session.find('tk2'))?.addresses).toEqual(['10.0.0.3'])
  await session.remove(found!.handle)
  session.close()
  expect(fake.calls).toEqual(['create tk2', 'move tk2', 'remove tk2'])
})

test('a name that is taken is told with the words of dhcpd', async () => {
  const fake = await startFakeOmapi()
  const session = await open(fake)
  await session.create(tk2)
  expect(await errorOf(session.create(tk2))).toMatchObject({
    code: 'OMAPI_FAILED',
    message: 'OMAPI: dhcpd did not make the host tk2 (result 18)',
  })
  session.close()
})

test('nobody listens', async () => {
  const fake = await startFakeOmapi()
  const {port} = fake
  const error = await errorOf(open({port: port === 1 ? 2 : 1}))
  expect(error).toMatchObject({code: 'SOCKET_UNREACHABLE', message: '127.0.0.1 port 1 cannot be reached (ECONNREFUSED)'})
})

test('a wrong secret and an unknown key, as the fake and as the real dhcpd answer', async () => {
  const wrong = {...KEY, secret: Buffer.from('wrong--secret-secret-secret-secret')}
  const fake = await startFakeOmapi()
  const session = await open(fake, wrong)
  const error = await errorOf(session.find('tk2'))
  expect(error.message).toBe('OMAPI: it does not accept the secret of the key labkey')
  expect(JSON.stringify([error.message, error.details, error.stack])).not.toContain('secret-secret')
  expect((await errorOf(open(fake, {...KEY, name: 'otherkey'}))).message).toContain('it does not accept the key otherkey')

  const real = await startFakeOmapi()
  const replay = readConversation('wrong-secret').filter(({from}) => from === '<')
  real.answer = (index, right) => withAnswers(replay[index]!.bytes, right)
  expect((await errorOf((await open(real, wrong)).find('tk2'))).message).toContain('does not accept the secret')
  const unknown = await startFakeOmapi()
  unknown.answer = (_, right) => withAnswers(readConversation('unknown-key').at(-1)!.bytes, right)
  expect((await errorOf(open(unknown))).message).toBe(
    'OMAPI: it does not accept the key labkey (no object matches specification, result 23)',
  )
})

/** A captured answer to the question that was asked here. */
function withAnswers(captured: Buffer, right: Buffer): Buffer {
  const bytes = Buffer.from(captured)
  right.copy(bytes, 20, 20, 24)
  return bytes
}

describe('bad manners', () => {
  const flip = (bytes: Buffer, at: number): Buffer => {
    const changed = Buffer.from(bytes)
    changed[at < 0 ? bytes.length + at : at]! ^= 1
    return changed
  }
  const cases: Record<string, FakeOmapi['answer']> = {
    'closes instead of an answer': (_, __, socket) => void socket.end(),
    'closes in the middle of one': (_, right, socket) => void socket.end(right.subarray(0, 30)),
    'breaks the connection off': (_, __, socket) => void socket.resetAndDestroy(),
    'says nothing': () => undefined,
    'stops in the middle': (_, right) => right.subarray(0, 25),
    garbage: () => Buffer.alloc(200, 0xff),
    'a huge value': (_, right) => Buffer.concat([right.subarray(0, 24), Buffer.from('000161fffffff0', 'hex')]),
    'fields without end': (_, right) =>
      Buffer.concat([right.subarray(0, 24), ...Array.from({length: 9000}, () => Buffer.from('00016100000004aaaaaaaa', 'hex'))]),
    'another signature': (_, right) => flip(right, -1),
    'another result': (_, right) => flip(right, 40),
    'an answer to another question': (_, right) => {
      const {message} = decodeOmapi(right, KEY)!
      return encodeOmapi({...message, answers: message.answers + 1}, KEY)
    },
  }
  test.each(Object.entries(cases))('%s', async (_, answer) => {
    const fake = await startFakeOmapi()
    fake.answer = (index, right, socket) => (index === 1 ? answer(index, right, socket) : right)
    const session = await open(fake, KEY, 300)
    const error = await errorOf(session.find('tk2'))
    expect(['OMAPI_FAILED', 'SOCKET_FAILED']).toContain(error.code)
    expect(JSON.stringify([error.message, error.details])).not.toContain(SECRET.toString())
    session.close()
  })

  test('an HTTP server', async () => {
    const fake = await startFakeOmapi()
    fake.answer = (_, right) => right
    const error = await errorOf(
      openOmapi(
        async (place) => {
          const stream = await connectTcp(place)
          return {...stream, read: async () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')}
        },
        {host: '127.0.0.1', port: fake.port, key: KEY},
      ),
    )
    expect(error.message).toBe('OMAPI: it does not speak OMAPI version 100')
  })
})
