// What a change does to Kea's configuration, and which changes are refused.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import type {KeaOptions} from '../../src/dhcp/kea.js'
import type {DhcpChange} from '../../src/dhcp/server.js'
import {bootOptions, errorOf, reservation, tk2} from './fake-dhcpd.js'
import {KEA_CONF, openKeaScene} from './fake-kea.js'

const add = (...reservations: (typeof tk2)[]): DhcpChange => ({upsert: reservations.map((entry) => ({reservation: entry})), remove: []})

/** A configuration with these members and a subnet 10.0.0.0/24 with those. */
const conf = (inSubnet: string, beside = ''): string =>
  `{"Dhcp4": {${beside}\n  "subnet4": [\n    {\n      "subnet": "10.0.0.0/24"${inSubnet}\n    }\n  ]\n}}\n`

async function planned(text: string, change: DhcpChange, options: Partial<KeaOptions> = {}): Promise<string> {
  const plan = await openKeaScene(text, options).server.plan(change)
  return plan.files.at(-1)?.after?.toString('latin1') ?? text
}

async function refusal(text: string, change: DhcpChange): Promise<{code: string; kind: string; message: string}> {
  const scene = openKeaScene(text)
  const {code, kind, message} = await errorOf(scene.server.plan(change))
  expect(scene.text()).toBe(text)
  return {code, kind, message: message.replaceAll(`${scene.folder}/`, '')}
}

const OURS = '"user-context": {"pxectl": {"managed": true}}'
const TK2 = `{"hw-address": "08:00:27:00:00:02", "ip-address": "10.0.0.2", "hostname": "tk2", ${OURS}}`

describe('hosts', () => {
  test('a new one goes into the subnet of its address, in an array of our own where there is none', async () => {
    expect(await planned(conf(''), add(tk2))).toBe(conf(`,\n      "reservations": [ /* added by pxectl */\n        ${TK2}\n      ]`))
    expect(await planned(conf(',\n      "reservations": [\n      ]'), add(tk2))).toBe(
      conf(`,\n      "reservations": [\n        ${TK2}\n      ]`),
    )
  })

  test('also in a shared network, and among several subnets', async () => {
    const text = `{"Dhcp4": {"subnet4": [{"subnet": "10.1.0.0/16"}], "shared-networks": [{"name": "n", "subnet4": [{"subnet": "10.0.0.0/24"}]}]}}`
    expect(await planned(text, add(tk2))).toBe(
      text.replace('10.0.0.0/24"', `10.0.0.0/24", "reservations": [ /* added by pxectl */ ${TK2}]`),
    )
  })

  test('global where there are no subnets, or none whose reservations Kea looks at', async () => {
    const text = '{"Dhcp4": {\n  "reservations-global": true\n}}'
    expect(await planned(text, add(tk2))).toContain(`  "reservations": [ /* added by pxectl */\n    ${TK2}\n  ]`)
    const off = conf(', "reservations-in-subnet": false', '"reservations-global": true, "reservations": [],')
    expect(await planned(off, add(tk2))).toBe(off.replace('"reservations": []', `"reservations": [${TK2}]`))
    const plan = await openKeaScene('{"Dhcp4": {}}').server.plan(add(tk2))
    expect(plan.warnings).toEqual([expect.stringContaining('"reservations-global" is not true')])
  })

  test.each([
    ['colons without zeros', '"hw-address": "8:0:27:0:0:9"', '"hw-address": "08:00:27:00:00:02"'],
    ['bare digits', '"hw-address": "080027000009"', '"hw-address": "08:00:27:00:00:02"'],
    ['a client identifier', '"client-id": "01:08:00:27:00:00:09"', '"client-id": "01:08:00:27:00:00:02"'],
    ['no identifier at all', '"next-server": "10.0.0.1"', '"next-server": "10.0.0.1"'],
  ])('one of the user is edited where it is, whatever identifies it: %s', async (_, before, after) => {
    const own = (identifier: string, ip: string, more = ''): string =>
      conf(
        `,\n      "reservations": [{\n        ${identifier}, # rack 4\n        "hostname": "TK2", "ip-address": "${ip}"${more}\n      }]`,
      )
    const more = before === after ? ',\n        "hw-address": "08:00:27:00:00:02"' : ''
    expect(await planned(own(before, '10.0.0.7'), add(tk2))).toBe(own(after, '10.0.0.2', more).replace('TK2', 'tk2'))
  })

  test('one that is declared as wanted changes nothing', async () => {
    const text = await planned(KEA_CONF, add(tk2))
    expect((await openKeaScene(text).server.plan(add(tk2))).files).toEqual([])
  })

  test('one of ours moves with its address to another subnet; one of the user is left where it is', async () => {
    const two = '{"Dhcp4": {"subnet4": [\n  {"subnet": "10.0.0.0/24"},\n  {"subnet": "10.1.0.0/24"}\n]}}'
    const moved = await planned(await planned(two, add(tk2)), add(reservation('tk2', '08:00:27:00:00:02', '10.1.0.2')))
    expect(moved).toBe(await planned(two, add(reservation('tk2', '08:00:27:00:00:02', '10.1.0.2'))))
    const theirs = two.replace('0/24"', '0/24", "reservations": [{"hw-address": "08:00:27:00:00:02", "hostname": "tk2"}]')
    expect(await refusal(theirs, add(reservation('tk2', '08:00:27:00:00:02', '10.1.0.2')))).toMatchObject({code: 'DHCP_IP_OFF_SUBNET'})
  })

  test('an address in a pool is worth a warning', async () => {
    const plan = await openKeaScene(KEA_CONF).server.plan(add(reservation('x', '08:00:27:00:00:99', '10.0.0.150')))
    expect(plan.warnings).toEqual([
      expect.stringMatching(/x: the address 10\.0\.0\.150 is in the pool 10\.0\.0\.100-10\.0\.0\.199 \(.*:9\)/),
    ])
    expect(plan.files).toHaveLength(1)
  })

  test('20,000 hosts are added and one of them removed in one pass', async () => {
    const wide = '{"Dhcp4": {"subnet4": [{"subnet": "10.0.0.0/8"}]}}'
    const hosts = Array.from({length: 20_000}, (_, index) => {
      const bytes = [index >> 16, (index >> 8) & 255, index & 255]
      return reservation(
        `h${index}`,
        `52:54:00:${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`,
        `10.${bytes[0]}.${bytes[1]}.${bytes[2]}`,
      )
    }).slice(1)
    const all = await planned(wide, add(...hosts))
    const less = await planned(all, {upsert: [], remove: ['h5000']})
    expect(all.length - less.length).toBe(all.indexOf('"hostname": "h5001"') - all.indexOf('"hostname": "h5000"'))
    expect(await planned(all, {upsert: [], remove: hosts.map(({name}) => name)})).toBe(wide)
  })
})

