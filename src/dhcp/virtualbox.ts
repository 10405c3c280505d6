// The VirtualBox back end: the DHCP server of a host-only, internal or NAT network. VirtualBox keeps its configuration for itself
// (VirtualBox.xml is no file to edit while it runs), so a plan is the server's state as text, and VBoxManage brings it about.
import {join} from 'node:path'
import {assert, PxectlError} from '../errors.js'
import {findIpv4, type Ipv4Range, type Subnet} from '../net/ipv4.js'
import type {Exec} from '../system/exec.js'
import {parseDhcpServers} from '../vboxmanage/dhcp-servers.js'
import type {VBoxManage} from '../vboxmanage/program.js'
import {readBackup, readBackups} from './backups.js'
import type {DaemonProbe} from './daemon.js'
import {errorFinding} from './error-finding.js'
import {NO_LEASES} from './held-lease.js'
import type {Backup, CheckContext, DhcpChange, DhcpPlan, DhcpServer, DynamicRange, Finding} from './server.js'
import {applyVirtualbox, undoStateOf, undoVirtualbox, type VirtualboxParts} from './virtualbox-apply.js'
import {checkVboxServer} from './virtualbox-check.js'
import {globalSettings} from './virtualbox-commands.js'
import {valueOf, vboxHosts} from './virtualbox-hosts.js'
import {getNetwork} from './virtualbox-network.js'
import {planVirtualbox, type CurrentServer} from './virtualbox-plan.js'
import {restartVirtualbox} from './virtualbox-restart.js'
import {parseState, renderState, stateOf} from './virtualbox-state.js'
import {checkVms} from './virtualbox-vms.js'
import type {Reservation} from './reservation.js'

export type VirtualboxOptions = {
  readonly vbox: VBoxManage
  /** The network's name, or that of its host-only interface: dhcp.config, else network.interface. */
  readonly network: string | undefined
  /** For backups. */
  readonly stateFolder: string
  /** Both mean the whole network; undefined leaves the boot options alone. */
  readonly bootOptionsScope?: 'subnet' | 'global' | undefined
  readonly subnet?: Subnet | undefined
  readonly range?: Ipv4Range | undefined
  /** The setting dhcp.restart; without it VBoxManage restarts the server. */
  readonly restart?: string | undefined
  readonly restartExec: Exec
  /** Replaced in tests. */
  readonly probe?: (network: string) => DaemonProbe
  readonly sleep?: (milliseconds: number) => Promise<void>
  readonly now?: () => Date
}

const PREFIX = 'virtualbox:'

export function openVirtualboxServer(options: VirtualboxOptions): DhcpServer {
  const current = (): Promise<CurrentServer> => findServer(options, options.network)
  const parts = partsOf(options)
  const backups = async (): Promise<Backup[]> => {
    const {path} = await current()
    const found = await readBackups([parts.backupPath(path)], {stateFolder: options.stateFolder})
    return found.map(({time, files}) => ({time, files: files.map(({backup}) => ({path, backup}))}))
  }
  return {
    backend: 'virtualbox',
    held: {read: parts.read, undoState: (change) => undoStateOf(change, parts)},
    plan: async (change) => planChange(change, await current(), options),
    apply: (plan, how) => applyVirtualbox(plan, parts, how),
    undo: (plan, how) => undoVirtualbox(plan, parts, how),
    restart: async () => {
      const {server} = await current()
      const restarted = await parts.restart(server.network)
      return {restarted, warnings: restarted ? [] : [NOT_RUNNING]}
    },
    declared: async () => {
      const {server, state, path} = await current()
      return vboxHosts(server, state, path)
    },
    dynamicRanges: async () => rangesOf(await current()),
    // It leases addresses of its range alone, and none of those is chosen for a host.
    leases: async () => NO_LEASES,
    check: (expected, context = {}) => check(expected, context, current, options),
    backups,
    rollback: async (time, how) => {
      const known = await backups()
      const backup = time === undefined ? known[0] : known.find((candidate) => candidate.time === time)
      if (backup === undefined) throw noBackup(time)
      return {...(await applyVirtualbox(await planRollback(backup, parts), parts, how)), time: backup.time}
    },
  }
}

