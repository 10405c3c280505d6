// The host database: importing 100,000 hosts, and adding one to them, against the sqlite3 shell with the same table.
import {copyFileSync, existsSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {exec} from '../src/system/exec.js'
import {runContest, type Plan, type Row, type Sample} from './contest.js'
import {runWorker, type Ground} from './ground.js'
import {getPeer, timeProgram} from './programs.js'
import {HOST_COUNT, sampleHost, sampleHosts} from './sample-hosts.js'

const NOW = '2026-01-01T00:00:00.000Z'
/** Each in a transaction of its own; so many that the start of the processes does not count. */
const ADD_COUNT = 50
const COUNT = HOST_COUNT.toLocaleString('en')

const IMPORT_WORK = `database: import ${COUNT} hosts from CSV`
const ADD_WORK = `database: add one host to ${COUNT} (checked, committed)`

export async function measureDatabase(ground: Ground, plan: Plan): Promise<Row[]> {
  if (!plan.wants(IMPORT_WORK) && !plan.wants(ADD_WORK)) return []
  const cells = sampleHosts().map(({name, ip, mac}) => `${name},${ip},${mac},,debian12,,bios,1`)
  const csv = join(ground.folder, 'hosts.csv')
  writeFileSync(csv, ['name,ip,mac,root,image,boot-args,firmware,dhcp', ...cells, ''].join('\n'))
  const full = join(ground.folder, 'full.csv')
  writeFileSync(full, `${cells.map((line) => `${line},${NOW},${NOW}`).join('\n')}\n`)
  return [...(await measureImport(ground, plan, {csv, full})), ...(await measureAdd(ground, plan, csv))]
}

/** `full` is `csv` without its head and with every column of the table. */
async function measureImport(ground: Ground, plan: Plan, {csv, full}: {readonly csv: string; readonly full: string}): Promise<Row[]> {
  const {folder, distUrl} = ground
  const worker = ground.worker('import-hosts')
  const importOurs = async (database: string): Promise<Sample> => {
    rmSync(database, {force: true})
    const task = JSON.stringify({distUrl, csv, database, now: NOW})
    const sample = await timeProgram({file: process.execPath, args: [worker, task], folder})
    await checkCount(database, HOST_COUNT)
    return sample
  }
  const schemaDatabase = join(folder, 'schema.db')
  const ours = (): Promise<Sample> => importOurs(join(folder, 'import-ours.db'))
  const theirs = async (): Promise<Sample> => {
    if (!existsSync(schemaDatabase)) await importOurs(schemaDatabase)
    const database = join(folder, 'import-theirs.db')
    rmSync(database, {force: true})
    const script = join(folder, 'import.sql')
    writeFileSync(script, `${await runSqlite(schemaDatabase, '.schema hosts')}\n.mode csv\n.import ${full} hosts\n`)
    const sample = await timeProgram({file: sqlite3(), args: [database, `.read ${script}`], folder})
    await checkCount(database, HOST_COUNT)
    return sample
  }
  const limits = {floor: {atMost: 4}, goal: {atMost: 2}}
  return runContest(
    {
      entrants: {pxectl: ours, 'sqlite3 .import': theirs},
      comparisons: [{work: IMPORT_WORK, ours: 'pxectl', peer: 'sqlite3 .import', unit: 'ms', ...limits}],
    },
    plan,
  )
}

async function measureAdd(ground: Ground, plan: Plan, csv: string): Promise<Row[]> {
  const {folder, distUrl} = ground
  const original = join(folder, 'add-original.db')
  const hosts = Array.from({length: ADD_COUNT}, (_, index) => sampleHost(HOST_COUNT + 1 + index))
  const script = join(folder, 'add.sql')
  const values = hosts.map(({name, ip, mac}) => `('${name}', '${ip}', '${mac}', NULL, 'debian12', NULL, 'bios', 1, '${NOW}', '${NOW}')`)
  writeFileSync(script, values.map((row) => `INSERT INTO hosts VALUES ${row};\n`).join(''))
  const fill = ground.worker('import-hosts')
  const add = ground.worker('add-hosts')
  const copyTo = async (path: string): Promise<void> => {
    const task = JSON.stringify({distUrl, csv, database: original, now: NOW})
    if (!existsSync(original)) await exec({file: process.execPath, args: [fill, task]})
    copyFileSync(original, path)
  }
  const ours = async (): Promise<Sample> => {
    const database = join(folder, 'add-ours.db')
    await copyTo(database)
    const added = (await runWorker(add, {distUrl, database, hosts, now: NOW})) as {elapsedMs: number; cpuSeconds: number}
    await checkCount(database, HOST_COUNT + ADD_COUNT)
    return {value: added.elapsedMs / ADD_COUNT, cpuSeconds: added.cpuSeconds}
  }
  const theirs = async (): Promise<Sample> => {
    const database = join(folder, 'add-theirs.db')
    await copyTo(database)
    const {value, cpuSeconds} = await timeProgram({file: sqlite3(), args: [database, `.read ${script}`], folder})
    await checkCount(database, HOST_COUNT + ADD_COUNT)
    return {value: value / ADD_COUNT, cpuSeconds}
  }
  const limits = {floor: {atMost: 2}, goal: {atMost: 2}}
  return runContest(
    {
      entrants: {pxectl: ours, 'an INSERT by sqlite3': theirs},
      comparisons: [{work: ADD_WORK, ours: 'pxectl', peer: 'an INSERT by sqlite3', unit: 'ms', ...limits}],
    },
    plan,
  )
}

const sqlite3 = (): string => getPeer('sqlite3', 'apt-get install sqlite3')

async function runSqlite(database: string, command: string): Promise<string> {
  const finished = await exec({file: sqlite3(), args: [database, command]})
  if (finished.exitCode !== 0) throw new Error(`sqlite3: ${finished.stderr}`)
  return finished.stdout
}

async function checkCount(database: string, expected: number): Promise<void> {
  const found = (await runSqlite(database, 'select count(*) from hosts')).trim()
  if (found !== String(expected)) throw new Error(`${database} has ${found} hosts, not ${expected}`)
}
