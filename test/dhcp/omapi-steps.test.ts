// From two states of the files to what OMAPI is to do; and where and with which key it is done.
import {expect, test} from 'vitest'
import {parseConfFile} from '../../src/dhcp/isc-load.js'
import {findOmapi, findOmapiPlace} from '../../src/dhcp/omapi-conf.js'
import {readHostRecords} from '../../src/dhcp/omapi-leases.js'
import {planOmapiSteps, type OmapiPlan} from '../../src/dhcp/omapi-steps.js'

const host = (name: string, mac: string, ip: string): string =>
  `host ${name} { hardware ethernet 8:0:27:0:0:${mac}; fixed-address ${ip}; }\n`
const A = host('a', '1', '10.0.0.1')
const bytes = (text: string | undefined): Buffer | undefined => (text === undefined ? undefined : Buffer.from(text))
type Texts = readonly [before: string | undefined, after: string | undefined]
const plan = (...files: readonly Texts[]): OmapiPlan =>
  planOmapiSteps(
    files.map(([before, after], index) => ({path: `/f${index}`, before: bytes(before), after: bytes(after)})),
    [],
  )
const steps = (...files: readonly Texts[]): string[] => {
  const found = plan(...files)
  if (found.kind === 'restart') return [found.reason]
  return found.steps.map((step) => `${step.kind} ${step.name}`)
}

test.each<[string, string, string, readonly string[]]>([
  ['nothing', A, A, []],
  ['blanks and comments', A, `# the first\n${A.replaceAll(' ', '  ')}`, []],
  ['another spelling of the same', A, A.replace('8:0:27:0:0:1', '08:00:27:00:00:01'), []],
  ['from the global scope into its subnet', `subnet 10.0.0.0 netmask 255.0.0.0 { }${A}`, `subnet 10.0.0.0 netmask 255.0.0.0 { ${A} }`, []],
  ['a renamed host', A, host('b', '1', '10.0.0.1'), ['remove a', 'create b']],
  [
    'two hosts that swap addresses',
    A + host('b', '2', '10.0.0.2'),
    host('a', '1', '10.0.0.2') + host('b', '2', '10.0.0.1'),
    ['move a', 'move b'],
  ],
  [
    'two hosts that swap names',
    A + host('b', '2', '10.0.0.2'),
    host('b', '1', '10.0.0.1') + host('a', '2', '10.0.0.2'),
    ['host b: OMAPI cannot give a host another MAC address'],
  ],
  ['a host name of its own', A, A.replace('}', 'option host-name "z"; }'), ['host a: OMAPI cannot change the options of a host']],
  [
    'a host known by its client id',
    '',
    'host c { option dhcp-client-identifier "c"; fixed-address 10.0.0.3; }',
    ['host c: OMAPI carries one MAC and one IPv4 address'],
  ],
  ['such a host goes', 'host c { option dhcp-client-identifier "c"; }', '', ['remove c']],
  ['an address by name', '', A.replace('10.0.0.1', 'a.lab'), ['host a: OMAPI carries one MAC and one IPv4 address']],
  ['a condition in the host', '', A.replace('}', 'if known { filename "x"; } }'), ['host a: it has options that OMAPI cannot say']],
  [
    'into another subnet',
    'subnet 10.1.0.0 netmask 255.255.0.0 { }',
    `subnet 10.1.0.0 netmask 255.255.0.0 { ${A} }`,
    ['host a: it stands in a group, whose options OMAPI cannot say'],
  ],
  [
    'into a shared network',
    'shared-network s { subnet 10.0.0.0 netmask 255.0.0.0 { } }',
    `shared-network s { subnet 10.0.0.0 netmask 255.0.0.0 { ${A} } }`,
    ['create a'],
  ],
  [
    'into a pool',
    'subnet 10.0.0.0 netmask 255.0.0.0 { pool { } }',
    `subnet 10.0.0.0 netmask 255.0.0.0 { pool { ${A} } }`,
    ['host a: it stands in a group, whose options OMAPI cannot say'],
  ],
  [
    'an option of the subnet',
    'subnet 10.0.0.0 netmask 255.0.0.0 { }',
    'subnet 10.0.0.0 netmask 255.0.0.0 { filename "x"; }',
    ['more than hosts changes'],
  ],
  [
    'a second host with the MAC address',
    A,
    A + host('b', '1', '10.1.0.1'),
    ['08:00:27:00:00:01 belongs to several hosts, whose order only a restart keeps'],
  ],
  ['a name twice', A + A, A, ['a host is declared twice']],
])('%s', (_, before, after, expected) => {
  expect(steps([before, after])).toEqual(expected)
})

