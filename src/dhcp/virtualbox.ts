// The VirtualBox back end: the DHCP server of a host-only, internal or NAT network. VirtualBox keeps its configuration for itself
// (VirtualBox.xml is no file to edit while it runs), so a plan is the server's state as text, and VBoxManage brings it about.
import {PxectlError} from '../errors.js'
import {findIpv4, type Ipv4Range, type Subnet} from '../net/ipv4.js'
import type {Mac} from '../net/mac.js'
import type {Exec} from '../system/exec.js'
import {parseDhcpServers} from '../vboxmanage/dhcp-servers.js'
import {listMachines, networkOf} from '../vboxmanage/machines.js'
import type {VBoxManage} from '../vboxmanage/program.js'
import type {VmInfo} from '../vboxmanage/vm-info.js'
import {readBackups} from './backups.js'
import type {DaemonProbe} from './daemon.js'
import {errorFinding} from './error-finding.js'
import {NO_LEASES} from './held-lease.js'
import type {Backup, CheckContext, DhcpChange, DhcpPlan, DhcpServer, DynamicRange, Finding} from './server.js'
import {applyVirtualbox, undoStateOf, undoVirtualbox} from './virtualbox-apply.js'
import {checkVboxServer} from './virtualbox-check.js'
import {globalSettings} from './virtualbox-commands.js'
import {valueOf, vboxHosts} from './virtualbox-hosts.js'
import {hasBootOfOurs, planNat} from './virtualbox-nat.js'
import {getNetwork} from './virtualbox-network.js'
import {backedUpMachines, MACHINE, NETWORK, partsOf, planRollback, readMachine} from './virtualbox-parts.js'
import {planVirtualbox, type CurrentServer, type VmCard} from './virtualbox-plan.js'
import {renderState, stateOf} from './virtualbox-state.js'
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
  /** The folder that VirtualBox's own TFTP server has for machines at NAT, where the lab's is not at the port that firmware asks. */
  readonly natFolder?: string | undefined
  /** The setting dhcp.restart; without it VBoxManage restarts the server. */
  readonly restart?: string | undefined
  readonly restartExec: Exec
  /** Replaced in tests. */
  readonly probe?: (network: string) => DaemonProbe
  readonly sleep?: (milliseconds: number) => Promise<void>
  readonly now?: () => Date
}

export function openVirtualboxServer(options: VirtualboxOptions): DhcpServer {
  const current = (): Promise<CurrentServer> => findServer(options, options.network)
  const parts = partsOf(options, (network) => findServer(options, network))
  const backups = async (): Promise<Backup[]> => {
    const {path} = await current()
    const paths = new Map([path, ...(await backedUpMachines(options.stateFolder))].map((each) => [parts.backupPath(each), each]))
    const found = await readBackups([...paths.keys()], {stateFolder: options.stateFolder})
    return found.map(({time, files}) => ({time, files: files.map((file) => ({...file, path: paths.get(file.path) ?? file.path}))}))
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
      const plan = await planRollback(backup, parts)
      const applied = await applyVirtualbox(plan, parts, how)
      return {...applied, warnings: [...plan.warnings, ...applied.warnings], time: backup.time}
    },
  }
}

async function findServer({vbox, subnet, range}: VirtualboxOptions, wanted: string | undefined): Promise<CurrentServer> {
  await vbox.version()
  const server = getNetwork(parseDhcpServers(await vbox.mustRun(['list', 'dhcpservers'])), {wanted, subnet, range})
  return {server, state: stateOf(server), path: NETWORK + server.network}
}

const NOT_RUNNING = 'the DHCP server does not run now: VirtualBox starts it, with this configuration, with the first machine of the network'

async function planChange(change: DhcpChange, current: CurrentServer, options: VirtualboxOptions): Promise<DhcpPlan> {
  const {vbox, bootOptionsScope} = options
  const {network, enabled} = current.server
  const machines = await listMachines(vbox)
  const declaresBoot = bootOptionsScope !== undefined
  const {state, warnings} = planVirtualbox(change, current, {declaresBoot, cards: cardsAt(network, machines)})
  const nat = planNat(change, await Promise.all(machines.map(readMachine)), {
    version: await vbox.version(),
    options: change.bootOptions === 'remove' || declaresBoot ? change.bootOptions : undefined,
    folder: options.natFolder,
  })
  const own = {path: current.path, before: renderState(current.state), after: renderState(state)}
  const isSame = own.before.equals(own.after)
  const off =
    enabled || isSame ? [] : [`the DHCP server of ${network} is switched off: VBoxManage dhcpserver modify --network=${network} --enable`]
  const files = nat.plans.map(({machine, after}) => ({
    path: MACHINE + machine.vm.uuid,
    before: renderState(machine.state),
    after: renderState(after),
  }))
  return {files: [...(isSame ? [] : [own]), ...files], warnings: [...warnings, ...nat.warnings, ...off], needsRestart: !isSame}
}

/** A MAC address that two machines have is not one card's. */
function cardsAt(network: string, machines: readonly VmInfo[]): Map<Mac, VmCard> {
  const cards = new Map<Mac, VmCard[]>()
  for (const {uuid, nics} of machines) {
    for (const card of nics) {
      if (card.mac === undefined) continue
      cards.set(card.mac, [...(cards.get(card.mac) ?? []), {vm: uuid, nic: card.nic, isHere: networkOf(card) === network}])
    }
  }
  return new Map([...cards].flatMap(([mac, [card, ...others]]) => (card?.isHere === true && others.length === 0 ? [[mac, card]] : [])))
}

async function check(
  expected: readonly Reservation[],
  context: CheckContext,
  current: () => Promise<CurrentServer>,
  {vbox, subnet, bootOptionsScope}: VirtualboxOptions,
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
  const machines = await listMachines(vbox)
  const isReady = await Promise.all(machines.map(async (vm) => hasBootOfOurs((await readMachine(vm)).state)))
  const natReady = bootOptionsScope === undefined ? undefined : new Set(machines.filter((_, at) => isReady[at]).map(({uuid}) => uuid))
  return [
    ...(await checkVboxServer({current: found, expected, context, subnet})),
    ...checkVms({machines, version: await vbox.version(), network, expected, context, file, natReady}),
  ]
}

/** Its pool, and its own address: no new host is to get either. */
function rangesOf({server: {serverIp, lowerIp, upperIp}, path: file}: CurrentServer): DynamicRange[] {
  const spans = [[lowerIp, upperIp] as const, [serverIp, serverIp] as const].map((span) => span.map(findIpv4))
  return spans.flatMap(([first, last]) => (first === undefined || last === undefined ? [] : [{first, last, file, line: 1}]))
}

function noBackup(time: string | undefined): PxectlError {
  return new PxectlError(`there is no backup of VirtualBox's DHCP server${time === undefined ? '' : ` from ${time}`}`, {
    code: 'DHCP_BACKUP_MISSING',
    kind: 'notFound',
    suggestions: ['pxectl dhcp rollback --list'],
  })
}
