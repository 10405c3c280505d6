// Memory of `pxectl serve`: when nothing happens, and for each of 1,000 clients that all read slowly at the same time.
import {copyFileSync} from 'node:fs'
import {join} from 'node:path'
import {runTftpLoad} from './c-programs.js'
import {runContest, type Comparison, type Plan, type Row, type Sample} from './contest.js'
import type {Ground} from './ground.js'
import {ENGINES, startPxectl, writeServedFile, type ServeSettings} from './serving.js'

const IDLE = 'memory: idle server'
const ACTIVE = 'memory: per active transfer, 1,000 slow clients'
const CLIENTS = 1000
const FILE_BYTES = 100e3
/** Before each ACK. With the 70 blocks of the file, all clients are there for seven seconds. */
const THINK_MS = 100
const SAMPLE_EVERY_MS = 200
/** The load has no rounds to spare: it takes as long as its clients are slow. */
const MAX_ROUNDS = 3

export async function measureMemory(ground: Ground, plan: Plan): Promise<Row[]> {
  if (!plan.wants(IDLE) && !plan.wants(ACTIVE)) return []
  // Pages of one file are shared out among the processes that have it mapped. The server's Node is a copy, or the benchmark's
  // own Node would take a part of its memory on itself.
  const node = join(ground.folder, 'node')
  copyFileSync(process.execPath, node)
  const name = writeServedFile(ground, 'slow', FILE_BYTES)
  const rows: Row[] = []
  for (const [work, unit, limit, measure] of [
    [IDLE, 'MB', {atMost: 80}, (settings: ServeSettings) => measureIdle(ground, settings)],
    [ACTIVE, 'kB', {atMost: 64}, (settings: ServeSettings) => measureActive(ground, settings, name)],
  ] as const) {
    const comparisons: Comparison[] = ENGINES.map((engine) => ({work, engine, ours: engine, unit, floor: limit, goal: limit}))
    const entrants = Object.fromEntries(ENGINES.map((engine) => [engine, () => measure({engine, node})]))
    rows.push(...(await runContest({entrants, comparisons, maxRounds: MAX_ROUNDS}, plan)))
  }
  return rows
}

async function measureIdle(ground: Ground, settings: ServeSettings): Promise<Sample> {
  const {server} = await startPxectl(ground, settings)
  try {
    return {value: server.memoryBytes() / 1e6}
  } finally {
    await server.stop()
  }
}

/** The most that it takes above idle while all clients are there. */
async function measureActive(ground: Ground, settings: ServeSettings, name: string): Promise<Sample> {
  const {server, tftp} = await startPxectl(ground, settings)
  const idle = server.memoryBytes()
  let most = idle
  const sampling = setInterval(() => (most = Math.max(most, server.memoryBytes())), SAMPLE_EVERY_MS)
  try {
    const load = {port: tftp, names: [name], clients: CLIENTS, transfers: CLIENTS, blksize: 1432, windowsize: 1, thinkMs: THINK_MS}
    await runTftpLoad(ground, load)
    return {value: (most - idle) / CLIENTS / 1e3}
  } finally {
    clearInterval(sampling)
    await server.stop()
  }
}