async function findServer({vbox, subnet, range}: VirtualboxOptions, wanted: string | undefined): Promise<CurrentServer> {
  await vbox.version()
  const server = getNetwork(parseDhcpServers(await vbox.mustRun(['list', 'dhcpservers'])), {wanted, subnet, range})
  return {server, state: stateOf(server), path: PREFIX + server.network}
}

function partsOf(options: VirtualboxOptions): VirtualboxParts {
  const {vbox, stateFolder, now = () => new Date()} = options
  const networkOf = (path: string): string => path.slice(PREFIX.length)
  return {
    networkOf,
    read: (path) => findServer(options, networkOf(path)).then(({state}) => renderState(state), unlessMissing),
    tell: vbox.mustRun,
    restart: (network) => restartVirtualbox(network, options),
    // A network's name may hold what a file's may not.
    backupPath: (path) => join(stateFolder, `virtualbox-${encodeURIComponent(networkOf(path))}`),
    stateFolder,
    now,
  }
}

/** Throws DHCP_BACKUP_DAMAGED. */
async function planRollback({files: [file]}: Backup, {read}: VirtualboxParts): Promise<DhcpPlan> {
  assert(file !== undefined, 'a backup of a VirtualBox network has one text')
  const [before, after] = [await read(file.path), await readBackup(file.backup)]
  if (after !== undefined) parseState(after, file.backup)
  const isSame = after === undefined || before?.equals(after) === true
  return {files: isSame ? [] : [{path: file.path, before, after}], warnings: [], needsRestart: !isSame}
}

const NOT_RUNNING = 'the DHCP server does not run now: VirtualBox starts it, with this configuration, with the first machine of the network'

function planChange(change: DhcpChange, current: CurrentServer, {bootOptionsScope}: VirtualboxOptions): DhcpPlan {
  const {state, warnings} = planVirtualbox(change, current, bootOptionsScope !== undefined)
  const [before, after] = [renderState(current.state), renderState(state)]
  const isSame = before.equals(after)
  const {network, enabled} = current.server
  const off =
    enabled || isSame ? [] : [`the DHCP server of ${network} is switched off: VBoxManage dhcpserver modify --network=${network} --enable`]
  return {files: isSame ? [] : [{path: current.path, before, after}], warnings: [...warnings, ...off], needsRestart: !isSame}
}

async function check(
  expected: readonly Reservation[],
  context: CheckContext,
  current: () => Promise<CurrentServer>,
  {vbox, subnet}: VirtualboxOptions,
): Promise<Finding[]> {
  let found: CurrentServer
  try {
    found = await current()
  } catch (error) {
    if (!(error instanceof PxectlError) || !error.code.startsWith('DHCP_NETWORK_')) throw error
    return [errorFinding(error)]
  }
  const {network} = found.server
  const file = valueOf(globalSettings(found.state), '--set-opt=67 ')?.replace(/^\w+:\/\/[^/]*\//, '')
  return [
    ...(await checkVboxServer({current: found, expected, context, subnet})),
    ...(await checkVms({vbox, network, expected, context, file})),
  ]
}

/** Its pool, and its own address: no new host is to get either. */
function rangesOf({server: {serverIp, lowerIp, upperIp}, path: file}: CurrentServer): DynamicRange[] {
  const spans = [[lowerIp, upperIp] as const, [serverIp, serverIp] as const].map((span) => span.map(findIpv4))
  return spans.flatMap(([first, last]) => (first === undefined || last === undefined ? [] : [{first, last, file, line: 1}]))
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof PxectlError && error.code === 'DHCP_NETWORK_MISSING') return undefined
  throw error
}

function noBackup(time: string | undefined): PxectlError {
  return new PxectlError(`there is no backup of VirtualBox's DHCP server${time === undefined ? '' : ` from ${time}`}`, {
    code: 'DHCP_BACKUP_MISSING',
    kind: 'notFound',
    suggestions: ['pxectl dhcp rollback --list'],
  })
}
