import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {migrateDhcp} from '../../src/operations/migrate-dhcp.js'
import {temporaryFolder} from '../support/temporary-folder.js'

const SUBNET = 'subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.100 10.0.0.199; }\n'

function scene(text: string): {from: string; output: string; options: Parameters<typeof migrateDhcp>[0]} {
  const folder = temporaryFolder()
  const [from, output] = [join(folder, 'dhcpd.conf'), join(folder, 'kea.conf')]
  writeFileSync(from, text, 'latin1')
  return {from, output, options: {from, output, interface: 'eth1', dryRun: false}}
}

test('writes a whole configuration, includes and all; a dry run writes nothing', async () => {
  const {from, output, options} = scene(`include "hosts";\n${SUBNET}`)
  writeFileSync(join(from, '..', 'hosts'), 'host a { hardware ethernet 08:00:27:00:00:0a; fixed-address 10.0.0.5; }\n')
  const planned = await migrateDhcp({...options, dryRun: true})
  expect(existsSync(output)).toBe(false)
  const {text, unconverted} = await migrateDhcp(options)
  expect(text).toBe(planned.text)
  expect(readFileSync(output, 'utf8')).toBe(text)
  expect(unconverted).toEqual([])
  expect(JSON.parse(text)).toMatchObject({
    Dhcp4: {
      'interfaces-config': {interfaces: ['eth1']},
      subnet4: [{subnet: '10.0.0.0/24', reservations: [{'hw-address': '08:00:27:00:00:0a', 'ip-address': '10.0.0.5'}]}],
    },
  })
  await expect(migrateDhcp(options)).rejects.toMatchObject({code: 'OUTPUT_EXISTS', kind: 'conflict'})
})

test('a broken file is refused with its place, a missing one by name; nothing is written', async () => {
  const {output, options} = scene('# one\nsubnet 10.0.0.0 netmask 255.255.255.0 {\n')
  await expect(migrateDhcp(options)).rejects.toMatchObject({code: 'DHCPD_CONF_BROKEN', details: {line: 2}})
  await expect(migrateDhcp({...options, from: '/nowhere/dhcpd.conf'})).rejects.toMatchObject({code: 'DHCPD_CONF_MISSING'})
  expect(existsSync(output)).toBe(false)
})
