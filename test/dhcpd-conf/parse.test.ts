// The structure of a dhcpd.conf: where statements begin and end, and what is reported.
import {describe, expect, test} from 'vitest'
import {decodeString, quoteString} from '../../src/dhcpd-conf/string.js'
import {findDeclarations, scopesOf} from '../../src/dhcpd-conf/find.js'
import {findError, parseDhcpdConf} from '../../src/dhcpd-conf/parse.js'
import {lineOf, spanOf, statementWords, type Tree} from '../../src/dhcpd-conf/tree.js'
import {corpus, samples} from './corpus.js'

const parse = (text: string): Tree => parseDhcpdConf(Buffer.from(text, 'latin1'))

/** The statements, indented by their depth, with their words joined by blanks. */
function outline(text: string): string[] {
  const tree = parse(text)
  expect(tree.problems).toEqual([])
  return Array.from(
    {length: tree.statements.count},
    (_, statement) => '  '.repeat(scopesOf(tree, statement).length) + statementWords(tree, statement).join(' '),
  )
}

function hosts(text: string): {name: string; mac: string | undefined; addresses: string[]}[] {
  return findDeclarations(parse(text)).hosts.map(({name, hardware, fixedAddress}) => ({
    name: name.text,
    mac: hardware?.mac,
    addresses: fixedAddress?.values.map((value) => value.text) ?? [],
  }))
}

const names = (text: string): string[] => hosts(text).map(({name}) => name)

const problems = (text: string): string[] =>
  parse(text).problems.map(({line, column, severity, message}) => `${line}:${column} ${severity}: ${message}`)

describe('statements', () => {
  test.each([
    ['blocks without blanks', 'host a{}host b{x y;}', ['host a', 'host b', '  x y']],
    ['braces, quotes and hosts in comments', '# host x {\na; # } "\n', ['a']],
    ['marks in strings', 'a "};{#";b;', ['a "};{#"', 'b']],
    ['a string over two lines', 'a "x\ny";', ['a "x\ny"']],
    ['an escaped quote and an escaped backslash', String.raw`a "x\"y"; b "C:\\";`, [String.raw`a "x\"y"`, String.raw`b "C:\\"`]],
    [
      'a record is no block',
      'option r code 1 = { text };option s code 2 = array of { text };',
      ['option r code 1 = { text }', 'option s code 2 = array of { text }'],
    ],
    ['a ; after a key is part of it', 'key k { secret a; };zone z {}', ['key k', '  secret a', 'zone z']],
    ['base64 that looks like a comment of C', 'secret abc//+d=;a;', ['secret abc / / + d =', 'a']],
    ['conditions', 'if x = y {a;} elsif z {b;} else {c;}', ['if x = y', '  a', 'elsif z', '  b', 'else', '  c']],
    ['switch labels end with a colon', 'switch (o) { case "a": b; default: c; }', ['switch ( o )', '  case "a" : b', '  default : c']],
    ['events', 'on commit or expiry { execute("x", ";}"); }', ['on commit or expiry', '  execute ( "x" , ";}" )']],
    ['directives of keama', '% skip this;a;', ['% skip this', 'a']],
    ['a word that begins with _ is none', '_x y;', ['_ x y']],
  ])('%s', (_, text, expected) => {
    expect(outline(text)).toEqual(expected)
  })

  test('nesting as deep as the file is long', () => {
    const deep = 100_000
    expect(parse('a{'.repeat(deep) + '}'.repeat(deep)).problems).toEqual([])
  })
})

describe('problems', () => {
  test.each([
    ['an open brace', 'a;\n  b {\n', ['2:5 error: this "{" is never closed']],
    ['a brace that closes nothing', 'a;\n }', ['2:2 error: this "}" closes nothing']],
    ['a missing semicolon', 'a {\n b\n}', ['2:2 error: a ";" is missing at the end of this statement']],
    ['an end in the middle', 'a;\nhost x', ['2:1 error: the file ends within this statement']],
    ['a stray semicolon', 'host a {};', ['1:10 warning: dhcpd accepts no ";" here']],
    [
      'an unterminated string',
      'a;\nb "x;\n',
      ['2:1 error: the file ends within this statement', '2:3 error: the string that begins here has no closing quote'],
    ],
    [
      'a short octal escape',
      'a "x\\0";',
      ['1:3 error: the escape \\0 in this string is cut short; dhcpd swallows the characters after it, a closing quote too'],
    ],
    [
      '0xFF between statements',
      'a;\n\xffb;',
      ['2:1 error: dhcpd stops reading here, at byte 3 (0xFF), and ignores the rest without a word'],
    ],
    ['0xFF in a comment', '# \xff b;\n', ['1:3 warning: dhcpd ends a comment at byte 0xFF']],
    ['a byte order mark', '\xef\xbb\xbfa;', ['1:1 error: the file begins with a UTF-8 byte order mark, which dhcpd refuses']],
    ['CR-only lines', '# a\rb;', ['1:1 error: lines end with CR alone; dhcpd takes everything behind the first # for a comment']],
    [
      'a long run of blanks',
      `a;${'\n'.repeat(1500)}b;`,
      ['1:3 warning: dhcpd refuses 1500 blanks and line breaks in a row (1,499 are allowed)'],
    ],
  ])('%s', (_, text, expected) => {
    expect(problems(text)).toEqual(expected)
  })

  test.each(['host {{ name }} {}', '{% for x in y %}', '<%= @hosts %>'])('a template: %s', (text) => {
    expect(problems(text)[0]).toContain('this looks like a template')
  })

  test('template marks in comments and strings are harmless', () => {
    expect(problems('# {{ managed }}\na "{{ x }}";')).toEqual([])
  })

  test('UTF-16 is refused', () => {
    expect(findError(parseDhcpdConf(Buffer.from('\ufeffhost', 'utf16le')))?.message).toContain('UTF-16')
  })

  test.each(samples)('our sample $name has errors if and only if it is named so', ({name, bytes}) => {
    expect(findError(parseDhcpdConf(bytes)) !== undefined).toBe(name.startsWith('refused-'))
  })

  test.skipIf(corpus.length === 0)('no more than a few of the real files are refused', () => {
    const refused = corpus.filter(({bytes}) => findError(parseDhcpdConf(bytes)) !== undefined)
    expect(refused.length).toBeLessThan(corpus.length / 8)
  })
})

