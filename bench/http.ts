// HTTP: the built `pxectl serve`, plain and native, against nginx with sendfile and one process, over loopback.
import {runContest, type Comparison, type Contest, type Limit, type Plan, type Row, type Sample, type Unit} from './contest.js'
import type {Ground} from './ground.js'
import {fetchByCurl, runWrk} from './http-load.js'
import {openHttpServers, type HttpServer} from './http-servers.js'
import {ENGINES, writeServedFile} from './serving.js'

const LARGE_BYTES = 200e6
const MIDDLE_BYTES = 1e6
const SMALL_BYTES = 2048

type HttpWork = {
  readonly work: string
  readonly unit: Unit
  readonly name: string
  readonly measure: (url: string) => Promise<Pick<Sample, 'value' | 'work'>>
  readonly floor?: Limit
  readonly goal?: Limit
}

export async function measureHttp(ground: Ground, plan: Plan): Promise<Row[]> {
  const works = httpWorks()
  if (!works.some(({work}) => plan.wants(work))) return []
  const names = [
    writeServedFile(ground, 'small-http', SMALL_BYTES),
    writeServedFile(ground, 'middle-http', MIDDLE_BYTES),
    writeServedFile(ground, 'large-http', LARGE_BYTES),
  ]
  const servers = openHttpServers(ground, names)
  const rows: Row[] = []
  try {
    for (const work of works) rows.push(...(await runContest(contestOf(work, servers.get), plan)))
  } finally {
    await servers.stop()
  }
  return rows
}

function httpWorks(): readonly HttpWork[] {
  const bySixtyFour = {connections: 64, seconds: 2}
  return [
    {
      work: 'HTTP, one 200 MB file by curl',
      unit: 'MB/s',
      name: 'bench/large-http',
      measure: (url) => fetchByCurl(url, {sizeBytes: LARGE_BYTES, times: 4}),
      floor: {atLeast: 0.85},
      goal: {atLeast: 1},
    },
    {
      work: 'HTTP, 2 KB file, 64 connections',
      unit: 'files/s',
      name: 'bench/small-http',
      measure: (url) => runWrk(url, {sizeBytes: SMALL_BYTES, ...bySixtyFour}),
      floor: {atLeast: 0.6},
      goal: {atLeast: 1},
    },
    {
      work: 'HTTP, 1 MB file, 64 connections',
      unit: 'files/s',
      name: 'bench/middle-http',
      measure: (url) => runWrk(url, {sizeBytes: MIDDLE_BYTES, ...bySixtyFour}),
      floor: {atLeast: 1},
      goal: {atLeast: 1},
    },
    {
      work: 'HTTP, 2 KB file, 1 connection',
      unit: 'files/s',
      name: 'bench/small-http',
      measure: (url) => runWrk(url, {sizeBytes: SMALL_BYTES, connections: 1, seconds: 1}),
    },
  ]
}

function contestOf({work, unit, name, measure, floor, goal}: HttpWork, get: (server: string) => Promise<HttpServer>): Contest {
  const limits = {...(floor && {floor}), ...(goal && {goal})}
  const comparisons: Comparison[] = ENGINES.map((engine) => ({work, engine, ours: engine, peer: 'nginx', unit, ...limits}))
  const measureFrom = async (server: string): Promise<Sample> => {
    const {url, running, check} = await get(server)
    const before = running.cpuSeconds()
    const sample = await measure(`${url}/${name}`)
    const cpuSeconds = running.cpuSeconds() - before
    await check(name)
    return {...sample, cpuSeconds}
  }
  return {entrants: Object.fromEntries([...ENGINES, 'nginx'].map((server) => [server, () => measureFrom(server)])), comparisons}
}
