// Measures pxectl against the programs it is compared with in the table "Speed": npm run bench [-- --only NAME --match REGEX].
// Never asserts a time: exits with 0 unless something breaks. All traffic stays on loopback, as root in a network of its own.
import {writeFileSync} from 'node:fs'
import {availableParallelism, cpus, loadavg, release, type as systemName} from 'node:os'
import {parseArgs} from 'node:util'
import {reasonOf, type Plan, type Row} from './contest.js'
import {measureDatabase} from './database.js'
import {measureDhcpdConf} from './dhcpd-conf.js'
import {openGround, type Ground} from './ground.js'
import {measureHttp} from './http.js'
import {measureLab} from './lab.js'
import {measureMemory} from './memory.js'
import {runInOwnNetwork} from './own-network.js'
import {ENGINES, readEngine} from './serving.js'
import {measurePowerOn} from './power-on.js'
import {measureStartUp} from './start-up.js'
import {renderMarkdown, renderTable} from './table.js'
import {measureTftp} from './tftp.js'

const SUBJECTS: Readonly<Record<string, (ground: Ground, plan: Plan) => Promise<Row[]>>> = {
  'start-up': measureStartUp,
  'dhcpd-conf': measureDhcpdConf,
  database: measureDatabase,
  lab: measureLab,
  tftp: measureTftp,
  memory: measureMemory,
  http: measureHttp,
  'power-on': measurePowerOn,
}

const SERVING = ['tftp', 'memory', 'http']

const USAGE = `npm run bench -- [--only NAME] [--match REGEX] [--rounds N] [--markdown FILE] [--json FILE]
NAME, repeatable: ${Object.keys(SUBJECTS).join(', ')}
REGEX: only rows whose work it matches, e.g. --match 'windowsize|storm'`

async function main(): Promise<void> {
  const {values} = parseArgs({
    options: {
      json: {type: 'string'},
      markdown: {type: 'string'},
      match: {type: 'string', default: ''},
      only: {type: 'string', multiple: true, default: Object.keys(SUBJECTS)},
      rounds: {type: 'string', default: '5'},
      help: {type: 'boolean', default: false},
    },
  })
  if (values.help) return console.log(USAGE)
  const rounds = Number(values.rounds)
  const unknown = values.only.find((name) => !Object.hasOwn(SUBJECTS, name))
  if (unknown !== undefined) throw new Error(`no subject named ${unknown}\n${USAGE}`)
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds takes a whole number from 1, not ${values.rounds}`)
  const pattern = new RegExp(values.match, 'i')
  const status = await runInOwnNetwork()
  if (status !== undefined) {
    process.exitCode = status
    return
  }
  const plan: Plan = {rounds, wants: (work) => pattern.test(work), announce: (work) => console.error(`measuring ${work}`)}
  const otherLoad = loadavg()[0] ?? 0
  const {rows, engines} = await measureAll(values.only, plan)
  const head = headOf(engines, otherLoad)
  console.log([...head, '', renderTable(rows)].join('\n'))
  if (values.markdown !== undefined) writeFileSync(values.markdown, renderMarkdown(rows, head))
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({machine: describeMachine(), otherLoad, engines, rows}, undefined, 2)}\n`)
  }
  if (rows.some(({kind}) => kind === 'broken')) process.exitCode = 1
}

type Engines = Readonly<Record<string, string>>

async function measureAll(subjects: readonly string[], plan: Plan): Promise<{readonly rows: Row[]; readonly engines: Engines}> {
  const ground = await openGround()
  process.once('exit', () => ground.close())
  // `exit` runs the clean-up above and stops the servers (programs.ts).
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => endBy(signal))
  const engines: Record<string, string> = {}
  if (subjects.some((name) => SERVING.includes(name))) {
    for (const engine of ENGINES) engines[engine] = await readEngine(ground, engine)
  }
  const rows: Row[] = []
  for (const name of subjects) rows.push(...(await SUBJECTS[name]!(ground, plan)))
  return {rows, engines}
}

function describeMachine(): Readonly<Record<'cpu' | 'cores' | 'node' | 'kernel', string>> {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown CPU'
  return {cpu, cores: String(availableParallelism()), node: process.version, kernel: `${systemName()} ${release()}`}
}

/** Above this, other programs take CPU time from what is measured. */
const QUIET_LOAD = 0.5

function headOf(engines: Engines, otherLoad: number): string[] {
  const {cpu, cores, node, kernel} = describeMachine()
  const said = Object.entries(engines).map(([engine, name]) => `${engine}: ${name}`)
  return [
    `${cpu}, ${cores} cores, Node ${node}, ${kernel}; servers and clients on the same machine, over loopback; rows of 1 client on one CPU.`,
    ...(otherLoad > QUIET_LOAD
      ? [
          `Other programs were busy (load ${otherLoad.toFixed(1)} before it began): a server of many processes gets a larger share of a busy machine than ours.`,
        ]
      : []),
    ...(said.length === 0 ? [] : [`The engine that serve itself names: ${said.join(', ')}.`]),
  ]
}

function endBy(signal: 'SIGINT' | 'SIGTERM'): void {
  // eslint-disable-next-line no-restricted-properties -- no command of pxectl; there is nothing to wait for
  process.exit(signal === 'SIGINT' ? 130 : 143)
}

await main().catch((error: unknown) => {
  console.error(reasonOf(error))
  process.exitCode = 1
})
