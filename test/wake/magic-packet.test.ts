import {expect, test} from 'vitest'
import {parseMac} from '../../src/net/mac.js'
import {magicPacket, parseWakePassword} from '../../src/wake/magic-packet.js'

const MAC = parseMac('08:00:27:12:34:56')
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('six times ff, the address sixteen times, and the password', () => {
  expect(hex(magicPacket(MAC))).toBe(`ffffffffffff${'080027123456'.repeat(16)}`)
  expect(hex(magicPacket(MAC, parseWakePassword('00:11:22:33:44:55')))).toBe(`ffffffffffff${'080027123456'.repeat(16)}001122334455`)
  expect(magicPacket(MAC, parseWakePassword('192.168.1.1'))).toHaveLength(106)
})

test('another password is refused, and not repeated', () => {
  expect(() => parseWakePassword('secret')).toThrow(/SecureOn/)
  expect(() => parseWakePassword('secret')).not.toThrow(/secret/)
})
