// Which hosts answer now, by ICMP: the system's own ping, which may do that without root.
import {PxectlError} from '../errors.js'
import {type Host} from '../hosts/host.js'
import type {Lab} from '../lab/open-lab.js'
import {exec as execProgram, type Exec} from '../system/exec.js'
import {allOf} from './hosts-by-name.js'

export type PingOptions = {
  /** How long a host may take; default 1000. */
  readonly timeoutMs?: number
  readonly exec?: Exec
}

export type PingedHost = {
  readonly name: string
  readonly ip: string
  readonly mac: string
  readonly alive: boolean
  /** Until the answer came. */
  readonly milliseconds: number | null
}

/** So many programs run at the same time. */
const AT_ONCE = 32

/** `names`: none means all hosts. Throws HOST_NOT_FOUND, and PROGRAM_MISSING without ping. */
export async function pingHosts(lab: Lab, names: readonly string[], options: PingOptions = {}): Promise<{hosts: PingedHost[]}> {
  const hosts = await allOf(lab, names)
  const waiting = [...hosts.entries()]
  const answers: PingedHost[] = []
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) answers[next[0]] = await pingOne(next[1], options)
  }
  await Promise.all(Array.from({length: Math.min(AT_ONCE, hosts.length)}, worker))
  return {hosts: answers}
}

async function pingOne({name, ip, mac}: Host, {timeoutMs = 1000, exec = execProgram}: PingOptions): Promise<PingedHost> {
  const milliseconds = await ping(ip, timeoutMs, exec)
  return {name, ip, mac, alive: milliseconds !== undefined, milliseconds: milliseconds ?? null}
}

/**
 * Milliseconds until the answer; undefined without one. `-W` is in seconds on Linux (iputils, busybox), and in milliseconds on macOS
 * and FreeBSD.
 */
export async function ping(ip: string, timeoutMs: number, exec: Exec): Promise<number | undefined> {
  const wait = process.platform === 'linux' ? Math.max(1, Math.ceil(timeoutMs / 1000)) : timeoutMs
  const {exitCode, stdout, stderr} = await exec({
    file: 'ping',
    args: ['-n', '-c', '1', '-W', String(wait), ip],
    timeoutMs: timeoutMs + 5000,
  })
  const time = /time[=<]([\d.]+) ?ms/.exec(stdout)?.[1]
  if (exitCode === 0) return Number(time ?? 0)
  if (/operation not permitted|permission denied|lacking privilege/i.test(stderr)) throw notPermitted(stderr)
  return undefined
}

function notPermitted(stderr: string): PxectlError {
  return new PxectlError(`ping may not be used here: ${stderr.trim()}`, {
    code: 'PRIVILEGE_MISSING',
    kind: 'environment',
    suggestions: ['as root, or let users ping: sysctl net.ipv4.ping_group_range="0 2147483647"'],
  })
}
