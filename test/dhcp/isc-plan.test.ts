// What a change does to dhcpd.conf, and which changes are refused.
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import type {DhcpChange} from '../../src/dhcp/server.js'
import type {IscOptions} from '../../src/dhcp/isc.js'
import {bootOptions, errorOf, openScene, reservation, SUBNET, tk2} from './fake-dhcpd.js'

const add = (...reservations: (typeof tk2)[]): DhcpChange => ({upsert: reservations.map((entry) => ({reservation: entry})), remove: []})

async function planned(text: string, change: DhcpChange, options: Partial<IscOptions> = {}): Promise<string> {
  const {server} = openScene(text, options)
  const plan = await server.plan(change)
  return plan.files.at(-1)?.after?.toString('latin1') ?? text
}

async function refusal(
  text: string,
  change: DhcpChange,
  options: Partial<IscOptions> = {},
): Promise<{code: string; kind: string; message: string}> {
  const scene = openScene(text, options)
  const {code, kind, message} = await errorOf(scene.server.plan(change))
  expect(scene.text()).toBe(text)
  return {code, kind, message: message.replaceAll(`${scene.folder}/`, '')}
}

describe('hosts', () => {
  test('a new one goes into the region at the end', async () => {
    expect(await planned(SUBNET, add(tk2))).toBe(
      `${SUBNET}\n# BEGIN pxectl managed hosts\nhost tk2 {\n  hardware ethernet 08:00:27:00:00:02;\n  fixed-address 10.0.0.2;\n  option host-name "tk2";\n}\n# END pxectl managed hosts\n`,
    )
  })

  test('the second one goes into the region that is there', async () => {
    const one = await planned(SUBNET, add(tk2))
    const two = await planned(one, add(reservation('tk3', '08:00:27:00:00:03', '10.0.0.3')))
    expect(two.match(/# BEGIN/g)).toHaveLength(1)
    expect(two.indexOf('host tk3 {')).toBeLessThan(two.indexOf('# END'))
    expect(await planned(two, {upsert: [], remove: ['tk3']})).toBe(one)
  })

  test('one that is declared as wanted changes nothing', async () => {
    const text = await planned(SUBNET, add(tk2))
    expect((await openScene(text).server.plan(add(tk2))).files).toEqual([])
  })

  test('one that stands elsewhere is edited there, value by value', async () => {
    const text = `${SUBNET}group {\n\thost tk2 { # rack 4\n\t\thardware ethernet 8:0:27:0:0:/* */;\n\t}\n}\n`.replace(
      '/* */',
      '# last byte:\n\t\t\t 9',
    )
    expect(await planned(text, add(tk2))).toBe(text.replace(' 9;\n', ' 02;\n\t\tfixed-address 10.0.0.2;\n'))
  })

  test('a rename takes the host-name along, unless it was another', async () => {
    const text = `${SUBNET}host old{hardware ethernet 08:00:27:00:00:02;fixed-address 10.0.0.2;option host-name "old";}\n`
    const change = {upsert: [{reservation: tk2, previousName: 'old'}], remove: []}
    expect(await planned(text, change)).toBe(text.replace('host old', 'host tk2').replace('"old"', '"tk2"'))
    const other = text.replace('"old"', '"front-desk"')
    expect(await planned(other, change)).toBe(other.replace('host old', 'host tk2'))
  })

  test('of several addresses the one of the same subnet changes', async () => {
    const text = `${SUBNET}subnet 10.1.0.0 netmask 255.255.255.0 {}\nhost tk2 { hardware ethernet 08:00:27:00:00:02; fixed-address 10.1.0.7, 10.0.0.7 , gw.lab; }\n`
    expect(await planned(text, add(tk2))).toBe(text.replace('10.0.0.7', '10.0.0.2'))
  })

  test('placement subnet: into the block of the subnet, indented as it is', async () => {
    const text = SUBNET.replaceAll('  ', '\t')
    const wanted = text.replace(
      /\}\n$/,
      '\thost tk2 {\n\t\thardware ethernet 08:00:27:00:00:02;\n\t\tfixed-address 10.0.0.2;\n\t\toption host-name "tk2";\n\t}\n}\n',
    )
    expect(await planned(text, add(tk2), {placement: 'subnet'})).toBe(wanted)
  })

  test('placement include: a file of its own, and one line that names it', async () => {
    const scene = openScene(SUBNET)
    const include = join(scene.folder, 'hosts.conf')
    const options = {placement: 'include', include, config: scene.config} as const
    const first = openScene(undefined, options)
    const plan = await first.server.plan(add(tk2))
    expect(plan.files.map(({path}) => path)).toEqual([include, scene.config])
    expect(plan.files[1]?.after?.toString()).toBe(`${SUBNET}include "${include}"; # added by pxectl\n`)
    await first.server.apply(plan, {restart: false})
    expect((await first.server.declared()).map(({name, file, managed}) => ({name, file, managed}))).toEqual([
      {name: 'tk2', file: include, managed: true},
    ])
    const removal = await first.server.plan({upsert: [], remove: ['tk2']})
    expect(removal.files.map(({path, after}) => [path, after?.toString()])).toEqual([
      [scene.config, SUBNET],
      [include, undefined],
    ])
  })

  test('CRLF files get CRLF lines', async () => {
    const text = SUBNET.replaceAll('\n', '\r\n')
    expect((await planned(text, add(tk2))).replaceAll('\r\n', '')).not.toContain('\n')
  })
})

describe('refused', () => {
  const gw = `${SUBNET}host gw { hardware ethernet 08:00:27:00:00:02; fixed-address 10.0.0.7; }\n`

  test.each([
    ['a MAC of another host', gw, add(tk2), 'DHCP_MAC_TAKEN', /belongs to host gw \(dhcpd\.conf:4\)/],
    ['an address of another host', gw, add(reservation('x', '08:00:27:00:00:99', '10.0.0.7')), 'DHCP_IP_TAKEN', /gw \(dhcpd\.conf:4\)/],
    [
      'an address that two new hosts want',
      SUBNET,
      add(tk2, reservation('x', '08:00:27:00:00:99', '10.0.0.2')),
      'DHCP_IP_TAKEN',
      /tk2 and x/,
    ],
    ['an address in a dynamic range', SUBNET, add(reservation('x', '08:00:27:00:00:99', '10.0.0.150')), 'DHCP_IP_DYNAMIC', /dhcpd\.conf:2/],
    [
      'an address of no subnet',
      SUBNET,
      add(reservation('x', '08:00:27:00:00:99', '10.9.0.1')),
      'DHCP_IP_OFF_SUBNET',
      /none of the subnets/,
    ],
    ['the broadcast address', SUBNET, add(reservation('x', '08:00:27:00:00:99', '10.0.0.255')), 'DHCP_IP_OFF_SUBNET', /broadcast/],
    [
      'a rename onto a host that is there',
      `${gw}host a{}\n`,
      {upsert: [{reservation: reservation('a', '08:00:27:00:00:02', '10.0.0.7'), previousName: 'gw'}], remove: []},
      'DHCP_NAME_TAKEN',
      /gw at dhcpd\.conf:4/,
    ],
  ] as const)('%s', async (_, text, change, code, message) => {
    const error = await refusal(text, change)
    expect(error).toMatchObject({code, kind: 'conflict'})
    expect(error.message).toMatch(message)
    expect(error.message).toContain('nothing was changed')
  })

  test.each([
    ['an open brace', `${SUBNET}group {\n`, /dhcpd\.conf:4:7: this "{" is never closed/],
    ['a brace too many', `${SUBNET}  }\n`, /dhcpd\.conf:4:3: this "}" closes nothing/],
    ['a template', `${SUBNET}{% for h in hosts %}\n`, /template/],
    ['a byte order mark', `\xef\xbb\xbf${SUBNET}`, /byte order mark/],
  ])('a file with %s', async (_, text, message) => {
    const error = await refusal(text, add(tk2))
    expect(error).toMatchObject({code: 'DHCPD_CONF_BROKEN', kind: 'invalidData'})
    expect(error.message).toMatch(message)
  })

  test('a conflict in an included file', async () => {
    const scene = openScene(undefined)
    mkdirSync(join(scene.folder, 'd'))
    writeFileSync(join(scene.folder, 'd/racks.conf'), '\nhost gw { hardware ethernet 8:0:27:0:0:2; }\n')
    writeFileSync(scene.config, `${SUBNET}include "${scene.folder}/d/racks.conf";\n`)
    expect((await errorOf(scene.server.plan(add(tk2)))).message).toContain('/d/racks.conf:2')
  })

  test('an include that is not there, and a main file that is not there', async () => {
    expect(await refusal('include "/nowhere/x.conf";\n', add(tk2))).toMatchObject({
      code: 'DHCPD_INCLUDE_MISSING',
      kind: 'invalidData',
      message: expect.stringContaining('dhcpd.conf:1') as string,
    })
    expect(await errorOf(openScene(undefined).server.plan(add(tk2)))).toMatchObject({code: 'DHCPD_CONF_MISSING', kind: 'notFound'})
  })
})

describe('includes', () => {
  const open = (files: Readonly<Record<string, string>>) => {
    const scene = openScene(undefined)
    const write = (name: string, text: string): void => writeFileSync(join(scene.folder, name), text.replaceAll('HERE', scene.folder))
    for (const [name, text] of Object.entries(files)) write(name, text)
    return scene
  }

  test('that go in a circle are refused with the chain', async () => {
    const scene = open({'dhcpd.conf': 'include "HERE/a";', a: '\ninclude "HERE/b";', b: 'include "HERE/a";'})
    const error = await errorOf(scene.server.plan(add(tk2)))
    expect(error).toMatchObject({code: 'DHCPD_INCLUDE_LOOP', kind: 'invalidData'})
    expect(error.message.replaceAll(`${scene.folder}/`, '')).toBe(
      'b:1 makes the includes go in a circle: a includes b includes a; nothing was changed',
    )
    const own = open({'dhcpd.conf': 'include "HERE/dhcpd.conf";'})
    expect((await errorOf(own.server.plan(add(tk2)))).code).toBe('DHCPD_INCLUDE_LOOP')
  })

  test('of one file under two names are read once, and edited once', async () => {
    const scene = open({'dhcpd.conf': `${SUBNET}include "HERE/a";include "HERE/b";`, a: 'host tk2 { hardware ethernet 8:0:27:0:0:2; }\n'})
    symlinkSync('a', join(scene.folder, 'b'))
    const plan = await scene.server.plan(add(tk2))
    expect(plan.files.map(({path}) => path)).toEqual([join(scene.folder, 'a')])
    expect(plan.warnings).toEqual([expect.stringContaining('/b is included a second time')])
  })

  test('a host within an included subnet is edited where it stands', async () => {
    const scene = open({
      'dhcpd.conf': 'shared-network s { include "HERE/net"; }\n',
      net: `subnet 10.0.0.0 netmask 255.255.255.0 {\n  include "HERE/hosts";\n}\n`,
      hosts: '# racks\nhost tk2 { hardware ethernet 8:0:27:0:0:2; fixed-address 10.0.0.7; } # top\n',
    })
    const plan = await scene.server.plan(add(tk2))
    expect(plan.files.map(({path, after}) => [path, after?.toString()])).toEqual([
      [join(scene.folder, 'hosts'), '# racks\nhost tk2 { hardware ethernet 8:0:27:0:0:2; fixed-address 10.0.0.2; } # top\n'],
    ])
  })

  test('that name a folder, and a broken file, are refused by name', async () => {
    const folder = open({'dhcpd.conf': 'include "HERE";'})
    expect((await errorOf(folder.server.plan(add(tk2)))).code).toBe('DHCPD_CONF_NOT_FILE')
    const broken = open({'dhcpd.conf': `${SUBNET}include "HERE/a";`, a: 'host x {\n'})
    const error = await errorOf(broken.server.plan(add(tk2)))
    expect(error.code).toBe('DHCPD_CONF_BROKEN')
    expect(error.message).toContain('/a:1:8: this "{" is never closed')
  })
})

test('a name that differs from another only in capitals is told of', async () => {
  const {server} = openScene(`${SUBNET}host TK2 {}\n`)
  expect((await server.plan(add(tk2))).warnings).toEqual([expect.stringMatching(/tk2 is not the host TK2 that .*dhcpd\.conf:4 declares/)])
})

describe('boot options', () => {
  const set: DhcpChange = {upsert: [], remove: [], bootOptions}

  test('are added to the subnet once, updated in place and removed whole', async () => {
    const once = await planned(SUBNET, set)
    expect(once).toContain('  # BEGIN pxectl boot options\n  next-server 10.0.0.1;\n')
    expect(await planned(once, set)).toBe(once)
    const moved = await planned(once, {...set, bootOptions: {...bootOptions, ipxeScript: 'http://10.0.0.1/other.ipxe'}})
    expect(moved).toBe(once.replace('boot.ipxe', 'other.ipxe'))
    expect(await planned(once, {...set, bootOptions: 'remove'})).toBe(SUBNET)
  })

  test('move when the scope changes', async () => {
    const text = await planned(await planned(SUBNET, set), set, {bootOptionsScope: 'global'})
    expect(text.startsWith(`${SUBNET}\n# BEGIN pxectl boot options\n`)).toBe(true)
    expect(text.match(/# BEGIN/g)).toHaveLength(1)
  })

  test('a next-server of the user is edited where it is', async () => {
    const text = await planned(SUBNET.replace('}', '  next-server 192.168.1.1;\n}'), set)
    expect(text.match(/next-server [\d.]+;/g)).toEqual(['next-server 10.0.0.1;'])
  })

  test('a filename of the user in the same scope is a conflict; elsewhere it is none of our business', async () => {
    const error = await refusal(SUBNET.replace('}', '  filename "pxelinux.0";\n}'), set)
    expect(error).toMatchObject({
      code: 'DHCP_FILENAME_DECLARED',
      kind: 'conflict',
      message: expect.stringContaining('dhcpd.conf:3') as string,
    })
    expect(await planned(`filename "x";\n${SUBNET}`, set)).toContain('# BEGIN')
  })
})
