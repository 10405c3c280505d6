// The load generator and the bare server of bench/load, compiled when they are first needed. Without a C compiler the rows that
// need them are not measured.
import {spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {exec} from '../src/system/exec.js'
import {PeerMissing, WrongBytes} from './contest.js'
import type {Ground} from './ground.js'
import {getPeer} from './programs.js'

/** Compiles bench/load/NAME.c into the folder and gives the program's path. */
export function compileC(name: string, folder: string, flags: readonly string[] = []): string {
  const cc = getPeer('cc', 'apt-get install gcc libc6-dev')
  const program = join(folder, name)
  const source = fileURLToPath(new URL(`load/${name}.c`, import.meta.url))
  const {status, stderr} = spawnSync(cc, ['-O2', ...flags, '-o', program, source], {encoding: 'utf8'})
  if (status !== 0) throw new PeerMissing(`cc cannot compile ${name}.c: ${stderr.trim().slice(0, 300)}`)
  return program
}

export type TftpLoad = {
  readonly port: number
  /** Fetched again and again, in this order. */
  readonly names: readonly string[]
  readonly clients: number
  readonly transfers: number
  readonly blksize: number
  /** 1: the option is left out. */
  readonly windowsize: number
  /** How long a client waits before each ACK. */
  readonly thinkMs?: number
  /** Keeps all clients on this CPU. */
  readonly cpu?: string
}

/** What tftp-load prints. */
export type TftpLoaded = {
  readonly seconds: number
  readonly bytes: number
  readonly failed: number
  readonly retries: number
  readonly wrongBytes: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly fastestMs: number
  readonly slowestMs: number
}

const DEADLINE_S = 60

/** Runs a load to its end. Throws WrongBytes, or an error if a transfer failed. */
export async function runTftpLoad(ground: Ground, load: TftpLoad): Promise<TftpLoaded> {
  const {port, names, clients, transfers, blksize, windowsize, thinkMs = 0, cpu} = load
  const numbers = {port, clients, transfers, blksize, window: windowsize, 'think-ms': thinkMs, 'deadline-s': DEADLINE_S}
  const words = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)])
  const program = [ground.cProgram('tftp-load'), '--root', ground.tftpRoot, '--tsize', ...words, ...names]
  const [file, ...args] = cpu === undefined ? program : ['taskset', '-c', cpu, ...program]
  const finished = await exec({file: file!, args, timeoutMs: (DEADLINE_S + 10) * 1000})
  const said = finished.stderr.trim().slice(0, 300)
  if (finished.exitCode === 3) throw new WrongBytes(said)
  if (finished.exitCode !== 0 && finished.exitCode !== 1) throw new Error(`tftp-load: ${said}`)
  const loaded = JSON.parse(finished.stdout) as TftpLoaded
  if (loaded.failed > 0) {
    throw new Error(
      `${loaded.failed} of ${transfers} transfers failed, after ${loaded.retries} repetitions (${said || `not done in ${DEADLINE_S} s`})`,
    )
  }
  return loaded
}
