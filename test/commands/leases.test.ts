// Addresses that are leased already: not chosen for a host, and told of where they are given by hand.
import {appendFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import AddHost from '../../commands/add-host.js'
import ConfigSet from '../../commands/config/set.js'
import HostFree from '../../commands/host/free.js'
import HostImport from '../../commands/host/import.js'
import HostSet from '../../commands/host/set.js'
import {makeLab, type TestLab} from '../support/lab.js'
import {type Ran, runCommand} from '../support/run-command.js'

const STRANGER = '52:54:00:00:00:77'
const NEVER = '2099-01-01T00:00:00.000Z'

/** A lab in which the built-in server has leased the first two addresses of the range, and once the third. */
async function makeLeasingLab(): Promise<TestLab> {
  const lab = await makeLab()
  mkdirSync(lab.path('.pxectl'), {recursive: true})
  const line = (last: number, until: string): string =>
    `${JSON.stringify({ip: `192.168.56.${last}`, mac: STRANGER.replace('77', String(last - 90)), state: 'leased', until})}\n`
  writeFileSync(lab.path('.pxectl/pxe.db.leases'), line(100, NEVER) + line(101, NEVER) + line(102, '2020-01-01T00:00:00.000Z'))
  return lab
}

async function hostOf(lab: TestLab, ...argv: string[]): Promise<{ip: string; warnings: unknown}> {
  const ran = await runCommand(AddHost, [...argv, '--json', '--config', lab.config])
  expect(ran.exitCode, ran.stdout).toBe(0)
  const {host, warnings} = ran.json()
  return {ip: (host as {ip: string}).ip, warnings}
}

const inLab = (lab: TestLab, command: Parameters<typeof runCommand>[0], ...argv: string[]): Promise<Ran> =>
  runCommand(command, [...argv, '--json', '--config', lab.config])

test('a new host gets no address that the built-in server has leased, unless it is the one who has it', async () => {
  const lab = await makeLeasingLab()
  expect((await inLab(lab, HostFree)).json()).toMatchObject({ip: '192.168.56.102'})
  expect(await hostOf(lab, 'tk1')).toEqual({ip: '192.168.56.102', warnings: []})
  expect(await hostOf(lab, 'tk2', '--mac', '52:54:00:00:00:10')).toEqual({ip: '192.168.56.100', warnings: []})
  expect((await hostOf(lab, '--auto')).ip).toBe('192.168.56.103')
})

test('an address given by hand that somebody else has leased is taken with a warning that names the MAC', async () => {
  const lab = await makeLeasingLab()
  const told = [expect.stringMatching(/^52:54:00:00:00:10 has leased 192\.168\.56\.100 until 2099-01-01/) as string]
  expect(await hostOf(lab, 'tk1', '--ip', '192.168.56.100')).toEqual({ip: '192.168.56.100', warnings: told})
  const moved = await inLab(lab, HostSet, 'tk1', '--ip', '192.168.56.101')
  expect(moved.json()['warnings']).toEqual([expect.stringContaining('52:54:00:00:00:11 has leased 192.168.56.101')])
  expect((await inLab(lab, HostSet, 'tk1', '--boot-args', 'quiet')).json()['warnings']).toEqual([])
  writeFileSync(lab.path('hosts.csv'), 'name,ip,mac\ntk2,192.168.56.100,52:54:00:00:00:99\ntk3,192.168.56.9,52:54:00:00:00:98\n')
  expect((await inLab(lab, HostImport, lab.path('hosts.csv'))).json()['warnings']).toEqual(told)
})

test('a lease of dhcpd counts, and a lease file that cannot be read is told', async () => {
  const lab = await makeLab({isc: true})
  const leases = lab.path('dhcpd.leases')
  appendFileSync(lab.dhcpdConf, `lease-file-name "${leases}";\n`)
  expect((await hostOf(lab, 'tk1')).ip).toBe('192.168.56.100')
  writeFileSync(
    leases,
    `lease 192.168.56.101 {\n  ends never;\n  binding state active;\n  hardware ethernet ${STRANGER};\n}\n` +
      'lease 192.168.56.102 {\n  ends epoch 1500000000; # long ago\n  binding state active;\n  hardware ethernet 52:54:00:00:00:78;\n}\n',
  )
  expect((await hostOf(lab, 'tk2')).ip).toBe('192.168.56.102')
  expect((await hostOf(lab, 'tk3', '--ip', '192.168.56.101')).warnings).toContainEqual(expect.stringContaining(`${STRANGER} has leased`))
  writeFileSync(lab.dhcpdConf, readFileSync(lab.dhcpdConf, 'utf8').replace(leases, lab.folder))
  expect((await hostOf(lab, 'tk4')).warnings).toContainEqual(expect.stringContaining('not known which addresses are leased'))
})

test('where hosts and leases fill the range, it is exhausted', async () => {
  const lab = await makeLeasingLab()
  await inLab(lab, ConfigSet, 'network.range', '192.168.56.100-192.168.56.101')
  const refused = await inLab(lab, AddHost, 'tk1')
  expect(refused.exitCode).toBe(4)
  expect(refused.json()['error']).toMatchObject({code: 'RANGE_EXHAUSTED', message: expect.stringContaining('taken or leased') as string})
})