describe('includes', () => {
  test('a host in an included file is edited there; a new one goes where the array is', async () => {
    const scene = openKeaScene(undefined)
    const hosts = join(scene.folder, 'hosts.json')
    const theirs = `{"hw-address": "08:00:27:00:00:02", "hostname": "tk2"}\n`
    writeFileSync(hosts, theirs)
    writeFileSync(scene.config, conf(`, "reservations": [<?include "${hosts}"?>]`))
    const edited = await scene.server.plan(add(tk2))
    expect(edited.files.map(({path, after}) => [path, after?.toString()])).toEqual([
      [hosts, theirs.replace('"}', '", "ip-address": "10.0.0.2"}')],
    ])
    const added = await scene.server.plan(add(reservation('tk3', '08:00:27:00:00:03', '10.0.0.3')))
    expect(added.files.map(({path}) => path)).toEqual([scene.config])
    expect(added.files[0]?.after?.toString()).toContain(`hosts.json"?>, {"hw-address": "08:00:27:00:00:03"`)
    // The test reads copies of both, and the daemon is asked about all of it.
    const seen: string[] = []
    scene.daemon.tests.push((text) => (seen.push(text), {}))
    await scene.server.apply(edited, {restart: false})
    expect(seen[0]).toContain(`<?include "${scene.folder}/.hosts.json.pxectl-`)
    expect(readFileSync(hosts, 'utf8')).toContain('"ip-address": "10.0.0.2"')
    expect((await scene.server.declared()).map(({name, file, line, managed}) => ({name, file, line, managed}))).toEqual([
      {name: 'tk2', file: hosts, line: 1, managed: false},
    ])
  })

  test('a conflict in an included file, one that is not there, and one that is included twice', async () => {
    const scene = openKeaScene(undefined)
    mkdirSync(join(scene.folder, 'd'))
    writeFileSync(join(scene.folder, 'd/hosts.json'), '\n{"hw-address": "8:0:27:0:0:2", "hostname": "gw"}')
    const include = `<?include "${scene.folder}/d/hosts.json"?>`
    writeFileSync(scene.config, conf(`, "reservations": [${include}]`))
    expect((await errorOf(scene.server.plan(add(tk2)))).message).toContain('/d/hosts.json:2')
    writeFileSync(scene.config, conf(`, "reservations": [${include}], "x": ${include}`))
    const change: DhcpChange = {upsert: [], remove: ['gw']}
    expect(await errorOf(scene.server.plan(change))).toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('more than once') as string,
    })
    expect(await refusal(conf(', <?include "/nowhere.json"?>'), add(tk2))).toMatchObject({code: 'DHCPD_INCLUDE_MISSING'})
  })
})

