import {expect, test} from 'vitest'
import {escapeControl} from '../../src/cli/escape.js'
import {exitCodeOf, renderError, toErrorJson} from '../../src/cli/error-report.js'
import {exitCodes, PxectlError, type ErrorKind} from '../../src/errors.js'

const refused = new PxectlError('no host named tk3', {
  code: 'HOST_NOT_FOUND',
  kind: 'notFound',
  details: {name: 'tk3'},
  suggestions: ['did you mean tk2?'],
  cause: new Error('outer', {cause: new Error('inner')}),
})

test('an error for people says what, its code, and what to try', () => {
  expect(renderError(refused, {verbose: false})).toBe('Error: no host named tk3\nCode: HOST_NOT_FOUND\nTry this:\n  * did you mean tk2?\n')
  expect(renderError(refused, {verbose: true})).toContain('Caused by: outer\nCaused by: inner\n')
})

test('an error for scripts has the promised keys and every cause', () => {
  expect(toErrorJson(refused)).toEqual({
    error: {
      code: 'HOST_NOT_FOUND',
      message: 'no host named tk3',
      details: {name: 'tk3'},
      suggestions: ['did you mean tk2?'],
      causes: ['outer', 'inner'],
    },
  })
})

test.each(Object.entries(exitCodes).filter(([kind]) => kind !== 'ok' && kind !== 'bug'))('%s exits with %i', (kind, code) => {
  expect(exitCodeOf(new PxectlError('x', {code: 'X', kind: kind as ErrorKind}))).toBe(code)
})

test('any other error is a bug, says so and shows where', () => {
  expect(exitCodeOf(new TypeError('x is not a function'))).toBe(1)
  expect(renderError(new TypeError('x is not a function'), {verbose: false})).toContain('This is a bug of pxectl')
})

test('control characters from elsewhere do not reach the terminal', () => {
  expect(escapeControl('a\u001b[31mred\r\n')).toBe(String.raw`a\x1b[31mred\x0d\x0a`)
  expect(renderError(new PxectlError('bad \u0007 value', {code: 'X', kind: 'usage'}), {verbose: false})).toContain(
    String.raw`bad \x07 value`,
  )
})
