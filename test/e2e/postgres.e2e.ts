// The host database on a real PostgreSQL server: what every store does, and what only one over a network can meet.
import {connect, createServer, type Server, type Socket} from 'node:net'
import type {AddressInfo} from 'node:net'
import {afterAll, beforeAll, describe, expect, onTestFinished, test} from 'vitest'
import {openPostgresStore} from '../../src/hosts/postgres-store.js'
import {openHostSnapshot} from '../../src/hosts/postgres-snapshot.js'
import type {HostDatabase} from '../../src/hosts/store.js'
import type {VmRecord} from '../../src/hosts/vm-store.js'
import {sampleHost} from '../hosts/host-sample.js'
import {describeStore} from '../hosts/store-spec.js'
import {openPostgresServer, type PostgresServer} from './support/postgres.js'
import {until} from './support/programs.js'

let server: PostgresServer
beforeAll(async () => {
  server = await openPostgresServer()
})
afterAll(() => server.close())

let schemas = 0
const newSchema = (): string => `lab${++schemas}`

async function open(options: {schema?: string; role?: string; port?: number; create?: boolean} = {}): Promise<HostDatabase> {
  const {schema = newSchema(), create = true, ...rest} = options
  const store = await openPostgresStore(server.url({schema, ...rest}), {create})
  onTestFinished(() => store.close())
  return store
}

const add = (number: number, change = {}) => ({kind: 'add', host: sampleHost(number, change)}) as const

describe('the PostgreSQL store', () => describeStore(() => open()))

test('ten programs that open a new database at once make its tables once', async () => {
  const schema = newSchema()
  const stores = await Promise.all(Array.from({length: 10}, () => open({schema})))
  await stores[0]?.write([add(1)], 'first')
  for (const store of stores) expect(await store.count()).toBe(1)
})

test('of many that want one address at once, one gets it and the others hear who has it', async () => {
  const schema = newSchema()
  const stores = await Promise.all(Array.from({length: 10}, () => open({schema})))
  const written = await Promise.allSettled(stores.map((store, index) => store.write([add(index, {ip: sampleHost(1).ip})], `t${index}`)))
  const codes = written.map((one) => (one.status === 'fulfilled' ? 'added' : (one.reason as {code: string}).code))
  expect(codes.filter((code) => code === 'added')).toHaveLength(1)
  expect(codes.filter((code) => code === 'IP_TAKEN')).toHaveLength(9)
})

test('machines, VMs and parts are kept too, and by name whatever its case', async () => {
  const {machines, vms, parts} = await open()
  const machine = {name: 'Rack1', remoteUser: 'root', port: undefined, probedAt: '2026-01-01T00:00:00Z', facts: '{}'}
  await machines.put([machine])
  await machines.put([{...machine, name: 'rack1', port: 22}])
  expect(await machines.list()).toEqual([{...machine, name: 'rack1', port: 22}])
  await expect(machines.remove(['rack2'])).rejects.toMatchObject({code: 'MACHINE_NOT_FOUND'})
  const vm: VmRecord = {
    ...{
      name: 'node1',
      uuid: 'u1',
      hypervisor: 'qemu' as const,
      machine: undefined,
      remoteUser: undefined,
      port: undefined,
      path: undefined,
    },
    ...{stage: 'creating' as const, addedHost: undefined, spec: '{}', createdAt: 'a', updatedAt: 'b'},
  }
  await vms.put(vm)
  await vms.put({...vm, stage: 'ready', path: '/vms/node1'})
  expect(await vms.find('NODE1')).toEqual({...vm, stage: 'ready', path: '/vms/node1'})
  await vms.remove('u1')
  expect(await vms.list()).toEqual([])
  const part = {kind: 'host', name: 'tk1', file: '/lab.yaml', state: ''}
  await parts.put([part])
  await parts.put([{...part, state: 'x'}])
  expect(await parts.list()).toEqual([{...part, state: 'x'}])
})

test('one program at a time changes the lab, and the lock of one that is killed is free', async () => {
  const schema = newSchema()
  const [first, second] = [await open({schema}), await open({schema})]
  const steps: string[] = []
  let waited = 0
  const slow = first.exclusively(
    () => undefined,
    async () => {
      steps.push('first begins')
      await until('the second to wait', 10_000, () => waited > 0)
      steps.push('first ends')
    },
  )
  await until('the first to have it', 10_000, () => steps.length > 0)
  await second.exclusively(
    () => (waited += 1),
    async () => void steps.push('second'),
  )
  await slow
  expect(steps).toEqual(['first begins', 'first ends', 'second'])
  expect(waited).toBe(1)

  const lost = first.exclusively(
    () => undefined,
    async () => {
      await server.sql("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'")
      await until('the lock to be free', 10_000, () =>
        second.exclusively(
          () => undefined,
          async () => true,
        ),
      )
      await first.write([add(7)], 'late')
    },
  )
  await expect(lost, 'whoever lost the lock changes nothing').rejects.toMatchObject({code: 'DATABASE_UNREACHABLE'})
  expect(await first.count()).toBe(0)
})