test('a host that moves from one file to another stays; a new include takes a restart', () => {
  expect(steps([A, ''], ['', A])).toEqual([])
  expect(steps(['', 'include "/f1";'], [undefined, A])).toEqual(['more than hosts changes'])
  expect(plan([A, '']).kind).toBe('steps')
})

test('statements of the host go along as they are written', () => {
  const text = A.replace('}', 'option host-name "it\\"s"; filename "x"; next-server 10.0.0.9; }')
  expect(plan(['', text])).toMatchObject({steps: [{statements: 'option host-name "it\\"s"; filename "x"; next-server 10.0.0.9;'}]})
})

const conf = (text: string) => [parseConfFile('/etc/dhcp/dhcpd.conf', Buffer.from(text))]
const KEY = 'key k { algorithm hmac-md5; secret c2Vj cmV0; };\n'

test.each<[string, string, object | undefined]>([
  ['a key and a port', `${KEY}omapi-port 7911; omapi-key k;`, {port: 7911, algorithm: 'hmac-md5'}],
  [
    'spelled otherwise',
    `${KEY.replace('hmac-md5', 'HMAC-SHA256.SIG-ALG.REG.INT').replace('key k', 'key "k"')}omapi-port 7911; omapi-key "k";`,
    {port: 7911, algorithm: 'hmac-sha256'},
  ],
  ['the last port', `${KEY}omapi-port 1; omapi-port 7912; omapi-key k;`, {port: 7912, algorithm: 'hmac-md5'}],
  ['no key of that name', `${KEY}omapi-port 7911; omapi-key other;`, undefined],
  ['no omapi-key', `${KEY}omapi-port 7911;`, undefined],
  ['no port', `${KEY}omapi-key k;`, undefined],
  ['an algorithm that no dhcpd knows', `${KEY.replace('md5', 'whirl')}omapi-port 7911; omapi-key k;`, undefined],
  ['no secret', 'key k { algorithm hmac-md5; } omapi-port 7911; omapi-key k;', undefined],
  ['a key of a zone', `zone z { key k; } omapi-port 7911; omapi-key k;`, undefined],
  ['not where dhcpd looks', `${KEY}group { omapi-port 7911; } omapi-key k;`, undefined],
  ['no number', `${KEY}omapi-port high; omapi-key k;`, undefined],
])('%s', (_, text, expected) => {
  const place = findOmapiPlace(conf(text))
  expect(place === undefined ? undefined : {port: place.port, algorithm: place.key.algorithm}).toEqual(expected)
  if (place !== undefined) expect(Buffer.from(place.key.secret).toString()).toBe('secret')
})

test('a port without a key is seen', () => {
  expect(findOmapi(conf('\nomapi-port 7911;'))).toEqual({port: 7911, file: '/etc/dhcp/dhcpd.conf', line: 2, keyName: undefined})
})

test('the host records of a lease file', () => {
  const lease = 'lease 10.0.0.100 {\n  client-hostname "host x {";\n}\n'
  const text = `${lease}host a {\n  dynamic;\n  deleted;\n}\n${lease}host a {\n  dynamic;\n  hardware ethernet 08:00:27:00:00:01;\n}\nhost b {\n  deleted;\n}\nhost c {\n  dyn`
  const records = [...readHostRecords(Buffer.from(text))].map(([name, {kind, wasDeleted, offset}]) => [
    name,
    kind,
    wasDeleted,
    text.slice(offset, offset + 6),
  ])
  expect(records).toEqual([
    ['a', 'alive', true, 'host a'],
    ['b', 'deleted', true, 'host b'],
    ['c', 'alive', false, 'host c'],
  ])
  expect(readHostRecords(Buffer.alloc(0)).size).toBe(0)
})
