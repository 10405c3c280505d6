// Programs that are measured: those that end by themselves are timed, servers are started, watched and stopped. Only what was
// started here is ever stopped, and by its process id.
import {spawn} from 'node:child_process'
import {closeSync, existsSync, openSync, readFileSync} from 'node:fs'
import {createSocket} from 'node:dgram'
import {createServer} from 'node:net'
import {delimiter, join} from 'node:path'
import {exec} from '../src/system/exec.js'
import {PeerMissing} from './contest.js'

/** The path of a program; its absence is the peer's, and says how to get it. */
export function getPeer(name: string, howToInstall: string): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
  if (found === undefined) throw new PeerMissing(`${name} is not installed (${howToInstall})`)
  return found
}

/** Bash has wait3()'s numbers, which Node does not give of its children; the cost of its fork is below 1 ms. */
const TIMED = `TIMEFORMAT='%3R %3U %3S'
times=$1; errors=$2; shift 2
time (for ((i = 0; i < times; i++)); do "$@" >/dev/null 2>"$errors" </dev/null || exit 1; done)`

export type TimedProgram = {readonly file: string; readonly args: readonly string[]; readonly folder: string; readonly times?: number}

/** Runs a program, several times if asked, and gives the milliseconds of one run. */
export async function timeProgram({file, args, folder, times = 1}: TimedProgram): Promise<{value: number; cpuSeconds: number}> {
  const errors = join(folder, 'stderr.txt')
  const timed = {file: 'bash', args: ['-c', TIMED, 'bash', String(times), errors, file, ...args], cwd: folder, timeoutMs: 120_000}
  const finished = await exec(timed)
  if (finished.exitCode !== 0) {
    const said = finished.timedOut
      ? 'no end after 120 s'
      : existsSync(errors)
        ? readFileSync(errors, 'utf8').trim().slice(-500)
        : finished.stderr
    throw new Error(`${[file, ...args].join(' ')}: ${said}`)
  }
  const [wall = 0, user = 0, system = 0] = finished.stderr.trim().split(' ').map(Number)
  return {value: (wall * 1000) / times, cpuSeconds: (user + system) / times}
}

export type RunningServer = {
  readonly port: number
  /** CPU seconds so far, of it and of the ended children that it has waited for. */
  readonly cpuSeconds: () => number
  /** Its memory, with its share of what it has in common with others (PSS), in bytes. Linux. */
  readonly memoryBytes: () => number
  /** Keeps it, and children that it starts from then on, on these CPUs, e.g. `0` or `0-3`. Linux. */
  readonly keepOn: (cpus: string) => Promise<void>
  /** What it printed so far. */
  readonly output: () => string
  stop(): Promise<void>
}

export type ServerProgram = {
  readonly file: string
  readonly args: readonly string[]
  readonly port: number
  readonly folder: string
  readonly env?: NodeJS.ProcessEnv
  /** Tells whether it serves what it should: throws until it does. */
  readonly check: () => Promise<void>
}

/** Starts a server and waits until it answers. Its output goes into a file, so that nobody spends time on reading it. */
export async function startServer({file, args, port, folder, env = process.env, check}: ServerProgram): Promise<RunningServer> {
  const log = join(folder, `server-${port}.log`)
  const output = openSync(log, 'w')
  const child = spawn(file, args, {stdio: ['ignore', output, output], env: {...env, LC_ALL: 'C'}, cwd: folder})
  closeSync(output)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const killAtExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killAtExit)
  const isRunning = (): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null
  const stop = async (): Promise<void> => {
    process.off('exit', killAtExit)
    if (!isRunning()) return
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(timer)
  }
  try {
    await untilItAnswers(check, isRunning)
  } catch (error) {
    await stop()
    throw new Error(`${[file, ...args].join(' ')} does not serve: ${String(error)}\n${readFileSync(log, 'utf8').slice(-500)}`)
  }
  const pid = child.pid!
  return {
    port,
    cpuSeconds: () => cpuSecondsOf(pid),
    memoryBytes: () => memoryBytesOf(pid),
    keepOn: (cpus) => keepOn(pid, cpus),
    output: () => readFileSync(log, 'utf8'),
    stop,
  }
}

const ANSWER_LIMIT_MS = 20_000

async function untilItAnswers(check: () => Promise<void>, isRunning: () => boolean): Promise<void> {
  const startedMs = performance.now()
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (!isRunning() || performance.now() - startedMs > ANSWER_LIMIT_MS) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

/** proc(5): utime, stime, cutime and cstime are the fields 14 to 17, in ticks of 10 ms; the name before them may hold spaces. */
function cpuSecondsOf(pid: number): number {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
  return afterName.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
}

/** proc(5), smaps_rollup: one line is `Pss:  1234 kB`. */
function memoryBytesOf(pid: number): number {
  const found = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))
  if (found === null) throw new PeerMissing('the kernel tells no PSS')
  return Number(found[1]) * 1024
}

async function keepOn(pid: number, cpus: string): Promise<void> {
  const {exitCode, stderr} = await exec({
    file: getPeer('taskset', 'apt-get install util-linux'),
    args: ['-a', '-p', '-c', cpus, String(pid)],
  })
  if (exitCode !== 0) throw new Error(`taskset: ${stderr}`)
}

/** The CPUs that this program may use, e.g. `0-3`, and the first of them. Linux. */
export function readAllowedCpus(): {readonly all: string; readonly first: string} {
  const all = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  return {all, first: String(Number.parseInt(all, 10))}
}

/** A port of 127.0.0.1 that is free for UDP and TCP now. */
export async function findFreePort(): Promise<number> {
  const tcp = createServer()
  const port = await new Promise<number>((resolve, reject) => {
    tcp.once('error', reject)
    tcp.listen(0, '127.0.0.1', () => {
      const address = tcp.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  const udp = createSocket('udp4')
  const isFree = await new Promise<boolean>((resolve) => {
    udp.once('error', () => resolve(false))
    udp.bind(port, '127.0.0.1', () => resolve(true))
  })
  await new Promise<void>((resolve) => udp.close(() => resolve()))
  await new Promise<void>((resolve) => tcp.close(() => resolve()))
  return isFree ? port : findFreePort()
}
