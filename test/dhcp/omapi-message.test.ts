// OMAPI messages against conversations of the real omshell and dhcpd, and against everything that may come instead.
import {describe, expect, test} from 'vitest'
import {decodeGreeting, decodeOmapi, encodeOmapi, omapiGreeting, type OmapiKey, type OmapiMessage} from '../../src/dhcp/omapi-message.js'
import {readConversation} from './fake-omapi.js'

const SECRET = Buffer.from('secret-secret-secret-secret-secret')
const keyOf = (algorithm: OmapiKey['algorithm']): OmapiKey => ({name: 'labkey', algorithm, secret: SECRET})

const decodeAll = (bytes: Buffer, key?: OmapiKey): OmapiMessage => {
  const decoded = decodeOmapi(bytes, key)
  expect(decoded?.length).toBe(bytes.length)
  return decoded!.message
}

function outcomeOf(bytes: Buffer, key: OmapiKey): 'message' | 'more' | 'refused' {
  try {
    return decodeOmapi(bytes, key) === undefined ? 'more' : 'message'
  } catch {
    return 'refused'
  }
}

describe.each([
  ['hosts-sha256', keyOf('hmac-sha256')],
  ['hosts-md5', keyOf('hmac-md5')],
  ['name-taken', keyOf('hmac-sha256')],
] as const)('%s', (name, key) => {
  test('every message is understood, its signature is right, and it is written again byte for byte', () => {
    const pieces = readConversation(name)
    expect(pieces.length).toBeGreaterThan(3)
    for (const [index, {bytes}] of pieces.entries()) {
      const used = index < 2 ? undefined : key
      expect(encodeOmapi(decodeAll(bytes, used), used).toString('hex')).toBe(bytes.toString('hex'))
    }
  })

  test('a message that is cut short anywhere waits for more; one changed byte is noticed', () => {
    const {bytes} = readConversation(name).at(-1)!
    for (let length = 0; length < bytes.length; length++) expect(decodeOmapi(bytes.subarray(0, length), key)).toBeUndefined()
    for (let at = 8; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1
      // A changed length may ask for more bytes than there are.
      expect(['more', 'refused'], `byte ${at}`).toContain(outcomeOf(changed, key))
    }
  })
})

test('what dhcpd says of a host', () => {
  const opened = readConversation('hosts-sha256').filter(({from}) => from === '<')[3]!
  const {operation, handle, object} = decodeAll(opened.bytes, keyOf('hmac-sha256'))
  expect({operation, handle}).toEqual({operation: 3, handle: 2})
  const hex = Object.fromEntries(Object.entries(object).map(([name, value]) => [name, Buffer.from(value).toString('hex')]))
  expect(hex).toEqual({'ip-address': 'c0a8380c', name: '746b32', 'hardware-address': '080027000002', 'hardware-type': '00000001'})
})

test('dhcpd signs nothing for a client with another secret', () => {
  const answer = readConversation('wrong-secret').at(-1)!
  expect(() => decodeOmapi(answer.bytes, keyOf('hmac-sha256'))).toThrowError('it does not accept the secret of the key labkey')
})

test('lengths that no OMAPI message has are refused before anything is waited for', () => {
  const head = Buffer.alloc(24)
  expect(() => decodeOmapi(Buffer.concat([head, Buffer.from('000161ffffffff', 'hex')]))).toThrowError('too long')
  const many = Buffer.concat([head, ...Array.from({length: 5000}, () => Buffer.from('0008616161616161616100000004ffffffff', 'hex'))])
  expect(() => decodeOmapi(many)).toThrowError('too long')
  head.writeUInt32BE(0xffffffff, 4)
  expect(() => decodeOmapi(head)).toThrowError('signature that is too long')
})

test('a field named as no object may have it is only a field', () => {
  const head = {keyHandle: 0, operation: 3, handle: 1, id: 2, answers: 3, message: {}}
  const bytes = encodeOmapi({...head, object: {constructor: Buffer.from('x')}})
  expect(Object.keys(decodeAll(bytes).object)).toEqual(['constructor'])
})

test('the greeting', () => {
  expect(decodeGreeting(omapiGreeting)).toBe(8)
  expect(decodeGreeting(omapiGreeting.subarray(0, 7))).toBeUndefined()
  expect(() => decodeGreeting(Buffer.from('HTTP/1.1 400 Bad Request'))).toThrowError('it does not speak OMAPI')
})
