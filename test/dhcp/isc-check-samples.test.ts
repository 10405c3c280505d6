// Each broken sample has exactly the findings that its own lines name, each with its place and what to do.
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import type {CheckContext} from '../../src/dhcp/server.js'
import type {Ipv4} from '../../src/net/ipv4.js'
import {openScene, tk2} from './fake-dhcpd.js'

const samples = fileURLToPath(new URL('../../fixtures/dhcpd-conf/broken/', import.meta.url))
const names = readdirSync(samples).flatMap((name) => (name.endsWith('.conf') ? [name.slice(0, -'.conf'.length)] : []))

const context: CheckContext = {
  server: '10.0.0.1' as Ipv4,
  resolve: async (name) => (name === 'boot.lab' ? ['10.0.0.1'] : []),
  hasBootFile: async (name) => ['undionly.kpxe', 'ipxe.efi', 'pxelinux.0'].includes(name),
}

test.each(names)('%s', async (name) => {
  const scene = openScene('')
  const expected: string[] = []
  for (const ending of ['conf', 'inc', 'leases']) {
    const source = join(samples, `${name}.${ending}`)
    if (!existsSync(source)) continue
    const text = readFileSync(source, 'latin1')
    const target = ending === 'conf' ? 'dhcpd.conf' : ending === 'leases' ? 'dhcpd.leases' : `${name}.inc`
    writeFileSync(join(scene.folder, target), text.replaceAll('HERE', scene.folder), 'latin1')
    for (const [index, line] of text.split('\n').entries()) {
      const code = /# <- (\w+)$/.exec(line)?.[1]
      if (code !== undefined) expected.push(`${target}:${index + 1} ${code}`)
    }
  }
  const findings = await scene.server.check([tk2], context)
  expect(findings.map(({file = '', line, code}) => `${file.slice(scene.folder.length + 1)}:${line} ${code}`)).toEqual(expected)
  for (const {message, suggestion} of findings) {
    expect(message).not.toBe('')
    expect(suggestion, message).toMatch(/\S/)
  }
})

const inOrder = readFileSync(join(samples, 'in-order.conf'), 'latin1')

test('other servers on port 67 of this machine, but not our own and not one for another network', async () => {
  const scene = openScene(inOrder, {
    holders: async () => [
      {pid: 1, program: 'dhcpd', args: ['dhcpd', '-cf', scene.config, 'lab0']},
      {pid: 2, program: 'dhcpd', args: ['dhcpd', '-cf', '/etc/other.conf', '-pf', '/run/x', 'eth7']},
      {pid: 3, program: 'dhcpd', args: ['dhcpd', '-cf', '/etc/other.conf']},
      {pid: 4, program: 'dnsmasq', args: ['dnsmasq', '-k']},
      {pid: 5, program: 'node', args: ['node', 'pxectl', 'serve']},
    ],
  })
  const findings = await scene.server.check([tk2], {...context, interface: 'lab0'})
  expect(findings.map(({code, message}) => `${code} ${/process (\d)/.exec(message)?.[1]}`)).toEqual([
    'DHCP_SERVER_SECOND 3',
    'DHCP_SERVER_SECOND 4',
  ])
})

test('names are looked up once each, no more than a hundred, and not at all where nobody can', async () => {
  const asked: string[] = []
  const resolve = async (name: string): Promise<string[]> => {
    asked.push(name)
    return ['10.0.0.1']
  }
  const hosts = Array.from({length: 150}, (_, index) => `host h${index} { fixed-address n${index}.lab, n0.lab; }\n`).join('')
  const {server} = openScene(inOrder + hosts)
  expect((await server.check([tk2], {...context, resolve})).map(({code}) => code)).toEqual(['DHCP_NAMES_SKIPPED'])
  expect(asked).toHaveLength(100)
  expect(new Set(asked).size).toBe(100)
  expect(await server.check([tk2], {server: '10.0.0.1' as Ipv4})).toEqual([])
})

test('a name that is not answered in time is no finding', async () => {
  const {server} = openScene(`${inOrder}host slow { fixed-address slow.lab; }\n`)
  expect(await server.check([tk2], {...context, resolve: async () => undefined})).toEqual([])
})
