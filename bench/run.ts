// Measures pxectl against the programs it is compared with in the table "Speed": npm run bench [-- --only NAME --json FILE].
// Never asserts a time: exits with 0 unless something breaks. All traffic stays on 127.0.0.1.
import {writeFileSync} from 'node:fs'
import {cpus} from 'node:os'
import {parseArgs} from 'node:util'
import {reasonOf, type Row} from './contest.js'
import {measureDatabase} from './database.js'
import {measureDhcpdConf} from './dhcpd-conf.js'
import {openGround, type Ground} from './ground.js'
import {measureHttp} from './http.js'
import {measureStartUp} from './start-up.js'
import {renderTable} from './table.js'
import {measureTftp} from './tftp.js'

const SUBJECTS: Readonly<Record<string, (ground: Ground, rounds: number) => Promise<Row[]>>> = {
  'start-up': measureStartUp,
  'dhcpd-conf': measureDhcpdConf,
  database: measureDatabase,
  tftp: measureTftp,
  http: measureHttp,
}

const USAGE = `npm run bench -- [--only NAME] [--rounds N] [--json FILE]
NAME, repeatable: ${Object.keys(SUBJECTS).join(', ')}`

async function main(): Promise<void> {
  const {values} = parseArgs({
    options: {
      json: {type: 'string'},
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

  const ground = await openGround()
  const close = (): void => ground.close()
  process.once('exit', close)
  // `exit` runs the clean-up above and stops the servers (programs.ts).
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => endBy(signal))
  const rows: Row[] = []
  for (const name of values.only) {
    console.error(`measuring ${name}`)
    rows.push(...(await SUBJECTS[name]!(ground, rounds)))
  }
  console.log(renderTable(rows))
  if (values.json !== undefined) {
    const machine = {node: process.version, cpus: cpus().length, cpu: cpus()[0]?.model ?? ''}
    writeFileSync(values.json, `${JSON.stringify({machine, rows}, undefined, 2)}\n`)
  }
  if (rows.some(({kind}) => kind === 'broken')) process.exitCode = 1
}

function endBy(signal: 'SIGINT' | 'SIGTERM'): void {
  // eslint-disable-next-line no-restricted-properties -- no command of pxectl; there is nothing to wait for
  process.exit(signal === 'SIGINT' ? 130 : 143)
}

await main().catch((error: unknown) => {
  console.error(reasonOf(error))
  process.exitCode = 1
})
