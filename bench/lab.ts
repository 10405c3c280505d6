// A lab file with 500 hosts: up, a second up, plan and down, beside a dhcpd.conf that nobody serves (its restart would be most of the time).
import {writeFileSync, mkdtempSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {runContest, type Plan, type Row, type Sample} from './contest.js'
import type {Ground} from './ground.js'
import {timeProgram} from './programs.js'

const COUNT = 500

const LAB_FILE = `network: {server: 10.1.0.1, subnet: 10.1.0.0/16, range: 10.1.0.10-10.1.255.250}
dhcp: {backend: isc, config: dhcpd.conf, restart: none}
loaders: false
groups:
  node: {count: ${COUNT}, ip: 10.1.1.1, host: {boot-args: "id=\${n}"}}
`

const WORK = {
  up: `lab file of ${COUNT} hosts: up`,
  again: `lab file of ${COUNT} hosts: up again, nothing to do`,
  down: `lab file of ${COUNT} hosts: down`,
} as const

/** Each sample makes a lab of its own as far as it needs one. */
export async function measureLab(ground: Ground, plan: Plan): Promise<Row[]> {
  const sample = async (step: keyof typeof WORK): Promise<Sample> => {
    const folder = mkdtempSync(join(ground.folder, 'lab-file-'))
    writeFileSync(join(folder, 'lab.yaml'), LAB_FILE)
    writeFileSync(join(folder, 'dhcpd.conf'), 'subnet 10.1.0.0 netmask 255.255.0.0 {\n}\n')
    const run = (word: string): Promise<Sample> =>
      timeProgram({file: process.execPath, args: [ground.bin, word, join(folder, 'lab.yaml'), '--yes'], folder})
    try {
      const up = await run('up')
      return step === 'up' ? up : await run(step === 'again' ? 'up' : 'down')
    } finally {
      rmSync(folder, {recursive: true, force: true})
    }
  }
  return runContest(
    {
      entrants: {up: () => sample('up'), again: () => sample('again'), down: () => sample('down')},
      comparisons: (['up', 'again', 'down'] as const).map((step) => ({work: WORK[step], ours: step, unit: 'ms'})),
    },
    plan,
  )
}
