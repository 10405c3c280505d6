import fc from 'fast-check'
import {expect, test} from 'vitest'
import {encodeNetascii} from '../../src/tftp/netascii.js'

const encode = (text: string): string => Buffer.from(encodeNetascii(Buffer.from(text))).toString()

test('line feeds and carriage returns are written as a terminal wants them', () => {
  expect(encode('one\ntwo\r\nthree\r')).toBe('one\r\ntwo\r\0\r\nthree\r\0')
  expect(encode('')).toBe('')
})

test('a text encoded in pieces is the text encoded whole, and reads back', () => {
  const pieces = fc.array(fc.string({unit: fc.constantFrom('a', '\r', '\n', '\0')}))
  fc.assert(
    fc.property(pieces, (parts) => {
      const whole = encode(parts.join(''))
      expect(parts.map(encode).join('')).toBe(whole)
      expect(whole.replace(/\r([\n\0])/g, (_, second) => (second === '\n' ? '\n' : '\r'))).toBe(parts.join(''))
    }),
  )
})
