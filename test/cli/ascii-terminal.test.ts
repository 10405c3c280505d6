// What is written to a terminal that cannot show it.
import {expect, test} from 'vitest'
import {needsAscii, toAscii, writeAscii} from '../../src/cli/ascii-terminal.js'

test.each<[Record<string, string>, string, boolean]>([
  [{LANG: 'en_GB.UTF-8'}, 'linux', false],
  [{LANG: 'C.utf8'}, 'linux', false],
  [{LC_CTYPE: 'UTF-8'}, 'darwin', false],
  [{LANG: 'C'}, 'linux', true],
  [{}, 'linux', true],
  [{LANG: 'de_DE'}, 'linux', true],
  [{LANG: 'en_GB.UTF-8', LC_ALL: 'C'}, 'linux', true],
  [{LANG: 'C', LC_ALL: '', LC_CTYPE: 'en_US.UTF-8'}, 'linux', false],
  [{LANG: 'en_GB.UTF-8', TERM: 'linux'}, 'linux', true],
  [{}, 'win32', false],
])('%j on %s', (environment, platform, expected) => {
  expect(needsAscii(environment, platform)).toBe(expected)
})

test('our signs have stand-ins of the same width; letters of the user stay', () => {
  expect(toAscii('✔ 2 hosts → 3 … ⠋ Prüfstand')).toBe('+ 2 hosts > 3 . * Prüfstand')
})

test('only terminals are written to so, and bytes pass unchanged', () => {
  const written: unknown[] = []
  const stream = (isTTY: boolean): NodeJS.WriteStream =>
    ({isTTY, write: (chunk: unknown) => written.push(chunk) > 0}) as unknown as NodeJS.WriteStream
  const [terminal, pipe] = [stream(true), stream(false)]
  for (const one of [terminal, pipe]) writeAscii(one)
  terminal.write('a → b')
  pipe.write('a → b')
  terminal.write(Buffer.from('→'))
  expect(written).toEqual(['a > b', 'a → b', Buffer.from('→')])
})
