// One lab on two machines: a PostgreSQL server keeps its hosts, and each machine has its own pxectl.ini, TFTP root and server.
//
//     br0 192.168.56.1: pxectl serve of the first folder (TFTP, HTTP, DHCP) ── c1: busybox udhcpc, curl
//                       the second folder: adds and removes hosts
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {errorOf, hostNames, labAt, makeLab, startServe, type Lab} from './support/lab.js'
import {requestLease} from './support/lease.js'
import {withNetwork, type Network} from './support/network.js'
import {openPostgresServer, type PostgresServer} from './support/postgres.js'
import {until} from './support/programs.js'

let database: PostgresServer
beforeAll(async () => {
  database = await openPostgresServer()
})
afterAll(() => database.close())

const HOST = ['add-host', 'tk1', '--mac', '52:54:00:a1:b2:c3', '--ip', '192.168.56.21'] as const

/** A lab, and the same one on a second machine: the same hosts, all else its own. */
async function makeTwo(network: Network, schema: string): Promise<{first: Lab; second: Lab; url: string}> {
  const url = database.url({schema})
  const first = await makeLab(network, {dhcp: 'builtin', settings: {'boot.loader': 'pxelinux'}})
  await first.must('loader', 'install')
  await first.must('add-host', 'tk9', '--mac', '52:54:00:a1:b2:c9', '--ip', '192.168.56.29')
  expect(await first.must('db', 'copy', url)).toMatchObject({hosts: 1, to: expect.stringContaining(`schema=${schema}`)})
  await first.must('config', 'set', 'lab.database', url)
  const folder = join(network.folder, 'second')
  await mkdir(folder)
  await writeFile(join(folder, 'pxectl.ini'), await readFile(join(first.folder, 'pxectl.ini')))
  return {first, second: labAt(network, folder), url}
}

test('a host that one machine adds boots from the other at once; names, addresses and MACs are unique across both', () =>
  withNetwork('pg-two', async (network) => {
    const {first, second} = await makeTwo(network, 'two')
    const server = await startServe(first, 'full')
    const client = await network.addClient('52:54:00:a1:b2:c3')
    expect(await requestLease(client)).toBeUndefined()
    expect(await hostNames(second)).toEqual(['tk9'])
    await second.must(...HOST)
    expect((await requestLease(client))?.address).toBe('192.168.56.21')
    const other = await network.addClient('52:54:00:00:00:77', '192.168.56.50/24')
    const menu = await other.mustRun(['curl', '-sf', 'http://192.168.56.1:8069/ipxe/01-52-54-00-a1-b2-c3.ipxe'])
    expect(menu).toContain('tk1')

    for (const [lab, flags, code] of [
      [first, [...HOST], 'HOST_EXISTS'],
      [first, ['add-host', 'tk2', '--mac', '52:54:00:a1:b2:c3', '--ip', '192.168.56.22'], 'MAC_TAKEN'],
      [second, ['add-host', 'tk2', '--mac', '52:54:00:a1:b2:c4', '--ip', '192.168.56.29'], 'IP_TAKEN'],
    ] as const)
      expect(errorOf(await lab.pxectl(...flags)).code).toBe(code)

    // Both take the next free address at the same time: the one waits for the other.
    const added = await Promise.all(
      Array.from({length: 6}, (_, index) =>
        (index % 2 === 0 ? first : second).must('add-host', `auto${index}`, '--mac', `52:54:00:00:01:0${index}`),
      ),
    )
    expect(new Set(added.map(({host}) => (host as {ip: string}).ip)).size).toBe(6)
    await second.must('host', 'remove', 'tk1', '--yes')
    expect((await first.pxectl('host', 'show', 'tk1')).exitCode).toBe(3)
    await server.stop()
  }))

test('while the database is down hosts boot on, commands say what is wrong, and nothing is half-changed', () =>
  withNetwork('pg-down', async (network) => {
    const {first, second} = await makeTwo(network, 'down')
    await second.must(...HOST)
    const server = await startServe(first, 'full')
    const client = await network.addClient('52:54:00:a1:b2:c3')
    expect((await requestLease(client))?.address).toBe('192.168.56.21')
    await database.crash()
    expect((await requestLease(client))?.address, 'while the database is down').toBe('192.168.56.21')
    const answer = await second.pxectl('add-host', 'tk3', '--mac', '52:54:00:a1:b2:c5')
    expect(errorOf(answer)).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      suggestions: expect.arrayContaining([expect.stringContaining('psql')]),
    })
    expect(answer.exitCode).toBe(6)
    await database.start()
    await until('the database to answer', 20_000, async () => (await second.pxectl('host', 'list')).exitCode === 0)
    await second.must('host', 'set', 'tk1', '--ip', '192.168.56.31')
    await until('the new address', 10_000, async () => (await requestLease(client))?.address === '192.168.56.31')
    await server.stop()
  }))
