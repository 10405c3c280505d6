import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openScene, SUBNET, tk2} from './fake-dhcpd.js'

async function codes(text: string, leases = ''): Promise<string[]> {
  const scene = openScene(text)
  writeFileSync(join(scene.folder, 'dhcpd.leases'), leases)
  const findings = await scene.server.check([tk2])
  return findings.map(({code, line}) => `${code}${line === undefined ? '' : `:${line}`}`)
}

const boot = 'authoritative; next-server 10.0.0.1;\nfilename "x";\n'
const good = 'host tk2 { hardware ethernet 8:0:27:0:0:2; fixed-address 10.0.0.2; }\n'

test('a configuration in order has no findings', async () => {
  expect(await codes(SUBNET + boot + good)).toEqual([])
})

test.each([
  ['no boot options', SUBNET + good, ['DHCP_BOOT_OPTIONS_MISSING:1', 'DHCP_NOT_AUTHORITATIVE:1']],
  ['a host of the database is missing', SUBNET + boot, ['DHCP_DISAGREES']],
  ['another address than in the database', SUBNET + boot + good.replace('10.0.0.2', '10.0.0.3'), ['DHCP_DISAGREES:6']],
  ['an address in the dynamic range', `${SUBNET + boot + good}host a { fixed-address 10.0.0.120; }\n`, ['DHCP_IP_DYNAMIC:7']],
  ['the same name, MAC and address twice', SUBNET + boot + good + good, ['DHCP_NAME_TAKEN:7', 'DHCP_MAC_TAKEN:7', 'DHCP_IP_TAKEN:7']],
  ['an open brace', `${SUBNET + boot + good}group {\n`, ['DHCPD_CONF_BROKEN:7']],
  ['an include that is not there', 'include "/nowhere/x";\n', ['DHCPD_INCLUDE_MISSING:1']],
])('%s', async (_, text, expected) => {
  expect(await codes(text)).toEqual(expected)
})

test('a tombstone in the lease file', async () => {
  expect(await codes(SUBNET + boot + good, 'authoring-byte-order little-endian;\nhost tk2 {\n  dynamic;\n  deleted;\n}\n')).toEqual([
    'DHCP_TOMBSTONE:2',
  ])
})

test('what dhcpd -t says, with its line', async () => {
  const scene = openScene(SUBNET + boot + good)
  scene.dhcpd.tests.push(() => ({exitCode: 1, stderr: `Copyright x\n${scene.config} line 6: bad thing.\n`}))
  expect(await scene.server.check([tk2])).toMatchObject([{code: 'DHCPD_REFUSED', severity: 'error', line: 6, file: scene.config}])
})
