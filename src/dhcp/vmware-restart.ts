// The commands that restart VMware's DHCP server, as data. Stop and start alone: `--configure` would write the section anew.
import {PxectlError} from '../errors.js'
import {renderCommandLine, type CommandLine, type Exec} from '../system/exec.js'
import {daemonProbe, waitForDaemon, type DaemonProbe} from './daemon.js'
import {splitCommand} from './restart-command.js'

/** `mayFail`: stopping what does not run is an error for some of these programs. */
export type RestartStep = CommandLine & {readonly mayFail?: boolean}

const FUSION = '/Applications/VMware Fusion.app/Contents/Library'

/** Fusion from 4 on, Fusion 5's script, and where others had it; Workstation and Player on Linux. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  darwin: [`${FUSION}/vmnet-cli`, `${FUSION}/services.sh`, `${FUSION}/services/services.sh`],
  linux: ['/usr/bin/vmware-networks', '/usr/sbin/vmware-networks'],
}

/** Where VMware's own servers read their configuration: another file is none of theirs. */
const CONFIGS: Readonly<Record<string, RegExp>> = {
  darwin: /^\/Library\/(?:Preferences|Application Support)\/VMware Fusion\//,
  linux: /^\/etc\/vmware\//,
  win32: /\\VMware\\vmnetdhcp\.conf$/i,
}

export type VmwareRestartSearch = {
  readonly configured: string | undefined
  readonly config: string
  readonly platform: string
  readonly fileExists: (path: string) => Promise<boolean>
}

/** The configured command, else those of the VMware that is installed here, else undefined. */
export async function findVmwareRestart({
  configured,
  config,
  platform,
  fileExists,
}: VmwareRestartSearch): Promise<readonly RestartStep[] | undefined> {
  if (configured !== undefined) return [splitCommand(configured)]
  if (CONFIGS[platform]?.test(config) !== true) return undefined
  if (platform === 'win32') {
    return [
      {file: 'net', args: ['stop', 'VMnetDHCP'], mayFail: true},
      {file: 'net', args: ['start', 'VMnetDHCP']},
    ]
  }
  for (const file of PROGRAMS[platform] ?? []) {
    if (!(await fileExists(file))) continue
    return [
      {file, args: ['--stop'], mayFail: true},
      {file, args: ['--start']},
    ]
  }
  if (platform === 'linux' && (await fileExists('/etc/init.d/vmware'))) return [{file: '/etc/init.d/vmware', args: ['restart']}]
  return undefined
}

/** vmnet-dhcpd has no UDP socket of its own: it speaks through the vmnet device. Only Linux lets us look. */
export function vmwareProbe(config: string): DaemonProbe {
  return daemonProbe({name: 'vmnet-dhcpd', isMeant: async (args) => args.includes(config), portOf: () => undefined})
}

export type VmwareRestartParts = {
  readonly steps: readonly RestartStep[]
  readonly exec: Exec
  readonly probe: DaemonProbe
  readonly sleep: (milliseconds: number) => Promise<void>
}

/** Runs the steps; throws DHCPD_RESTART_FAILED where one fails, or where a server that was seen before is gone after. */
export async function restartVmware({steps, exec, probe, sleep}: VmwareRestartParts): Promise<string[]> {
  const before = await probe()
  for (const {mayFail, ...step} of steps) {
    const finished = await exec(step)
    if (finished.exitCode === 0 || (mayFail === true && !finished.timedOut)) continue
    const said = (finished.stderr.trim() || finished.stdout.trim()).replace(/^/, '\n').trimEnd()
    const how = finished.timedOut ? 'did not finish' : `failed (exit status ${finished.exitCode})`
    throw failed(`restarting VMware's DHCP server ${how}: ${renderCommandLine(step)}${said}`, renderCommandLine(step))
  }
  if (before.length === 0 || (await waitForDaemon(probe, sleep)).length > 0) return []
  throw failed("VMware's DHCP server ran before, and does not run after its restart", steps.map(renderCommandLine).join('; '))
}

function failed(message: string, command: string): PxectlError {
  return new PxectlError(message, {
    code: 'DHCPD_RESTART_FAILED',
    kind: 'external',
    details: {command},
    suggestions: ['VMware lets only root (on Windows: an Administrator) restart its networks', "look at VMware's own log of its networks"],
  })
}