describe('refused', () => {
  const gw = conf(',\n      "reservations": [{"hw-address": "080027000002", "ip-address": "10.0.0.7", "hostname": "gw"}]')

  test.each([
    ['a MAC of another', gw, add(tk2), 'DHCP_MAC_TAKEN', /belongs to the reservation gw \(kea-dhcp4\.conf:5\)/],
    ['an address of another', gw, add(reservation('x', '08:00:27:00:00:99', '10.0.0.7')), 'DHCP_IP_TAKEN', /gw \(kea-dhcp4\.conf:5\)/],
    [
      'an address that two new ones want',
      KEA_CONF,
      add(tk2, reservation('x', '08:00:27:00:00:99', '10.0.0.2')),
      'DHCP_IP_TAKEN',
      /tk2 and x/,
    ],
    [
      'an address of no subnet',
      KEA_CONF,
      add(reservation('x', '08:00:27:00:00:99', '10.9.0.1')),
      'DHCP_IP_OFF_SUBNET',
      /none of the subnets/,
    ],
    ['the broadcast address', KEA_CONF, add(reservation('x', '08:00:27:00:00:99', '10.0.0.255')), 'DHCP_IP_OFF_SUBNET', /broadcast/],
    [
      'an address in a pool that Kea trusts to have none',
      KEA_CONF.replace('"id": 1', '"reservations-out-of-pool": true').replace('10.0.0.100 - 10.0.0.199', '10.0.0.128/25'),
      add(reservation('x', '08:00:27:00:00:99', '10.0.0.150')),
      'DHCP_IP_DYNAMIC',
      /10\.0\.0\.128-10\.0\.0\.255/,
    ],
    [
      'a name with an identifier that is no MAC address',
      conf(', "reservations": [{"circuit-id": "\'port 4\'", "ip-address": "10.0.0.7", "hostname": "tk2"}]'),
      add(tk2),
      'DHCP_NAME_TAKEN',
      /goes by its circuit-id/,
    ],
    [
      'a name that has two',
      conf(', "reservations": [{"hw-address": "1:1:1:1:1:1", "hostname": "tk2"}, {"hw-address": "1:1:1:1:1:2", "hostname": "TK2"}]'),
      add(tk2),
      'DHCP_NAME_TAKEN',
      /more than one/,
    ],
  ] as const)('%s', async (_, text, change, code, message) => {
    const error = await refusal(text, change)
    expect(error).toMatchObject({code, kind: 'conflict'})
    expect(error.message).toMatch(message)
    expect(error.message).toContain('nothing was changed')
  })

  test('a file that Kea would not read, with the place', async () => {
    expect(await refusal(conf(', "id": 1]'), add(tk2))).toEqual({
      code: 'DHCPD_CONF_BROKEN',
      kind: 'invalidData',
      message: 'kea-dhcp4.conf:4:39: this "]" does not close the "{" before it; nothing was changed',
    })
    expect(await refusal('{"Dhcp6": {}}', add(tk2))).toMatchObject({message: expect.stringContaining('there is no "Dhcp4"') as string})
    expect(await errorOf(openKeaScene(undefined).server.plan(add(tk2)))).toMatchObject({code: 'DHCPD_CONF_MISSING', kind: 'notFound'})
  })

  test('a boot file name that no packet holds', async () => {
    const long = {...bootOptions, ipxeScript: `http://10.0.0.1/${'x'.repeat(120)}`}
    expect(await refusal(KEA_CONF, {upsert: [], remove: [], bootOptions: long})).toMatchObject({code: 'DHCP_FILENAME_LONG', kind: 'usage'})
  })
})

describe('boot options', () => {
  const set: DhcpChange = {upsert: [], remove: [], bootOptions}

  test('stand behind the classes of the user, and what is changed by hand in them is put right where it is', async () => {
    const text = KEA_CONF.replace('"subnet4"', '"client-classes": [\n        {"name": "voip"}\n    ],\n    "subnet4"')
    const once = await planned(text, set)
    expect([...once.matchAll(/"name": "([^"]+)"/g)].map(([, name]) => name)).toEqual([
      ...['voip', 'pxectl-ipxe', 'pxectl-http-x64', 'vendor-class-identifier', 'pxectl-uefi-x64', 'pxectl-bios'],
    ])
    expect(await planned(once, set)).toBe(once)
    expect(await planned(once.replace('"ipxe.efi"', '"old.efi"'), set)).toBe(once)
    expect(await planned(once, {...set, bootOptions: 'remove'})).toBe(text)
  })

  test('a lab that boots by PXELINUX gives BIOS machines with an iPXE ROM its loader', async () => {
    const text = await planned(KEA_CONF, {...set, bootOptions: {...bootOptions, loaderForBiosIpxe: true}})
    expect(text).toMatch(/"pxectl-ipxe",\n +"test": "[^"]* and not \(option\[93\]\.hex == 0x0000 or not option\[93\]\.exists\)"/)
    expect(text).toMatch(/"pxectl-ipxe-bios",\n(?:.*\n){2} +"boot-file-name": "undionly\.kpxe"/)
  })

  test('are not declared where the settings leave them to the user', async () => {
    expect(await planned(KEA_CONF, set, {bootOptionsScope: undefined})).toBe(KEA_CONF)
  })

  test('with several subnets it is said that classes hold for all', async () => {
    const two = '{"Dhcp4": {"subnet4": [{"subnet": "10.0.0.0/24"}, {"subnet": "10.1.0.0/24"}]}}'
    const plan = await openKeaScene(two, {bootOptionsScope: 'subnet'}).server.plan(set)
    expect(plan.warnings).toEqual([expect.stringContaining('hold for all 2 subnets')])
  })
})
