import {execFileSync} from 'node:child_process'
import {join} from 'node:path'
import {expect, onTestFinished, test} from 'vitest'
import type {MachineRecord} from '../../src/hosts/machine-store.js'
import {openSqliteStore} from '../../src/hosts/sqlite-store.js'
import type {HostDatabase} from '../../src/hosts/store.js'
import {temporaryFolder} from '../support/temporary-folder.js'
import {sampleHost} from './host-sample.js'

const databasePath = (): string => join(temporaryFolder(), 'pxe.db')

async function open(path = databasePath()): Promise<HostDatabase> {
  const store = await openSqliteStore(path, {create: true})
  onTestFinished(() => store.close())
  return store
}

const machine = (name: string, more: Partial<MachineRecord> = {}): MachineRecord => ({
  name,
  remoteUser: undefined,
  port: undefined,
  probedAt: '2026-11-22T00:00:00.000Z',
  facts: '{}',
  ...more,
})

test('machines come back as they were put, by name, and again in place of the old', async () => {
  const {machines} = await open()
  const tk1 = machine('tk1', {remoteUser: 'root', port: 2222, facts: `{"it's":"ünï ☃"}`})
  await machines.put([machine('tk2'), tk1])
  expect(await machines.list()).toEqual([tk1, machine('tk2')])
  expect(await machines.find('TK1')).toEqual(tk1)
  await machines.put([machine('TK1', {facts: '[]'})])
  expect(await machines.list()).toEqual([machine('TK1', {facts: '[]'}), machine('tk2')])
})

test('several are removed together or not at all', async () => {
  const {machines} = await open()
  await machines.put([machine('tk1'), machine('tk2')])
  await expect(machines.remove(['tk1', 'tk22'])).rejects.toMatchObject({
    code: 'MACHINE_NOT_FOUND',
    exitCode: 3,
    suggestions: ['did you mean tk2?', 'ask it: pxectl machine probe tk22', 'pxectl machine list'],
  })
  expect(await machines.list()).toHaveLength(2)
  await machines.remove(['TK1', 'tk2'])
  expect(await machines.list()).toEqual([])
})

test('a database without the table gets it, and keeps its hosts', async () => {
  const path = databasePath()
  const before = await openSqliteStore(path, {create: true})
  await before.write([{kind: 'add', host: sampleHost(1)}], 'first')
  await before.close()
  // As the first version of the schema left it.
  execFileSync('sqlite3', [path], {input: 'drop table machines; drop table lab_file_parts; drop table vms; pragma user_version = 1;'})
  const after = await open(path)
  expect(await after.list()).toEqual([sampleHost(1)])
  expect(await after.lastTransaction()).toBe('first')
  await after.machines.put([machine('tk1')])
  expect(await after.machines.list()).toHaveLength(1)
  expect(await after.vms.list()).toEqual([])
  expect(execFileSync('sqlite3', [path, 'pragma user_version'], {encoding: 'utf8'})).toBe('4\n')
})
