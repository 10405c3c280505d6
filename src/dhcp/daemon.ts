// Is dhcpd running, and restarting it until it is. Exit statuses do not tell: Debian's script gives 1 when only the IPv6
// server fails, and `dhcpd` that dies a moment later gave 0.
import {basename, isAbsolute} from 'node:path'
import {PxectlError} from '../errors.js'
import {renderCommandLine, type CommandLine, type Exec, type Finished} from '../system/exec.js'
import {dhcpdWords} from './dhcpd-test.js'
import {findBytes, listFolder, realPath} from '../system/files.js'
import {isInOurNetwork} from '../system/port-holders.js'

/** Process ids of the daemon's processes. */
export type DaemonProbe = () => Promise<readonly number[]>

/** Waits; the default of all back ends. */
export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

const CHECKS = 50
const CHECK_EVERY_MS = 100

/** Looks through /proc for dhcpd processes that read this configuration. */
export function dhcpdProbe(config: string): DaemonProbe {
  return daemonProbe({
    name: 'dhcpd',
    isMeant: async (args, isHere) => !args.includes('-6') && (await readsConfig(args, config, isHere)),
    portOf: (args) => Number(optionOf(args, '-p') ?? 67),
  })
}

export type DaemonKind = {
  /** As the kernel knows the program, /proc/PID/comm. */
  readonly name: string
  /** Is it the daemon of our configuration, by its command line? Several may run, for other networks. */
  readonly isMeant: (args: readonly string[], isHere: IsHere) => Promise<boolean>
  /** Default 67; undefined: it has no UDP socket of its own. */
  readonly portOf?: (args: readonly string[]) => number | undefined
}

/** Is the process in our network namespace? Those of containers show in /proc too, and a command line may not tell them apart. */
export type IsHere = () => Promise<boolean>

/** Of a process that was found by a port of our network namespace. */
export const HOLDS_OUR_PORT: IsHere = () => Promise.resolve(true)

/** Looks through /proc for processes that hold their port. A zombie is dead, although `kill -0` finds it. */
export function daemonProbe(kind: DaemonKind): DaemonProbe {
  return async () => {
    const pids: number[] = []
    for (const name of await listFolder('/proc')) {
      if (/^\d+$/.test(name) && (await isServing(`/proc/${name}`, kind))) pids.push(Number(name))
    }
    return pids
  }
}

async function isServing(folder: string, {name, isMeant, portOf}: DaemonKind): Promise<boolean> {
  const stat = /^\d+ \((.*)\) (\S)/s.exec(await readText(`${folder}/stat`))
  if (stat?.[1] !== name || stat[2] === 'Z' || stat[2] === 'X') return false
  const args = (await readText(`${folder}/cmdline`)).split('\0')
  if (!(await isMeant(args, () => isInOurNetwork(folder)))) return false
  // The table of the process's own network namespace: `sl local_address …`, addresses and ports in hex.
  const port = portOf === undefined ? 67 : portOf(args)
  if (port === undefined) return true
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  return new RegExp(`^\\s*\\d+: [0-9A-F]+:${hexPort} `, 'm').test(await readText(`${folder}/net/udp`))
}

/** Several dhcpd may run here, for other networks; one without `-cf` reads the file it was built for, which we do not know. */
export async function readsConfig(args: readonly string[], config: string, isHere: IsHere = HOLDS_OUR_PORT): Promise<boolean> {
  const given = optionOf(args, '-cf')
  return given === undefined ? isHere() : isSameConfig(given, config, isHere)
}

/** Does the path of a command line lead to this file? A relative one counts from the daemon's folder, which we do not know. */
export async function isSameConfig(given: string, config: string, isHere: IsHere): Promise<boolean> {
  if (!isAbsolute(given)) return basename(given) === basename(config) && isHere()
  return given === config || (await followed(given)) === (await followed(config))
}

async function followed(path: string): Promise<string> {
  return realPath(path).catch(() => path)
}

/** What follows the option on a command line. */
export function optionOf(args: readonly string[], option: string): string | undefined {
  const index = args.indexOf(option)
  return index === -1 ? undefined : args[index + 1]
}

/** A process may end while it is looked at. */
async function readText(path: string): Promise<string> {
  return findBytes(path).then(
    (bytes) => bytes?.toString('latin1') ?? '',
    () => '',
  )
}

