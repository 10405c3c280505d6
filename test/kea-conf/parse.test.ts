// What Kea reads, and where it stops: positions and verdicts as kea-dhcp4 2.2.0 gives them.
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {tokenize} from '../../src/kea-conf/lexer.js'
import {findIncludes, parseKeaConf} from '../../src/kea-conf/parse.js'
import {findMember, findText, valueOf} from '../../src/kea-conf/tree.js'
import {parsed, samples} from './samples.js'

function tokensCover(bytes: Buffer): void {
  const {count, ends} = tokenize(bytes)
  let end = 0
  for (let token = 0; token < count; token++) {
    expect(ends[token]).toBeGreaterThan(end)
    end = ends[token] ?? 0
  }
  expect(end).toBe(bytes.length)
}

describe('tokens lie end to end', () => {
  test.each(samples)('in $name', ({bytes}) => tokensCover(bytes))

  test('whatever the bytes are', () => {
    fc.assert(fc.property(fc.uint8Array({maxLength: 200}), (bytes) => tokensCover(Buffer.from(bytes))))
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '#',
      '//',
      '/*',
      '*/',
      '<?',
      'include',
      '?>',
      '\n',
      ' ',
      '1',
      'a',
    )
    fc.assert(fc.property(fc.array(pieces, {maxLength: 40}), (words) => tokensCover(Buffer.from(words.join('')))))
  })

  test('a parser survives any bytes', () => {
    const pieces = fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"b"', '# x\n', '/* */', '<?include "f"?>', 'true', '-1')
    fc.assert(
      fc.property(fc.array(pieces, {maxLength: 40}), (words) => {
        const {root, problem} = parseKeaConf({path: 'f', bytes: Buffer.from(words.join(' '))}, (path) => ({
          path,
          bytes: Buffer.from('"c"'),
        }))
        expect(root === undefined).toBe(problem !== undefined)
      }),
    )
  })
})

describe('real configurations', () => {
  test.each(samples)('$name has a Dhcp4', ({bytes}) => {
    const {root} = parsed(bytes)
    expect(findMember(root, 'Dhcp4')?.kind).toBe('object')
  })

  test('values are what JSON means by them', () => {
    const document = parsed('{"a": "\\u00e4 \\"q\\" \\/", /* c */ "b": [1, -2.5e3, true, null, {},], # d\n "__proto__": "x", // e\n}')
    expect(JSON.stringify(valueOf(document, document.root))).toBe('{"a":"ä \\"q\\" /","b":[1,-2500,true,null,{}],"__proto__":"x"}')
  })

  test('100,000 reservations are read in one pass', () => {
    const one = (index: number): string => `{"hw-address": "52:54:00:00:${index >> 8}:${index & 255}", "hostname": "h${index}"}`
    const time = (count: number): number => {
      const text = `{"Dhcp4": {"reservations": [${Array.from({length: count}, (_, index) => one(index)).join(',\n')}]}}`
      const start = performance.now()
      expect(findMember(findMember(parsed(text).root, 'Dhcp4'), 'reservations')?.items).toHaveLength(count)
      return performance.now() - start
    }
    time(10_000)
    // Ten times the work, not a hundred times; generous, since this machine may be busy.
    expect(time(100_000)).toBeLessThan(60 * Math.max(time(10_000), 10))
  })
})

describe('refused, with the place', () => {
  test.each([
    ['an open bracket', '{"Dhcp4": {\n  "a": [1}\n}', '2:10 this "}" does not close the "[" before it'],
    ['an end that is missing', '{"Dhcp4": {\n  "a": 1\n}\n', '1:1 this "{" is never closed'],
    ['a bracket too many', '{"Dhcp4": {}}\n}', '2:1 nothing may follow the closing bracket of the configuration'],
    ['a key twice', '{"Dhcp4": {"a": 1,\n "b": {"a": 1}, "a": 2}}', '2:17 "a" stands here for the second time in the same "{"'],
    ['a comma that is missing', '{"Dhcp4": {"a": 1\n "b": 2}}', '2:2 a comma is missing before this'],
    ['a comma before the first', '{"Dhcp4": [,]}', '1:12 a value is expected here'],
    ['a colon that is missing', '{"Dhcp4" 1}', '1:10 a colon is expected here'],
    ['a string over two lines', '{"a": "b\nc"}', '1:7 this string is not closed on its line, or holds a control character'],
    ['an open comment', '{"a": 1} /* x', '1:10 this "/*" is never closed'],
    ['a word of another language', '{"a": yes}', '1:7 a value is expected here'],
    ['single quotes', "{'a': 1}", '1:2 "\'" has no meaning here'],
    ['a byte order mark', '\ufeff{}', '1:1 the file begins with a byte order mark'],
    ['no object', '[]', '1:1 a configuration begins with "{"'],
    ['nothing', '# only a comment\n', '2:1 there is no configuration in this file'],
    ['an include that is not there', '{"a": <?include "/x"?>}', '1:7 the included file /x is not there'],
    ['a broken directive', '{"a": <?include x?>}', '1:7 this is no include directive: <?include "FILE"?>'],
    ['brackets without end', `{"a": ${'['.repeat(300)}`, '1:207 brackets are nested too deeply here'],
  ])('%s', (_, text, wanted) => {
    const {problem, root} = parseKeaConf({path: 'f', bytes: Buffer.from(text)})
    expect(root).toBeUndefined()
    expect(`${problem?.line}:${problem?.column} ${problem?.message}`).toBe(wanted)
  })

  test('a key twice among many', () => {
    const keys = Array.from({length: 40}, (_, index) => `"k${index}": 1`)
    expect(parseKeaConf({path: 'f', bytes: Buffer.from(`{${keys.join(',')}, "k3": 2}`)}).problem?.message).toContain('"k3"')
  })
})

describe('includes', () => {
  test('their text stands where the directive is', () => {
    const included = {'/a': '{"hostname": "one"}, # first\n', '/b': '<? include "/a" ?> {"hostname": "two"}'}
    const text = '{"Dhcp4": {"reservations": [<?include "/b"?>]}}'
    const document = parsed(text, included)
    const hosts = findMember(findMember(document.root, 'Dhcp4'), 'reservations')?.items ?? []
    expect(hosts.map((host) => findText(document, findMember(host, 'hostname')))).toEqual(['one', 'two'])
    expect(hosts.map((host) => document.sources[host.source]?.path)).toEqual(['/a', '/b'])
    expect(findIncludes(Buffer.from(text))).toEqual([{path: '/b', start: 28, end: 44}])
  })

  test('a problem names the file that has it', () => {
    const {problem} = parseKeaConf({path: 'f', bytes: Buffer.from('{"a": <?include "/a"?>}')}, (path) => ({
      path,
      bytes: Buffer.from('\n ]'),
    }))
    expect(problem).toEqual({path: '/a', line: 2, column: 2, message: 'a value is expected here'})
  })

  test('a circle ends', () => {
    const {problem} = parseKeaConf({path: 'f', bytes: Buffer.from('<?include "f"?>')}, (path) => ({
      path,
      bytes: Buffer.from('<?include "f"?>'),
    }))
    expect(problem?.message).toBe('files include each other too deeply here')
  })
})
