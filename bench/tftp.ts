// TFTP: the built `pxectl serve`, plain and native, against the other TFTP servers and a bare C server, over loopback.
import {runTftpLoad} from './c-programs.js'
import {PeerMissing, runContest, type Contest, type Engine, type Plan, type Row, type Sample} from './contest.js'
import type {Ground} from './ground.js'
import {readAllowedCpus} from './programs.js'
import {writeServedFile} from './serving.js'
import {comparisonsOf, TFTP_WORK, type TftpWork} from './tftp-loads.js'
import {openTftpServers, type PeerName, type TftpServers} from './tftp-servers.js'

const LARGE_BYTES = 1e6
/** For 1,000 clients, so that the slowest server is done in seconds too. */
const MIDDLE_BYTES = 250e3
const SMALL_BYTES = 2048
const SMALL_COUNT = 100

type Files = Readonly<Record<TftpWork['files'], readonly string[]>>

export async function measureTftp(ground: Ground, plan: Plan): Promise<Row[]> {
  const files: Files = {
    large: [writeServedFile(ground, 'large', LARGE_BYTES)],
    middle: [writeServedFile(ground, 'middle', MIDDLE_BYTES)],
    small: Array.from({length: SMALL_COUNT}, (_, index) => writeServedFile(ground, `small-${index}`, SMALL_BYTES)),
  }
  const servers = openTftpServers(ground, [...files.large, ...files.middle, ...files.small])
  const rows: Row[] = []
  try {
    for (const work of TFTP_WORK) rows.push(...(await runContest(contestOf(work, {ground, servers, files}), plan)))
  } finally {
    await servers.stop()
  }
  return rows
}

type Place = {readonly ground: Ground; readonly servers: TftpServers; readonly files: Files}

function contestOf(work: TftpWork, place: Place): Contest {
  const names: readonly (PeerName | Engine)[] = ['plain', 'native', ...(Object.keys(work.peers) as PeerName[])]
  return {
    entrants: Object.fromEntries(names.map((name) => [name, () => measureOrDrop(work, name, place)])),
    comparisons: comparisonsOf(work),
    ...(work.maxRounds !== undefined && {maxRounds: work.maxRounds}),
  }
}

async function measureOrDrop(work: TftpWork, name: PeerName | Engine, place: Place): Promise<Sample> {
  try {
    return await measure(work, name, place)
  } catch (error) {
    // One that cannot be started is not tried again.
    if (!(error instanceof PeerMissing)) await place.servers.drop(name)
    throw error
  }
}

async function measure(work: TftpWork, name: PeerName | Engine, {ground, servers, files}: Place): Promise<Sample> {
  const {clients, blksize, windowsize} = work
  const server = await servers.get(name)
  const transfers = (work.fewer as Partial<Record<string, number>> | undefined)?.[name] ?? work.transfers
  const cpus = readAllowedCpus()
  // One client waits for the server, and the server for it: whether the kernel happens to keep them on one CPU, or wakes a
  // sleeping one for every packet, decides by a factor of five.
  const cpu = clients === 1 ? {cpu: cpus.first} : {}
  if (clients === 1) await server.keepOn(cpus.first)
  const cpuBefore = server.cpuSeconds()
  const load = {port: server.port, names: files[work.files], clients, transfers, blksize, windowsize, ...cpu}
  const {seconds, bytes, fastestMs, slowestMs} = await runTftpLoad(ground, load)
  const cpuSeconds = server.cpuSeconds() - cpuBefore
  if (clients === 1) await server.keepOn(cpus.all)
  return {
    value: work.files === 'small' ? transfers / seconds : bytes / 1e6 / seconds,
    slowestOverFastest: slowestMs / fastestMs,
    // in.tftpd forks a child per transfer, whose time the kernel does not add to its own: no CPU ratio against it.
    ...(name !== 'in.tftpd' && {cpuSeconds, work: bytes / 1e9}),
  }
}
