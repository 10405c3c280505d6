// An old pxe.db as Python wrote it, with values that text should not have: SQLite lets any value into any column.
import {execFileSync} from 'node:child_process'
import {existsSync, readFileSync, readdirSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {readHostFile} from '../../src/hosts/import.js'
import {openSqliteStore} from '../../src/hosts/sqlite-store.js'
import {openSqlite} from '../../src/hosts/sqlite.js'
import {temporaryFolder} from '../support/temporary-folder.js'
import {sampleHost} from './host-sample.js'

const MAKE = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute('create table hosts (hostname text, ip text, macaddress text UNIQUE, root text)')
`
const STRANGE = `
db.execute("insert into hosts values ('tk1', '192.168.56.1', '080027000001', 'root_tk1')")
db.execute("insert into hosts values (cast(x'746bff' as text), '192.168.56.2', '080027000002', '')")
db.execute("insert into hosts values (?, '192.168.56.3', '080027000003', '')", ('tk3\\0x',))
db.execute("insert into hosts values ('tk4', ?, '080027000004', NULL)", (b'\\xff\\x00',))
db.commit()
`

function makeOld(script: string): string {
  const path = join(temporaryFolder(), 'pxe.db')
  execFileSync('python3', ['-c', MAKE + script, path])
  return path
}

test('text that is no UTF-8, a NUL or a blob reject their row, and are kept as SQL', async () => {
  const store = await openSqliteStore(makeOld(STRANGE), {create: false})
  expect((await store.list()).map((host) => host.name)).toEqual(['tk1'])
  expect(await store.rejected()).toEqual([
    {row: {hostname: "cast(x'746BFF' as text)", ip: '192.168.56.2', macaddress: '080027000002', root: ''}, reason: 'hostname is no text'},
    {row: {hostname: 'tk3\0x', ip: '192.168.56.3', macaddress: '080027000003', root: ''}, reason: expect.stringContaining('\\u0000')},
    {row: {hostname: 'tk4', ip: "x'FF00'", macaddress: '080027000004', root: null}, reason: 'ip is no text'},
  ])
  await store.close()
})

describe('as a source for an import', () => {
  test('it is read, with every problem, and no byte of it changes', async () => {
    const path = makeOld(STRANGE)
    const before = readFileSync(path)
    const {rows, problems} = await readHostFile(path)
    expect(rows.map(({name, mac, root}) => [name, mac, root])).toEqual([['tk1', '08:00:27:00:00:01', 'root_tk1']])
    expect(problems.map(({row, column}) => [row, column])).toEqual([
      [2, 'hostname'],
      [3, 'hostname'],
      [4, 'ip'],
    ])
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(readdirSync(dirname(path))).toEqual(['pxe.db'])
  })

  test('a missing one is an error and is not made', async () => {
    const path = join(temporaryFolder(), 'none.db')
    await expect(readHostFile(path, 'pxe-db')).rejects.toMatchObject({code: 'FILE_MISSING', exitCode: 3})
    expect(existsSync(path)).toBe(false)
  })

  test('a database of pxectl is refused with the way to go', async () => {
    const path = join(temporaryFolder(), 'new.db')
    await (await openSqliteStore(path, {create: true})).close()
    await expect(readHostFile(path)).rejects.toMatchObject({
      code: 'DATABASE_FOREIGN',
      suggestions: [expect.stringContaining('pxectl host export')],
    })
  })
})

test('100,000 old rows are taken over', async () => {
  const path = makeOld(`
rows = (('tk%d' % i, '10.%d.%d.%d' % (i >> 16, i >> 8 & 255, i & 255), '080027%06x' % i, 'root') for i in range(100000))
db.executemany('insert into hosts values (?, ?, ?, ?)', rows)
db.commit()
`)
  const store = await openSqliteStore(path, {create: false})
  expect(await store.count()).toBe(100_000)
  expect(await store.rejected()).toEqual([])
  await store.close()
})

describe('a write that cannot be done says why and changes nothing', () => {
  test.each([
    ['a full disk', 'pragma max_page_count = 1', 'DISK_FULL', 6],
    ['a file that may not be written', 'pragma query_only = on', 'DATABASE_FORBIDDEN', 6],
  ])('%s', async (_, limit, code, exitCode) => {
    const path = join(temporaryFolder(), 'pxe.db')
    const store = await openSqliteStore(path, {create: true})
    await store.write([{kind: 'add', host: sampleHost(1)}], 'first')
    const sqlite = openSqlite(path)
    sqlite.script(limit)
    const fill = (): void => sqlite.run('insert into rejected_hosts select hex(zeroblob(100000)), 0 from hosts')
    expect(() => sqlite.transaction(fill)).toThrow(
      expect.objectContaining({code, exitCode, message: expect.stringContaining('nothing was changed')}),
    )
    sqlite.close()
    expect(await store.rejected()).toEqual([])
    await store.close()
  })
})
