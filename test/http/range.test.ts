import fc from 'fast-check'
import {expect, test} from 'vitest'
import {parseRange, renderContentRange} from '../../src/http/range.js'

function check(header: string | undefined, sizeBytes: number, expected: string): void {
  const answer = parseRange(header, sizeBytes)
  expect(answer.kind === 'part' ? renderContentRange(answer.range, sizeBytes) : answer.kind).toBe(expected)
}

test('one range is served, cut to the file', () => {
  check('bytes=0-499', 1000, 'bytes 0-499/1000')
  check('bytes=500-', 1000, 'bytes 500-999/1000')
  check('bytes=-500', 1000, 'bytes 500-999/1000')
  check('bytes=-5000', 1000, 'bytes 0-999/1000')
  check('bytes=999-99999999999999999999', 1000, 'bytes 999-999/1000')
  check('BYTES= 0-0 ', 1000, 'bytes 0-0/1000')
})

test('a range outside the file cannot be satisfied', () => {
  check('bytes=1000-', 1000, 'unsatisfiable')
  check('bytes=-0', 1000, 'unsatisfiable')
  check('bytes=0-', 0, 'unsatisfiable')
  check('bytes=-1', 0, 'unsatisfiable')
})

test('what is not one range of bytes is ignored', () => {
  for (const header of [
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=5-4',
    'bytes=0-1,5-6',
    'lines=0-5',
    'bytes=1 - 2',
    'bytes=--5',
  ]) {
    check(header, 1000, 'whole')
  }
})

test('any header gives a stretch inside the file', () => {
  const headers = fc
    .tuple(fc.constantFrom('bytes=', 'bytes= ', 'x='), fc.string({unit: fc.constantFrom('-', ',', ' ', '0', '1', '9')}))
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(headers, fc.nat(200), (header, size) => {
      const answer = parseRange(header, size)
      return answer.kind !== 'part' || (answer.range.first >= 0 && answer.range.first <= answer.range.last && answer.range.last < size)
    }),
    {numRuns: 2000},
  )
})
