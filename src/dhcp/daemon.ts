// Is dhcpd running, and restarting it until it is. Exit statuses do not tell: Debian's script gives 1 when only the IPv6
// server fails, and `dhcpd` that dies a moment later gave 0.
import {basename, isAbsolute} from 'node:path'
import {PxectlError} from '../errors.js'
import {renderCommandLine, type CommandLine, type Exec} from '../system/exec.js'
import {dhcpdWords} from './dhcpd-test.js'
import {findBytes, listFolder, realPath} from '../system/files.js'

/** Process ids of the dhcpd processes that hold their port. */
export type DaemonProbe = () => Promise<readonly number[]>

const CHECKS = 50
const CHECK_EVERY_MS = 100

/** Looks through /proc for dhcpd processes that read this configuration. */
export function dhcpdProbe(config: string): DaemonProbe {
  return daemonProbe({
    name: 'dhcpd',
    isMeant: async (args) => !args.includes('-6') && (await readsConfig(args, config)),
    portOf: (args) => Number(optionOf(args, '-p') ?? 67),
  })
}

export type DaemonKind = {
  /** As the kernel knows the program, /proc/PID/comm. */
  readonly name: string
  /** Is it the daemon of our configuration, by its command line? Several may run, for other networks. */
  readonly isMeant: (args: readonly string[]) => Promise<boolean>
  /** Default 67; undefined: it has no UDP socket of its own. */
  readonly portOf?: (args: readonly string[]) => number | undefined
}

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
  if (!(await isMeant(args))) return false
  // The table of the process's own network namespace: `sl local_address …`, addresses and ports in hex.
  const port = portOf === undefined ? 67 : portOf(args)
  if (port === undefined) return true
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  return new RegExp(`^\\s*\\d+: [0-9A-F]+:${hexPort} `, 'm').test(await readText(`${folder}/net/udp`))
}

/** Several dhcpd may run here, for other networks; one without `-cf` reads the file it was built for, which we do not know. */
async function readsConfig(args: readonly string[], config: string): Promise<boolean> {
  const given = optionOf(args, '-cf')
  if (given === undefined || given === config) return true
  if (!isAbsolute(given)) return basename(given) === basename(config)
  return (await followed(given)) === (await followed(config))
}

async function followed(path: string): Promise<string> {
  return realPath(path).catch(() => path)
}

function optionOf(args: readonly string[], option: string): string | undefined {
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
  readonly exec: Exec
  readonly probe: DaemonProbe
  readonly sleep: (milliseconds: number) => Promise<void>
}

/** Restarts the daemon and waits until it holds its port; throws DHCPD_RESTART_FAILED. Gives warnings. */
export async function restartDaemon(parts: RestartParts): Promise<string[]> {
  const {command, exec, probe, sleep, daemon = {name: 'dhcpd', unit: 'isc-dhcp-server'}} = parts
  const before = await probe()
  const finished = await exec(command)
  const said = dhcpdWords(finished.stderr) || finished.stdout.trim()
  const running = finished.timedOut ? [] : await waitForDaemon(probe, sleep)
  const isSame = running.length > 0 && running.every((pid) => before.includes(pid))
  if (running.length === 0 || (isSame && finished.exitCode !== 0)) {
    const outcome = finished.timedOut
      ? 'did not finish'
      : finished.exitCode === 0
        ? `succeeded, but ${daemon.name} is not running`
        : `failed (exit status ${finished.exitCode})`
    throw new PxectlError(`restarting the DHCP server ${outcome}: ${renderCommandLine(command)}${said === '' ? '' : `\n${said}`}`, {
      code: 'DHCPD_RESTART_FAILED',
      kind: 'external',
      details: {command: renderCommandLine(command), exitCode: finished.exitCode, output: said},
      suggestions: [`look at its log: journalctl -u ${daemon.unit} -n 20`, 'or: tail /var/log/syslog'],
    })
  }
  if (isSame)
    return [`${renderCommandLine(command)} left the same ${daemon.name} process running; it may not have read the new configuration`]
  return finished.exitCode === 0
    ? []
    : [`${renderCommandLine(command)} gave exit status ${finished.exitCode}, but ${daemon.name} is running`]
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
