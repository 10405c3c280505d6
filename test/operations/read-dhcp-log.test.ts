import {appendFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openDhcpLog} from '../../src/operations/read-dhcp-log.js'
import type {Exec} from '../../src/system/exec.js'
import {temporaryFolder} from '../support/temporary-folder.js'

const NOW = new Date(2026, 0, 5, 12).getTime()
const line = (seconds: number, mac = 'a1'): string =>
  `Jan  5 11:59:${String(seconds).padStart(2, '0')} lab dhcpd[1]: DHCPDISCOVER from 52:54:00:00:00:${mac} via br0\n`

test('a file: what came since the last look, half lines later, a new file from its beginning', async () => {
  const path = join(temporaryFolder(), 'dhcpd.log')
  writeFileSync(path, line(1, '01'))
  const log = openDhcpLog({backend: 'isc', log: path}, {sinceMs: NOW})
  const macs = async (): Promise<string[]> => ((await log?.read(NOW))?.events ?? []).map(({mac}) => mac?.slice(-2) ?? '')
  expect(await macs()).toEqual([])
  appendFileSync(path, `DHCPDISCOVER from 52:54:00:00:00:02 via br0\n${'DHCPDISCOVER from 52:54:00:00:00:03 via br0\n'.slice(0, 20)}`)
  expect(await macs()).toEqual(['02'])
  appendFileSync(path, 'DHCPDISCOVER from 52:54:00:00:00:03 via br0\n'.slice(20))
  expect(await macs()).toEqual(['03'])
})

test('what the file had before, where it says when', async () => {
  const path = join(temporaryFolder(), 'dhcpd.log')
  writeFileSync(path, `${line(1, '01')}DHCPDISCOVER from 52:54:00:00:00:02 via br0\n${line(30, '03')}`)
  const log = openDhcpLog({backend: 'isc', log: path}, {sinceMs: NOW - 50_000})
  expect((await log?.read(NOW))?.events.map(({mac}) => mac)).toEqual(['52:54:00:00:00:03'])
})

test('a file that is not there is a warning', async () => {
  const log = openDhcpLog({backend: 'isc', log: '/nowhere/dhcpd.log'}, {sinceMs: NOW})
  expect(await log?.read(NOW)).toEqual({
    events: [],
    warnings: ['the log /nowhere/dhcpd.log cannot be read: it is not there, or cannot be looked at'],
  })
})

test('the journal: from a time, then from a cursor', async () => {
  const asked: (readonly string[])[] = []
  const entry = {
    MESSAGE: 'DHCPACK on 10.0.0.5 to 52:54:00:00:00:01 via br0',
    SYSLOG_IDENTIFIER: 'dhcpd',
    __REALTIME_TIMESTAMP: '1767614400123456',
    __CURSOR: 's=1',
  }
  const binary = {...entry, MESSAGE: [1, 2, 3], __CURSOR: 's=2'}
  const exec: Exec = async ({args}) => {
    asked.push(args.filter((arg) => /cursor|since/.test(arg)))
    return {exitCode: 0, stdout: `${JSON.stringify(entry)}\n${JSON.stringify(binary)}\nno json\n`, stderr: '', timedOut: false}
  }
  const log = openDhcpLog({backend: 'isc', log: undefined}, {sinceMs: 1_767_600_000_000, exec})
  expect((await log?.read(NOW))?.events).toMatchObject([{name: 'ack', timeMs: 1_767_614_400_123, ip: '10.0.0.5'}])
  await log?.read(NOW)
  expect(asked).toEqual([['--since=@1767600000'], ['--after-cursor=s=1']])
})

test('a machine without a journal is no trouble, unless it was asked for', async () => {
  const exec: Exec = async () => {
    throw new Error('no such program')
  }
  expect(await openDhcpLog({backend: 'isc', log: undefined}, {sinceMs: 0, exec})?.read(NOW)).toEqual({events: [], warnings: []})
  expect((await openDhcpLog({backend: 'none', log: 'journal'}, {sinceMs: 0, exec})?.read(NOW))?.warnings).toHaveLength(1)
  expect(openDhcpLog({backend: 'builtin', log: undefined}, {sinceMs: 0})).toBeUndefined()
  expect(openDhcpLog({backend: 'isc', log: 'none'}, {sinceMs: 0})).toBeUndefined()
})