describe('a connection that breaks', () => {
  test('at COMMIT, after the server had it: the change has happened', async () => {
    const schema = newSchema()
    await open({schema})
    const relay = await openRelay(server.port, 'after COMMIT')
    const store = await open({schema, port: relay.port})
    relay.arm()
    await store.write([add(1)], 'first')
    expect(relay.cuts()).toBe(1)
    expect(await store.lastTransaction()).toBe('first')
    expect(await store.count()).toBe(1)
  })

  test('at COMMIT, before the server had it: nothing has happened, and it says so', async () => {
    const schema = newSchema()
    await open({schema})
    const relay = await openRelay(server.port, 'before COMMIT')
    const store = await open({schema, port: relay.port})
    relay.arm()
    await expect(store.write([add(1)], 'first')).rejects.toMatchObject({code: 'DATABASE_UNREACHABLE', exitCode: 6})
    expect(relay.cuts()).toBe(1)
    expect(await store.isCommitted('first')).toBe(false)
    expect(await store.count()).toBe(0)
    await store.write([add(1)], 'second')
    expect(await store.isCommitted('second')).toBe(true)
  })

  test('between two statements is made anew', async () => {
    const store = await open()
    await store.write([add(1)], 'first')
    await server.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pxectl'")
    await until('the store to answer again', 10_000, () =>
      store.count().then(
        (count) => count === 1,
        () => false,
      ),
    )
  })
})

test('a server of boot files has what was committed within a moment, serves on while the database is down, and catches up', async () => {
  const schema = newSchema()
  const store = await open({schema})
  const [one, two, three] = [sampleHost(1), sampleHost(2), sampleHost(3)]
  await store.write([add(1)], 'first')
  const snapshot = openHostSnapshot(server.url({schema}))
  onTestFinished(() => snapshot.close())
  expect(await snapshot.findByMac(one.mac)).toEqual(one)
  await store.write([add(2)], 'second')
  await until('the second host', 1000, async () => (await snapshot.findByIp(two.ip)) !== undefined)

  await server.crash()
  expect(await snapshot.findByMac(two.mac)).toEqual(two)
  await expect(store.count()).rejects.toMatchObject({code: 'DATABASE_UNREACHABLE'})
  await server.start()
  await store.write([add(3)], 'third')
  await until('the third host', 10_000, async () => (await snapshot.findByMac(three.mac)) !== undefined)
})

test('a role without rights on tables reads and writes hosts, and cannot make or upgrade them', async () => {
  const schema = newSchema()
  await expect(open({schema, role: 'runner'})).rejects.toMatchObject({code: 'DATABASE_FORBIDDEN', exitCode: 6})
  await open({schema})
  await server.sql(
    `grant usage on schema ${schema} to runner; grant select, insert, update, delete on all tables in schema ${schema} to runner`,
  )
  const store = await open({schema, role: 'runner', create: false})
  await store.write([add(1)], 'first')
  expect(await store.count()).toBe(1)
})

test('what is not there, not ours to read or too new is refused in words', async () => {
  await expect(open({create: false})).rejects.toMatchObject({code: 'DATABASE_MISSING', exitCode: 3})
  await expect(open({role: 'nobody'})).rejects.toMatchObject({code: 'DATABASE_FORBIDDEN', exitCode: 6})
  await expect(openPostgresStore(`postgres://owner@127.0.0.1:${server.port}/none`, {create: true})).rejects.toMatchObject({
    code: 'DATABASE_MISSING',
  })
  await expect(openPostgresStore('postgres://owner:geheim@127.0.0.1:9/labs', {create: true})).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringContaining('postgres://owner@127.0.0.1:9/labs cannot be reached'),
  })
  const schema = newSchema()
  await open({schema})
  await server.sql(`update ${schema}.meta set value = '99' where key = 'schema_version'`)
  await expect(open({schema})).rejects.toMatchObject({code: 'DATABASE_TOO_NEW', exitCode: 7})
})

/** Hands on what a client and the server say, until the client says COMMIT. */
async function openRelay(
  port: number,
  cut: 'before COMMIT' | 'after COMMIT',
): Promise<{port: number; arm: () => void; cuts: () => number}> {
  let isArmed = false
  let cuts = 0
  const sockets: Socket[] = []
  const relay: Server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    sockets.push(client, upstream)
    let isCut = false
    client.on('data', (bytes: Buffer) => {
      if (isArmed && /commit\0/.test(bytes.toString('latin1'))) {
        isArmed = false
        isCut = true
        cuts += 1
        if (cut === 'after COMMIT') upstream.write(bytes)
        client.destroy()
        if (cut === 'before COMMIT') upstream.destroy()
        return
      }
      upstream.write(bytes)
    })
    upstream.on('data', (bytes: Buffer) => void (isCut || client.write(bytes)))
    for (const socket of [client, upstream]) socket.on('error', () => undefined)
    client.on('close', () => upstream.end())
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    relay.close()
  })
  return {port: (relay.address() as AddressInfo).port, arm: () => void (isArmed = true), cuts: () => cuts}
}
