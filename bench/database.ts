// The host database: importing 100,000 hosts, and adding one to them, against the sqlite3 shell with the same table.
import {copyFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {exec} from '../src/system/exec.js'
import {runContest, type Row} from './contest.js'
import {runWorker, type Ground} from './ground.js'
import {getPeer, timeProgram} from './programs.js'
import {HOST_COUNT, sampleHost, sampleHosts} from './sample-hosts.js'

const NOW = '2026-01-01T00:00:00.000Z'
/** Each in a transaction of its own; so many that the start of the processes does not count. */
const ADD_COUNT = 50
const COUNT = HOST_COUNT.toLocaleString('en')

export async function measureDatabase(ground: Ground, rounds: number): Promise<Row[]> {
  return [await measureImport(ground, rounds), await measureAdd(ground, rounds)]
}

async function measureImport(ground: Ground, rounds: number): Promise<Row> {
  const {folder, distUrl} = ground
  const csv = join(folder, 'hosts.csv')
  const ours = join(folder, 'import-ours.db')
  const theirs = join(folder, 'import-theirs.db')
  const cells = sampleHosts().map(({name, ip, mac}) => `${name},${ip},${mac},,debian12,,bios,1`)
  writeFileSync(csv, ['name,ip,mac,root,image,boot-args,firmware,dhcp', ...cells, ''].join('\n'))
  const full = join(folder, 'full.csv')
  writeFileSync(full, `${cells.map((line) => `${line},${NOW},${NOW}`).join('\n')}\n`)
  const worker = ground.worker('import-hosts')
  const task = JSON.stringify({distUrl, csv, database: ours, now: NOW})
  return runContest(
    {
      work: `database: import ${COUNT} hosts from CSV`,
      peer: 'sqlite3 .import',
      unit: 'ms',
      floor: {atMost: 4},
      ours: async () => {
        rmSync(ours, {force: true})
        const sample = await timeProgram({file: process.execPath, args: [worker, task], folder})
        await checkCount(ours, HOST_COUNT)
        return sample
      },
      theirs: async () => {
        rmSync(theirs, {force: true})
        const schema = await runSqlite(ours, '.schema hosts')
        const script = join(folder, 'import.sql')
        writeFileSync(script, `${schema}\n.mode csv\n.import ${full} hosts\n`)
        const sample = await timeProgram({file: sqlite3(), args: [theirs, `.read ${script}`], folder})
        await checkCount(theirs, HOST_COUNT)
        return sample
      },
    },
    rounds,
  )
}

async function measureAdd(ground: Ground, rounds: number): Promise<Row> {
  const {folder, distUrl} = ground
  const original = join(folder, 'add-original.db')
  const ours = join(folder, 'add-ours.db')
  const theirs = join(folder, 'add-theirs.db')
  const hosts = Array.from({length: ADD_COUNT}, (_, index) => sampleHost(HOST_COUNT + 1 + index))
  const script = join(folder, 'add.sql')
  const values = hosts.map(({name, ip, mac}) => `('${name}', '${ip}', '${mac}', NULL, 'debian12', NULL, 'bios', 1, '${NOW}', '${NOW}')`)
  writeFileSync(script, values.map((row) => `INSERT INTO hosts VALUES ${row};\n`).join(''))
  const fill = ground.worker('import-hosts')
  const add = ground.worker('add-hosts')
  let filled = false
  const copyTo = async (path: string): Promise<void> => {
    if (!filled)
      await exec({
        file: process.execPath,
        args: [fill, JSON.stringify({distUrl, csv: join(folder, 'hosts.csv'), database: original, now: NOW})],
      })
    filled = true
    copyFileSync(original, path)
  }
  return runContest(
    {
      work: `database: add one host to ${COUNT} (checked, committed)`,
      peer: 'an INSERT by sqlite3',
      unit: 'ms',
      floor: {atMost: 2},
      ours: async () => {
        await copyTo(ours)
        const {elapsedMs, cpuSeconds} = (await runWorker(add, {distUrl, database: ours, hosts, now: NOW})) as {
          elapsedMs: number
          cpuSeconds: number
        }
        await checkCount(ours, HOST_COUNT + ADD_COUNT)
        return {value: elapsedMs / ADD_COUNT, cpuSeconds}
      },
      theirs: async () => {
        await copyTo(theirs)
        const {value, cpuSeconds} = await timeProgram({file: sqlite3(), args: [theirs, `.read ${script}`], folder})
        await checkCount(theirs, HOST_COUNT + ADD_COUNT)
        return {value: value / ADD_COUNT, cpuSeconds}
      },
    },
    rounds,
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
