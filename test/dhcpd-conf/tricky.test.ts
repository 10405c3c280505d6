// Every tricky case: the hosts are seen, nothing that is none is taken for one, an edit leaves all other bytes alone and can
// be taken back, or the file is refused with the place.
import {describe, expect, test} from 'vitest'
import {editHosts} from '../../src/dhcpd-conf/edit.js'
import {findHosts} from '../../src/dhcpd-conf/find-hosts.js'
import {findError, parseDhcpdConf} from '../../src/dhcpd-conf/parse.js'
import {applySplices, type Splice} from '../../src/dhcpd-conf/splice.js'
import {ROOT} from '../../src/dhcpd-conf/statements.js'
import {tokenText, type Tree} from '../../src/dhcpd-conf/tree.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'
import {trickyCases} from './tricky-cases.js'

const entry = {name: 'pxectl-new', mac: parseMac('52:54:00:00:00:09'), ip: parseIpv4('10.0.0.9')}

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1')

function hostsOf(tree: Tree): string[] {
  return findHosts(tree).map(({name, hardware, fixedAddress}) => {
    const addresses = fixedAddress?.values.map(({text}) => text).join(',') ?? ''
    return `${name.text} ${hardware?.mac ?? '-'} ${addresses === '' ? '-' : addresses}`
  })
}

function edited(text: string, edit: (tree: Tree) => readonly Splice[]): string {
  const tree = parseDhcpdConf(bytesOf(text))
  return applySplices(tree.bytes, edit(tree)).toString('latin1')
}

const added = (text: string): string => edited(text, (tree) => editHosts(tree, {update: [], remove: [], add: [{entry, into: ROOT}]}))

const editable = trickyCases.filter(({refused}) => refused === undefined)

test.each(trickyCases)('$name: printed as it was read, and its hosts are seen', ({text, hosts}) => {
  const tree = parseDhcpdConf(bytesOf(text))
  const tokens = Array.from({length: tree.tokens.count}, (_, token) => tokenText(tree, token))
  expect(tokens.join('')).toBe(text)
  expect(hostsOf(tree)).toEqual(hosts)
})

test.each(trickyCases.filter(({refused}) => refused !== undefined))('$name: refused with the place', ({text, refused}) => {
  const problem = findError(parseDhcpdConf(bytesOf(text)))
  expect(`${problem?.line}:${problem?.column}`).toBe(refused?.[0])
  expect(problem?.message).toContain(refused?.[1])
})

test.each(editable)('$name: a host is added behind all that is there, and removed without a trace', ({text, hosts}) => {
  expect(findError(parseDhcpdConf(bytesOf(text)))).toBeUndefined()
  const more = added(text)
  expect(more.startsWith(text)).toBe(true)
  expect(hostsOf(parseDhcpdConf(bytesOf(more)))).toEqual([...hosts, 'pxectl-new 52:54:00:00:00:09 10.0.0.9'])
  const removed = edited(more, (parsed) =>
    editHosts(parsed, {update: [], add: [], remove: findHosts(parsed).filter(({name}) => name.text === entry.name)}),
  )
  expect(removed).toBe(text)
})

test.each(editable.filter(({hosts}) => hosts.length > 0 && !hosts[0]?.startsWith('"')))(
  '$name: a host in it is updated, the others stay, and the second time nothing changes',
  ({text, hosts}) => {
    const update = (parsed: Tree): readonly Splice[] =>
      editHosts(parsed, {
        update: findHosts(parsed)
          .slice(0, 1)
          .map((host) => ({host, entry})),
        remove: [],
        add: [],
      })
    const once = edited(text, update)
    const after = parseDhcpdConf(bytesOf(once))
    expect(findError(after)).toBeUndefined()
    expect(hostsOf(after)[0]).toMatch(/^pxectl-new .*\b10\.0\.0\.9\b/)
    expect(hostsOf(after).slice(1)).toEqual(hosts.slice(1))
    expect(edited(once, update)).toBe(once)
  },
)

describe('a new host looks like its neighbours', () => {
  const host = (text: string): string => added(text).slice(text.length)

  test.each([
    ['tabs', 'host a {\n\tfixed-address 10.0.0.1;\n}\n', 'host pxectl-new {\n\thardware ethernet'],
    [
      'four blanks, of a host in a group',
      'group {\n    host a {\n        fixed-address 10.0.0.1;\n    }\n}\n',
      'host pxectl-new {\n    hardware ethernet',
    ],
    [
      'the unit of the file where there is no host',
      `subnet 10.0.0.0 netmask 255.255.255.0 {\n\trange 10.0.0.9;\n}\n`,
      'host pxectl-new {\n\thardware',
    ],
    ['CRLF', 'host a {\r\n  fixed-address 10.0.0.1;\r\n}\r\n', 'host pxectl-new {\r\n  hardware ethernet'],
    [
      'one line each',
      'host a { fixed-address 10.0.0.1; }\nhost b { fixed-address 10.0.0.2; }\n',
      'host pxectl-new { hardware ethernet 52:54:00:00:00:09; fixed',
    ],
    [
      'the last hosts count',
      `${'host a { fixed-address 10.0.0.1; }\n'.repeat(2)}${'host b {\n\tfixed-address 10.0.0.2;\n}\n'.repeat(3)}`,
      'host pxectl-new {\n\thardware',
    ],
    ['an empty file', '', 'host pxectl-new {\n  hardware ethernet'],
  ])('%s', (_, text, expected) => {
    expect(host(text)).toContain(expected)
  })
})