export type RestartParts = {
  readonly command: CommandLine
  /** The program and its service, for messages. */
  readonly daemon?: {readonly name: string; readonly unit: string}
  /** Must end what the command started when the time is up (system/exec-group.ts). */
  readonly exec: Exec
  readonly probe: DaemonProbe
  readonly sleep: (milliseconds: number) => Promise<void>
  readonly timeoutMs?: number | undefined
}

const DHCPD = {name: 'dhcpd', unit: 'isc-dhcp-server'}

/** A restart that takes longer hangs: dhcpd starts in a fraction of a second, Debian's script sleeps for two. */
const RESTART_TIMEOUT_MS = 60_000

/** Restarts the daemon and waits until it holds its port, and goes on holding it; throws DHCPD_RESTART_FAILED. Gives warnings. */
export async function restartDaemon(parts: RestartParts): Promise<string[]> {
  const {command, exec, probe, sleep, daemon = DHCPD, timeoutMs = RESTART_TIMEOUT_MS} = parts
  const before = await probe()
  const finished = await exec({...command, timeoutMs})
  const said = dhcpdWords(finished.stderr) || finished.stdout.trim()
  const running = finished.timedOut ? [] : await waitForDaemon(probe, sleep)
  const isSame = running.length > 0 && running.every((pid) => before.includes(pid))
  if (running.length === 0 || (isSame && finished.exitCode !== 0))
    throw restartFailed(parts, outcomeOf(finished, daemon.name, timeoutMs), finished, said)
  if (isSame)
    return [`${renderCommandLine(command)} left the same ${daemon.name} process running; it may not have read the new configuration`]
  if (!(await staysRunning(running, probe, sleep)))
    throw restartFailed(
      parts,
      `succeeded, but ${daemon.name} ended within ${(LASTING_CHECKS * CHECK_EVERY_MS) / 1000} s of its start`,
      finished,
      said,
    )
  return finished.exitCode === 0
    ? []
    : [`${renderCommandLine(command)} gave exit status ${finished.exitCode}, but ${daemon.name} is running`]
}

function outcomeOf({timedOut, exitCode}: Finished, name: string, timeoutMs: number): string {
  if (timedOut) return `did not finish within ${timeoutMs / 1000} s, and was ended`
  return exitCode === 0 ? `succeeded, but ${name} is not running` : `failed (exit status ${exitCode})`
}

/** systemd refuses to start a unit that was started too often (systemd.unit(5), StartLimitBurst): also one that is fine again. */
const START_LIMIT = /start-limit-hit|attempted too often|start request repeated too quickly/i

function restartFailed({command, daemon = DHCPD}: RestartParts, outcome: string, finished: Finished, said: string): PxectlError {
  const line = renderCommandLine(command)
  const unit = /(\S+)\.service\b/.exec(`${line} ${said}`)?.[1] ?? daemon.unit
  const isLimited = START_LIMIT.test(`${finished.stdout}\n${finished.stderr}`)
  const limit = isLimited ? '\nsystemd starts it no more for now, because it was started too often (start-limit-hit).' : ''
  return new PxectlError(`restarting the DHCP server ${outcome}: ${line}${said === '' ? '' : `\n${said}`}${limit}`, {
    code: 'DHCPD_RESTART_FAILED',
    kind: 'external',
    details: {command: line, exitCode: finished.exitCode, timedOut: finished.timedOut, startLimit: isLimited, output: said},
    suggestions: [
      ...(isLimited ? [`systemctl reset-failed ${unit} && systemctl start ${unit}`] : []),
      `look at its log: journalctl -u ${unit} -n 20`,
      'or: tail /var/log/syslog',
    ],
  })
}

/** Running twice in a row: a dhcpd that finds no subnet for its interface holds the port for a moment, then ends. */
export async function waitForDaemon(probe: DaemonProbe, sleep: RestartParts['sleep']): Promise<readonly number[]> {
  let last: readonly number[] = []
  for (let check = 0; check < CHECKS; check++) {
    const now = await probe()
    const lasting = now.filter((pid) => last.includes(pid))
    if (lasting.length > 0) return lasting
    last = now
    await sleep(CHECK_EVERY_MS)
  }
  return []
}

/** Some deaths come late: a lease file that cannot be rewritten, a failover peer, a watchdog. */
const LASTING_CHECKS = 25

async function staysRunning(pids: readonly number[], probe: DaemonProbe, sleep: RestartParts['sleep']): Promise<boolean> {
  for (let check = 0; check < LASTING_CHECKS; check++) {
    await sleep(CHECK_EVERY_MS)
    const now = await probe()
    if (!pids.some((pid) => now.includes(pid))) return false
  }
  return true
}
