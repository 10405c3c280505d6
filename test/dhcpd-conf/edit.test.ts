// Removing hosts that stand among other things.
import {expect, test} from 'vitest'
import {editHosts} from '../../src/dhcpd-conf/edit.js'
import {findDeclarations} from '../../src/dhcpd-conf/find.js'
import {parseDhcpdConf} from '../../src/dhcpd-conf/parse.js'
import {applySplices} from '../../src/dhcpd-conf/splice.js'

function without(text: string, ...names: string[]): string {
  const tree = parseDhcpdConf(Buffer.from(text, 'latin1'))
  const remove = findDeclarations(tree).hosts.filter((host) => names.includes(host.name.text))
  return applySplices(tree.bytes, editHosts(tree, {update: [], add: [], remove})).toString('latin1')
}

test.each([
  ['its own lines go', 'x;\n  host a {\n  y;\n  }\nz;\n', ['a'], 'x;\nz;\n'],
  ['one of several on a line', 'host a{}host b{} host c{}\n', ['b'], 'host a{} host c{}\n'],
  ['the first on a line', 'host a{} host b{}\n', ['a'], 'host b{}\n'],
  ['all on a line', '  host a{} host b{}\nx;\n', ['a', 'b'], 'x;\n'],
  ['a comment behind it stays', 'x;\n  host a {} # rack 4\ny;\n', ['a'], 'x;\n  # rack 4\ny;\n'],
  ['the last line of a file without a line end', 'x;\nhost a {}', ['a'], 'x;'],
  ['the whole file', 'host a {}\n', ['a'], ''],
  ['within braces on a line', 'group { host a {} host b {} }\n', ['a', 'b'], 'group { }\n'],
  [
    'a region with a comment of the user stays',
    '# BEGIN pxectl managed hosts\n# mine\nhost a {}\n# END pxectl managed hosts\n',
    ['a'],
    '# BEGIN pxectl managed hosts\n# mine\n# END pxectl managed hosts\n',
  ],
  ['an empty region goes', 'x;\n\n# BEGIN pxectl managed hosts\nhost a {}\n# END pxectl managed hosts\n', ['a'], 'x;\n'],
  [
    'a region without an end is a comment like any other',
    '# BEGIN pxectl managed hosts\nhost a {}\n',
    ['a'],
    '# BEGIN pxectl managed hosts\n',
  ],
])('%s', (_, text, names, expected) => {
  expect(without(text, ...names)).toBe(expected)
})
