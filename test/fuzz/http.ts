// HTTP's request target and Range header, with any text.
import fc from 'fast-check'
import {parseRange, renderContentRange} from '../../src/http/range.js'
import {parseTarget} from '../../src/http/target.js'
import {type FuzzProperty, must} from './fuzz-property.js'

const targetPieces = fc.constantFrom(
  '/',
  '//',
  '..',
  '%2e',
  '%2F',
  '%00',
  '%zz',
  '%',
  '%c0%af',
  '\\',
  '?a=b',
  '#',
  'http://x',
  'boot',
  'é',
  ':',
  '*',
)
const targets = fc.oneof(
  fc.string({maxLength: 200}),
  fc.array(targetPieces, {maxLength: 20}).map((pieces) => pieces.join('')),
)

const rangePieces = fc.oneof(
  fc.constantFrom('bytes', '=', '-', ',', ' ', 'items', '0', '1', '-1'),
  fc.nat().map(String),
  fc.bigInt().map(String),
)
const ranges = fc.oneof(
  fc.string({maxLength: 60}),
  fc.array(rangePieces, {maxLength: 12}).map((pieces) => pieces.join('')),
  fc.tuple(fc.bigInt({min: 0n}), fc.bigInt({min: 0n})).map(([first, last]) => `bytes=${first}-${last}`),
)

export const httpProperties: readonly FuzzProperty[] = [
  {
    name: 'http: any target is a path or refused, and a percent-encoded path comes back',
    weight: 1,
    property: fc.property(targets, fc.string({unit: 'grapheme', maxLength: 60}), (target, name) => {
      const path = parseTarget(target)
      must(path === undefined || typeof path === 'string', 'a path or undefined')
      must(parseTarget(`/${encodeURIComponent(name)}`) === `/${name}`, 'an encoded name comes back')
    }),
  },
  {
    name: 'http: any Range asks for everything, for nothing, or for a part inside of the file',
    weight: 1,
    property: fc.property(ranges, fc.nat(), (header, size) => {
      const answer = parseRange(header, size)
      if (answer.kind !== 'part') return
      const {first, last} = answer.range
      must(Number.isSafeInteger(first) && Number.isSafeInteger(last), `${first}-${last} are no offsets`)
      must(first >= 0 && first <= last && last < size, `${first}-${last} of ${size} lies outside`)
      must(renderContentRange(answer.range, size) === `bytes ${first}-${last}/${size}`, 'the range as it is told')
    }),
  },
]
