// Adding and removing gives back the original bytes; edits leave all other bytes alone.
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {removeBootOptions, setBootOptions} from '../../src/dhcpd-conf/boot-options.js'
import {addInclude, editHosts, removeInclude} from '../../src/dhcpd-conf/edit.js'
import {findDeclarations} from '../../src/dhcpd-conf/find.js'
import {findError, parseDhcpdConf} from '../../src/dhcpd-conf/parse.js'
import {applySplices, type Splice} from '../../src/dhcpd-conf/splice.js'
import {ROOT} from '../../src/dhcpd-conf/statements.js'
import type {Tree} from '../../src/dhcpd-conf/tree.js'
import {parseIpv4} from '../../src/net/ipv4.js'
import {parseMac} from '../../src/net/mac.js'
import {corpus, samples} from './corpus.js'
import {sampleBootBlock} from './sample-boot-block.js'

const entries = ['pxectl-a', 'pxectl-b'].map((name, index) => ({
  name,
  mac: parseMac(`52:54:00:00:00:0${index}`),
  ip: parseIpv4(`10.9.8.${index + 1}`),
}))

function change(bytes: Buffer, edit: (tree: Tree) => readonly Splice[]): Buffer {
  const tree = parseDhcpdConf(bytes)
  return applySplices(bytes, edit(tree))
}

function addHosts(bytes: Buffer, into: number): Buffer {
  return change(bytes, (tree) => editHosts(tree, {update: [], remove: [], add: entries.map((entry) => ({entry, into}))}))
}

function removeHosts(bytes: Buffer): Buffer {
  const names = entries.map(({name}) => name)
  return change(bytes, (tree) => {
    const remove = findDeclarations(tree).hosts.filter((host) => names.includes(host.name.text))
    expect(remove).toHaveLength(names.length)
    return editHosts(tree, {update: [], add: [], remove})
  })
}

function expectSame(actual: Buffer, wanted: Buffer): void {
  // Text only where they differ: it makes a readable message, and bytes compare faster.
  if (!actual.equals(wanted)) expect(actual.toString('latin1')).toBe(wanted.toString('latin1'))
}

/** Every way of adding, followed by its removal, in one file. */
function checkUndo(bytes: Buffer): void {
  const tree = parseDhcpdConf(bytes)
  if (findError(tree) !== undefined) return
  const scopes = [ROOT, ...findDeclarations(tree).subnets.map(({statement}) => statement)].slice(0, 3)
  for (const scope of scopes) {
    const withHosts = addHosts(bytes, scope)
    expectSame(removeHosts(withHosts), bytes)
    const withBoot = change(bytes, (parsed) => setBootOptions(parsed, scope, sampleBootBlock))
    expectSame(change(withBoot, removeBootOptions), bytes)
    // Both, and the first added is the first removed.
    const withBoth = change(withHosts, (parsed) => setBootOptions(parsed, ROOT, sampleBootBlock))
    expect(findError(parseDhcpdConf(withBoth))).toBeUndefined()
    expectSame(change(removeHosts(withBoth), removeBootOptions), bytes)
  }
  const withInclude = change(bytes, (parsed) => [addInclude(parsed, '"/x.conf"')])
  const unincluded = change(withInclude, (parsed) => {
    const added = findDeclarations(parsed).includes.find(({path}) => path === '/x.conf')
    return [removeInclude(parsed, added!.statement)!]
  })
  expectSame(unincluded, bytes)
}

function tokensJoin(bytes: Buffer): void {
  const {tokens} = parseDhcpdConf(bytes)
  let end = 0
  for (let token = 0; token < tokens.count; token++) {
    expect(tokens.ends[token]!).toBeGreaterThan(end)
    end = tokens.ends[token]!
  }
  expect(end).toBe(bytes.length)
}

describe('any bytes', () => {
  test('the tokens join to the file', () => {
    fc.assert(fc.property(fc.uint8Array({maxLength: 300}), (bytes) => tokensJoin(Buffer.from(bytes))))
  })

  const pieces = [
    'host a {',
    'host b{hardware ethernet 1:2:3:4:5:6;}',
    '}',
    '{',
    ';',
    '"',
    '\\',
    '\\0"',
    '#',
    '# x',
    '\n',
    '\r\n',
    ' ',
    '\t',
    'option',
    ' x ',
    '=',
    'subnet 10.0.0.0 netmask 255.0.0.0 {',
    '\xff',
    'key k {',
    'x y;',
    '# BEGIN pxectl managed hosts\n',
    '# END pxectl managed hosts\n',
  ]
  const soup = fc.array(fc.constantFrom(...pieces), {maxLength: 25}).map((parts) => Buffer.from(parts.join(''), 'latin1'))

  test('so do those of anything that looks like a dhcpd.conf', () => {
    fc.assert(fc.property(soup, tokensJoin))
  })

  test('adding and removing gives back the file', () => {
    fc.assert(
      fc.property(
        soup.filter((bytes) => !bytes.includes('# BEGIN')),
        checkUndo,
      ),
      {numRuns: 500},
    )
  })
})

test.each(samples)('our sample $name: adding and removing gives it back', ({bytes}) => {
  tokensJoin(bytes)
  checkUndo(bytes)
})

test.skipIf(corpus.length === 0)(`${corpus.length} real files: adding and removing gives them back`, () => {
  for (const {bytes} of corpus) {
    tokensJoin(bytes)
    checkUndo(bytes)
  }
})