describe('hosts', () => {
  test.each([
    [
      'keywords in any case',
      'HOST a { Hardware ETHERNET 08:00:27:00:00:01; Fixed-Address 10.0.0.1; }',
      {name: 'a', mac: '08:00:27:00:00:01', addresses: ['10.0.0.1']},
    ],
    ['short and long bytes', 'host a { hardware ethernet 8:0:027:0BC:0:1; }', {name: 'a', mac: '08:00:27:bc:00:01', addresses: []}],
    ['a byte beyond 255', 'host a { hardware ethernet 8:0:127:0:0:1; }', {name: 'a', mac: undefined, addresses: []}],
    [
      'comments within values',
      'host a{hardware # x\nethernet 08:00: # y\n27:00:00:01;fixed-address 10.0 # z\n.0.1;}',
      {name: 'a', mac: '08:00:27:00:00:01', addresses: ['10.0.0.1']},
    ],
    ['no MAC', 'host a { option dhcp-client-identifier "x"; hardware ethernet; }', {name: 'a', mac: undefined, addresses: []}],
    [
      'several addresses and names',
      'host a { fixed-address 10.0.0.1, gw.lab , 10.1.0.1; }',
      {name: 'a', mac: undefined, addresses: ['10.0.0.1', 'gw.lab', '10.1.0.1']},
    ],
    [
      'only what stands directly in it',
      'host a { if known { hardware ethernet 0:0:0:0:0:1; } }',
      {name: 'a', mac: undefined, addresses: []},
    ],
  ])('%s', (_, text, expected) => {
    expect(hosts(text)).toEqual([expected])
  })

  test('names: keywords, digits, dots with blanks, a dot at the end', () => {
    expect(names('host group {} host 12 {} host -x {} host a . b {} host a.b. {} host A {} host a {}')).toEqual([
      'group',
      '12',
      '-x',
      'a.b',
      'a.b.',
      'A',
      'a',
    ])
  })

  test('wherever they stand, but not in comments and strings', () => {
    const text =
      '# host no {}\noption x "host no {}";\nsubnet 10.0.0.0 netmask 255.0.0.0 { pool { host a {} } }\ngroup g { group { host b {} } }'
    expect(names(text)).toEqual(['a', 'b'])
    const tree = parse(text)
    const [a, b] = findDeclarations(tree).hosts
    expect(scopesOf(tree, a!.statement).map(({title}) => title)).toEqual(['pool', 'subnet 10.0.0.0 netmask 255.0.0.0'])
    expect(scopesOf(tree, b!.statement).map(({title}) => title)).toEqual(['group', 'group g'])
    expect([lineOf(tree, a!.statement), lineOf(tree, b!.statement)]).toEqual([3, 4])
    expect(spanOf(tree, b!.statement).end - spanOf(tree, b!.statement).start).toBe('host b {}'.length)
  })
})

test('subnets, ranges, includes and boot statements', () => {
  const tree = parse(
    'subnet 10.0.0.0 netmask 255.255.0.0 { range 10.0.0.5; pool { range dynamic-bootp 10.0.1.1 10.0.1.9; } next-server x; }\ninclude "/etc/\\x61";',
  )
  const {subnets, ranges, includes, boot} = findDeclarations(tree)
  expect(subnets.map(({subnet}) => subnet)).toEqual([{address: '10.0.0.0', prefix: 16}])
  expect(ranges.map(({first, last}) => `${first}-${last}`)).toEqual(['10.0.0.5-10.0.0.5', '10.0.1.1-10.0.1.9'])
  expect(includes.map(({path}) => path)).toEqual(['/etc/a'])
  expect(boot.map(({keyword, scope}) => [keyword, scope])).toEqual([['next-server', subnets[0]!.statement]])
})

test('strings', () => {
  expect(decodeString(String.raw`"a\"\\\t\x41\101\q"`)).toBe('a"\\\tAAq')
  expect(decodeString(quoteString('C:\\"x"'))).toBe('C:\\"x"')
})
