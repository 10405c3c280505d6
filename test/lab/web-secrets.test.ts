import {expect, test} from 'vitest'
import {hashWebPassword, hashWebToken, isWebPassword, isWebToken, parsePasswordHash, parseTokenHash} from '../../src/lab/web-secrets.js'

const SALT = Uint8Array.from({length: 16}, (_, index) => index)

test('a password fits its hash, and no other does', async () => {
  const hash = await hashWebPassword('caf\u00e9 au lait', SALT)
  expect(parsePasswordHash(hash)).toBe(hash)
  expect(hash).toMatch(/^scrypt:15:8:1:/)
  expect(await isWebPassword('cafe\u0301 au lait', hash)).toBe(true)
  expect(await isWebPassword('cafe au lait', hash)).toBe(false)
  expect(await isWebPassword('', hash)).toBe(false)
  expect(
    await hashWebPassword(
      'caf\u00e9 au lait',
      SALT.map((byte) => byte + 1),
    ),
  ).not.toBe(hash)
})

test.each(['', 'short', '1234567'])('%j is too short', async (password) => {
  await expect(hashWebPassword(password, SALT)).rejects.toMatchObject({code: 'WEB_PASSWORD_WEAK'})
})

test.each([
  'hunter2',
  'scrypt:15:8:1:AAAA:BBBB',
  `scrypt:99:8:1:${'A'.repeat(22)}:${'B'.repeat(43)}`,
  `scrypt:0:0:0:${'A'.repeat(22)}:${'B'.repeat(43)}`,
])('%j is no hash, and is not repeated in the error', (text) => {
  expect(() => parsePasswordHash(text)).toThrow(/^(?!.*hunter2)/)
  expect(() => parsePasswordHash(text)).toThrow(expect.objectContaining({code: 'SETTING_INVALID'}))
})

test('a token fits its hash', () => {
  const hash = hashWebToken('abc')
  expect(parseTokenHash(hash)).toBe(hash)
  expect([isWebToken('abc', hash), isWebToken('abd', hash)]).toEqual([true, false])
  expect(() => parseTokenHash('abc')).toThrow(expect.objectContaining({code: 'SETTING_INVALID'}))
})
