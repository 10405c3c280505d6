import {execFileSync, fork} from 'node:child_process'
import {once} from 'node:events'
import {chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {describe, expect, onTestFinished, test} from 'vitest'
import {openSqliteStore} from '../../src/hosts/sqlite-store.js'
import type {HostStore} from '../../src/hosts/store.js'
import {temporaryFolder} from '../support/temporary-folder.js'
import {compiledWorker} from './compiled-worker.js'
import {sampleHost} from './host-sample.js'
import {describeStore} from './store-spec.js'

async function openStore(path = join(temporaryFolder(), 'pxe.db')): Promise<HostStore> {
  const store = await openSqliteStore(path, {create: true})
  onTestFinished(() => store.close())
  return store
}

function sqlite(path: string, sql: string): string {
  return execFileSync('sqlite3', [path], {input: sql, encoding: 'utf8'})
}

describe('the SQLite store', () => describeStore(() => openStore()))

const OLD_SCHEMA = 'create table hosts (hostname text, ip text, macaddress text UNIQUE, root text);'

describe('an old pxe.db', () => {
  const rows = `insert into hosts values
    ('602dhcp1', '192.168.101.1', '08:00:27:AA:BB:01', 'root_you'),
    ('602dhcp2.jsk.t.u-tokyo.ac.jp', '192.168.101.2', '8:0:27:aa:bb:2', ''),
    ('bad name', '192.168.101.3', '08:00:27:aa:bb:03', 'root'),
    ('nomac', '192.168.101.4', NULL, 'root'),
    ('602DHCP1', '192.168.101.5', '08:00:27:aa:bb:05', 'root'),
    ('sameip', '192.168.101.1', '08:00:27:aa:bb:06', 'root'),
    ('blob', x'0102', '08:00:27:aa:bb:07', NULL),
    ('group', '192.168.101.8', '01:00:5e:00:00:01', NULL);`

  test('is taken over: every good row becomes a host, every bad one is listed with its reason', async () => {
    const path = join(temporaryFolder(), 'pxe.db')
    sqlite(path, OLD_SCHEMA + rows)
    const store = await openStore(path)
    expect((await store.list()).map(({name, ip, mac, root}) => [name, ip, mac, root])).toEqual([
      ['602dhcp1', '192.168.101.1', '08:00:27:aa:bb:01', 'root_you'],
      ['602dhcp2.jsk.t.u-tokyo.ac.jp', '192.168.101.2', '08:00:27:aa:bb:02', undefined],
    ])
    expect((await store.rejected()).map(({row, reason}) => [row['hostname'], reason])).toEqual([
      ['bad name', expect.stringContaining('is not a host name')],
      ['nomac', 'macaddress is empty'],
      ['602DHCP1', 'the host 602dhcp1 has the same name'],
      ['sameip', 'the host 602dhcp1 has the same address'],
      ['blob', 'ip is no text'],
      ['group', expect.stringContaining('multicast')],
    ])
  })

  test('is backed up once, byte for byte in its rows, and stays in the file under another name', async () => {
    const path = join(temporaryFolder(), 'pxe.db')
    sqlite(path, OLD_SCHEMA + rows)
    const before = sqlite(path, 'select rowid, quote(hostname), quote(ip), quote(macaddress), quote(root) from hosts')
    await (await openSqliteStore(path, {create: false})).close()
    const backup = `${path}.before-pxectl`
    expect(sqlite(backup, 'select rowid, quote(hostname), quote(ip), quote(macaddress), quote(root) from hosts')).toBe(before)
    expect(sqlite(path, 'select count(*) from pxe_manager_hosts')).toBe('8\n')
    const bytes = readFileSync(backup)
    await (await openSqliteStore(path, {create: false})).close()
    expect(readFileSync(backup).equals(bytes)).toBe(true)
  })

  test('that is empty is taken over too', async () => {
    const path = join(temporaryFolder(), 'pxe.db')
    sqlite(path, OLD_SCHEMA)
    expect(await (await openStore(path)).list()).toEqual([])
  })

  test('opened by ten processes at once is migrated by one of them', async () => {
    const path = join(temporaryFolder(), 'pxe.db')
    sqlite(path, OLD_SCHEMA + rows)
    const program = compiledWorker()
    const counts = await Promise.all(Array.from({length: 10}, () => runWorker(program, 'count', path)))
    expect(counts).toEqual(Array.from({length: 10}, () => '2'))
    expect(sqlite(`${path}.before-pxectl`, 'select count(*) from hosts')).toBe('8\n')
  })
})

describe('a file that is no host database', () => {
  const refused: [string, (path: string) => void, string, number][] = [
    ['random bytes', (path) => writeFileSync(path, Buffer.alloc(8192, 7)), 'DATABASE_CORRUPT', 7],
    [
      'a cut off database',
      (path) => (sqlite(path, `${OLD_SCHEMA} insert into hosts values ('a','b','c',hex(zeroblob(9000)));`), truncateSync(path, 5000)),
      'DATABASE_CORRUPT',
      7,
    ],
    ['a database of something else', (path) => sqlite(path, 'create table songs (title text);'), 'DATABASE_FOREIGN', 7],
    ['another hosts table', (path) => sqlite(path, 'create table hosts (id int, fqdn text);'), 'DATABASE_FOREIGN', 7],
    [
      'a database whose schema number is another program’s',
      (path) => sqlite(path, 'create table songs (x); pragma user_version = 1;'),
      'DATABASE_FOREIGN',
      7,
    ],
    ['an old database with a table of our name', (path) => sqlite(path, `${OLD_SCHEMA} create table meta (x);`), 'DATABASE_FOREIGN', 7],
    ['an empty file', (path) => writeFileSync(path, ''), 'DATABASE_EMPTY', 7],
    ['a folder', (path) => mkdirSync(path), 'DATABASE_FORBIDDEN', 6],
    ['a database of a newer pxectl', (path) => sqlite(path, 'create table hosts (x); pragma user_version = 99;'), 'DATABASE_TOO_NEW', 7],
  ]
  test.each(refused)('%s is refused and left as it is', async (_, make, code, exitCode) => {
    const path = join(temporaryFolder(), 'pxe.db')
    make(path)
    const look = (): unknown => [readdirSync(dirname(path)), statSync(path).isFile() && readFileSync(path, 'hex')]
    const before = look()
    await expect(openSqliteStore(path, {create: false})).rejects.toMatchObject({code, exitCode})
    expect(look()).toEqual(before)
  })

  test('a missing one is not made by looking', async () => {
    const path = join(temporaryFolder(), 'pxe.db')
    await expect(openSqliteStore(path, {create: false})).rejects.toMatchObject({code: 'DATABASE_MISSING', exitCode: 3})
    expect(existsSync(path)).toBe(false)
  })

  test('one in a folder that is not there cannot be made', async () => {
    await expect(openSqliteStore(join(temporaryFolder(), 'no', 'pxe.db'), {create: true})).rejects.toMatchObject({
      code: 'DATABASE_FORBIDDEN',
      exitCode: 6,
    })
  })

  test.skipIf(process.getuid?.() === 0)('one that may not be written says so', async () => {
    const path = join(temporaryFolder(), 'pxe.db')
    const store = await openStore(path)
    chmodSync(path, 0o444)
    await expect(store.write([{kind: 'add', host: sampleHost(1)}], 'x')).rejects.toMatchObject({code: 'DATABASE_FORBIDDEN', exitCode: 6})
  })
})

describe('many processes at once', () => {
  test('50 that add hosts with free addresses under the lock lose and duplicate nothing', async () => {
    const path = join(temporaryFolder(), 'pxe.db')
    await (await openSqliteStore(path, {create: true})).close()
    const program = compiledWorker()
    await Promise.all(Array.from({length: 50}, (_, index) => runWorker(program, 'add-free', path, String(index))))
    const hosts = await (await openStore(path)).list()
    // Each took the next free one, so together they have the first fifty.
    expect(hosts.map((host) => host.ip).sort()).toEqual(Array.from({length: 50}, (_, index) => `10.0.0.${100 + index}`))
    expect(new Set(hosts.map((host) => host.name)).size).toBe(50)
  }, 120_000)

  test('without the lock, of 20 that want the same address one gets it and the others hear who has it', async () => {
    const path = join(temporaryFolder(), 'pxe.db')
    await (await openSqliteStore(path, {create: true})).close()
    const program = compiledWorker()
    const answers = await Promise.all(Array.from({length: 20}, (_, index) => runWorker(program, 'add-same', path, String(index))))
    expect(answers.filter((answer) => answer === 'added')).toHaveLength(1)
    expect(answers.filter((answer) => answer === 'IP_TAKEN')).toHaveLength(19)
  }, 60_000)

  test('a writer that is killed leaves a good database', async () => {
    const path = join(temporaryFolder(), 'pxe.db')
    await (await openSqliteStore(path, {create: true})).close()
    const worker = startWorker(compiledWorker(), 'add-many', path)
    await once(worker, 'message')
    worker.kill('SIGKILL')
    await once(worker, 'exit')
    const store = await openStore(path)
    const count = await store.count()
    expect(count).toBeGreaterThan(0)
    expect(sqlite(path, 'pragma integrity_check')).toBe('ok\n')
    await store.write([{kind: 'add', host: sampleHost(1_000_000)}], 'after')
    expect(await store.count()).toBe(count + 1)
  }, 60_000)
})

function startWorker(worker: string, ...args: string[]) {
  return fork(worker, args, {execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc']})
}

/** Runs one job of store-worker.ts in a process of its own and gives its answer. */
async function runWorker(program: string, ...args: string[]): Promise<string> {
  const worker = startWorker(program, ...args)
  const answer = once(worker, 'message')
  await once(worker, 'exit')
  return String((await answer)[0])
}
