// What a plan of the VirtualBox back end can name: a network with its DHCP server, or a machine with what NAT tells it. Both are text
// under a path that is none.
import {join} from 'node:path'
import {PxectlError} from '../errors.js'
import {findBytes} from '../system/files.js'
import {parseNatSettings} from '../vboxmanage/nat-settings.js'
import {parseVmInfo, type VmInfo} from '../vboxmanage/vm-info.js'
import {backedUpNames, readBackup} from './backups.js'
import type {Backup, DhcpPlan, FileChange} from './server.js'
import type {VirtualboxParts} from './virtualbox-apply.js'
import {commandsBetween} from './virtualbox-commands.js'
import {natCommands, natStateOf, type NatMachine} from './virtualbox-nat.js'
import type {CurrentServer} from './virtualbox-plan.js'
import {restartVirtualbox, type VirtualboxRestart} from './virtualbox-restart.js'
import {parseState, renderState} from './virtualbox-state.js'

/** What paths of plans begin with: a network by its name, a machine by its UUID. */
export const NETWORK = 'virtualbox:'
export const MACHINE = 'virtualbox-vm:'

/** What reaches VirtualBox, and where backups are. */
export type PartsOptions = VirtualboxRestart & {
  /** For backups. */
  readonly stateFolder: string
  readonly now?: () => Date
}

/** `findServer` gives the server of a network, or throws DHCP_NETWORK_MISSING. */
export function partsOf(options: PartsOptions, findServer: (network: string | undefined) => Promise<CurrentServer>): VirtualboxParts {
  const {vbox, stateFolder, now = () => new Date()} = options
  const afterStart = (path: string, start: string): string | undefined => (path.startsWith(start) ? path.slice(start.length) : undefined)
  const networkOf = (path: string): string | undefined => afterStart(path, NETWORK)
  return {
    networkOf,
    read: async (path) => {
      const uuid = afterStart(path, MACHINE)
      if (uuid === undefined) return findServer(networkOf(path)).then(({state}) => renderState(state), unlessMissing)
      const {problem, stdout} = await vbox.run(['showvminfo', uuid, '--machinereadable'])
      return problem === undefined ? renderState((await readMachine(parseVmInfo(stdout))).state) : undefined
    },
    commands: (path, from, to) => {
      const uuid = afterStart(path, MACHINE)
      return uuid === undefined ? commandsBetween(networkOf(path) ?? '', from, to) : natCommands(uuid, from, to)
    },
    tell: vbox.mustRun,
    restart: (network) => restartVirtualbox(network, options),
    // A network's name may hold what a file's may not.
    backupPath: (path) => {
      const uuid = afterStart(path, MACHINE)
      return join(stateFolder, uuid === undefined ? `virtualbox-${encodeURIComponent(networkOf(path) ?? '')}` : `${VM_BACKUP}${uuid}`)
    },
    stateFolder,
    now,
  }
}

/** No network's: a colon in a name is `%3A` there. */
const VM_BACKUP = 'virtualbox-vm:'

/** The paths of the machines that have backups. */
export async function backedUpMachines(stateFolder: string): Promise<string[]> {
  return (await backedUpNames(stateFolder))
    .filter((name) => name.startsWith(VM_BACKUP))
    .map((name) => MACHINE + name.slice(VM_BACKUP.length))
}

/** With what its settings file says of NAT. */
export async function readMachine(vm: VmInfo): Promise<NatMachine> {
  const settings = await findBytes(vm.values.get('CfgFile') ?? '')
  return {vm, state: natStateOf(vm, parseNatSettings(settings?.toString('utf8') ?? ''))}
}

/** Throws DHCP_BACKUP_DAMAGED. */
export async function planRollback({files}: Backup, {read, networkOf}: VirtualboxParts): Promise<DhcpPlan> {
  const changes: FileChange[] = []
  const warnings: string[] = []
  for (const {path, backup} of files) {
    const [before, after] = [await read(path), await readBackup(backup)]
    if (after !== undefined) parseState(after, backup)
    if (before === undefined && networkOf(path) === undefined) warnings.push(`${path} is not there any more; nothing was put back for it`)
    else if (after !== undefined && before?.equals(after) !== true) changes.push({path, before, after})
  }
  return {files: changes, warnings, needsRestart: changes.some(({path}) => networkOf(path) !== undefined)}
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof PxectlError && error.code === 'DHCP_NETWORK_MISSING') return undefined
  throw error
}
