// The dnsmasq back end: one file for each host in a folder that dnsmasq watches, the boot options in another file of ours.
import {dirname, join} from 'node:path'
import {PxectlError} from '../errors.js'
import type {Exec} from '../system/exec.js'
import {fileExists, listFolder, realPath} from '../system/files.js'
import {listUdpHolders, type PortHolder} from '../system/port-holders.js'
import {sendSignal} from '../system/signal.js'
import {backedUpNames} from './backups.js'
import {daemonProbe, HOLDS_OUR_PORT, pause, restartDaemon, waitForDaemon, type DaemonProbe, type IsHere} from './daemon.js'
import {findAnchorFile} from './dnsmasq-anchor.js'
import {checkDnsmasq, declaredHosts} from './dnsmasq-check.js'
import {findDnsmasqLeases, parseDnsmasqLeases} from './dnsmasq-leases.js'
import {readDnsmasq} from './dnsmasq-load.js'
import {areAdditions, isInHosts, planDnsmasqChange, type DnsmasqPlanOptions} from './dnsmasq-plan.js'
import {backupFolderFor, ownPlaces} from './dnsmasq-places.js'
import {testDnsmasqFiles} from './dnsmasq-test.js'
import {openFileBackEnd} from './file-back-end.js'
import {type LeaseRecord, readLeaseRecord} from './held-lease.js'
import {findRestartCommand, type KnownServices} from './restart-command.js'
import type {DhcpServer, FileChange} from './server.js'
import type {TransactionParts} from './transaction.js'

const SERVICES: KnownServices = {
  units: ['dnsmasq'],
  configs: ['/etc/dnsmasq.conf', '/usr/local/etc/dnsmasq.conf'],
  initScripts: ['/etc/init.d/dnsmasq'],
  openRc: 'dnsmasq',
  freeBsd: 'dnsmasq',
}
const DAEMON = {name: 'dnsmasq', unit: 'dnsmasq'} as const

export type DnsmasqOptions = Pick<DnsmasqPlanOptions, 'config' | 'subnet'> & {
  /** The command that restarts dnsmasq; without it the right one for this system is found. */
  readonly restart?: string | undefined
  readonly stateFolder: string
  readonly exec: Exec
  /** Runs the restart command, which may start others; see system/exec-group.ts. */
  readonly restartExec?: Exec
  /** The lease file, where neither the configuration nor dnsmasq's command line names one. */
  readonly leases?: string
  /** Who holds UDP port 67. */
  readonly holders?: () => Promise<readonly PortHolder[]>
  /** Replaced in tests. */
  readonly defaults?: string
  readonly system?: string
  readonly probe?: DaemonProbe
  readonly signal?: (pid: number) => void
  readonly sleep?: (milliseconds: number) => Promise<void>
  readonly now?: () => Date
  readonly fileExists?: (path: string) => Promise<boolean>
}

export function openDnsmasqServer(given: DnsmasqOptions): DhcpServer {
  const options = {defaults: '/etc/default/dnsmasq', system: '/etc/dnsmasq.conf', ...given}
  const {config, stateFolder, exec} = options
  const own = ownPlaces(options)
  const probe = options.probe ?? dnsmasqProbe(options)
  return openFileBackEnd({
    backend: 'dnsmasq',
    config,
    stateFolder,
    now: options.now ?? (() => new Date()),
    paths: () => configurationPaths(options),
    backupFolderFor: (path) => backupFolderFor(own, path),
    isLive: (files) => areAdditions(files, own),
    arePublic: true,
    test: async (files) => {
      const warnings = await testDnsmasqFiles(files, options, exec)
      const isDown = areAdditions(files, own) && (await probe()).length === 0
      return isDown ? [...warnings, 'dnsmasq does not run here with this configuration; it will know the hosts once it does'] : warnings
    },
    findRestart: (files) => findRestart(files, options, probe),
    plan: (change) => planDnsmasqChange(change, options),
    declared: async () => declaredHosts(await readDnsmasq(options), own),
    dynamicRanges: async () =>
      (await readDnsmasq(options)).ranges.flatMap(({first, last, file, line}) => (last === undefined ? [] : [{first, last, file, line}])),
    leases: () => heldLeases(options),
    check: (expected) => checkDnsmasq(expected, options),
  })
}

async function heldLeases(options: DnsmasqPlanOptions & DnsmasqOptions): Promise<LeaseRecord> {
  const {now = () => new Date(), holders = () => listUdpHolders(67)} = options
  let given = options.leases
  for (const {program, args} of await holders()) {
    if (program === 'dnsmasq' && (await isOurs(args, options, HOLDS_OUR_PORT))) given ??= optionValue(args, '-l', '--dhcp-leasefile')
  }
  return readLeaseRecord([await findDnsmasqLeases(await readDnsmasq(options), given)], parseDnsmasqLeases, now().getTime())
}

/** SIGHUP where only hosts changed, which it reads anew; a restart for all else, or where nobody is there to be told. */
async function findRestart(
  files: readonly FileChange[],
  options: DnsmasqPlanOptions & DnsmasqOptions,
  probe: DaemonProbe,
): Promise<TransactionParts['restart']> {
  const {exec, sleep = pause, signal = (pid: number) => sendSignal(pid, 'SIGHUP')} = options
  const own = ownPlaces(options)
  const root = await readDnsmasq(options).then(
    (configuration) => configuration.root,
    () => options.config,
  )
  const config = (await fileExists(root)) ? await realPath(root) : root
  const exists = options.fileExists ?? fileExists
  const command = await findRestartCommand({configured: options.restart, config, services: SERVICES, exec, fileExists: exists})
  const pids = await probe()
  const canReload = files.length > 0 && isInHosts(files, own) && pids.length > 0
  if (command === undefined && !canReload) return undefined
  return async (changed) => {
    if (areAdditions(changed, own) && changed.length > 0) return []
    if (canReload && isInHosts(changed, own)) {
      for (const pid of pids) signal(pid)
      if ((await waitForDaemon(probe, sleep)).some((pid) => pids.includes(pid))) return []
    }
    if (command === undefined) throw gone(config)
    return restartDaemon({command, exec: options.restartExec ?? exec, probe, sleep, daemon: DAEMON})
  }
}

function gone(config: string): PxectlError {
  return new PxectlError('dnsmasq ended when it was told to read its hosts again', {
    code: 'DHCPD_RESTART_FAILED',
    kind: 'external',
    details: {config},
    suggestions: ['look at its log: journalctl -u dnsmasq -n 20', 'start it again: systemctl start dnsmasq'],
  })
}

/** Does a dnsmasq with these arguments read our configuration? libvirt, LXD and NetworkManager run others, with files of their own. */
async function isOurs(args: readonly string[], options: DnsmasqPlanOptions, isHere: IsHere): Promise<boolean> {
  const given = optionValue(args, '-C', '--conf-file')
  if (given === undefined && !(await isHere())) return false
  const root = given ?? options.system
  if (root === options.config) return true
  if (optionValue(args, '-7', '--conf-dir')?.split(',')[0] === dirname(options.config)) return true
  return readDnsmasq(options).then(
    (configuration) => configuration.root === root,
    () => false,
  )
}

/** The processes of our dnsmasq. */
function dnsmasqProbe(options: DnsmasqPlanOptions): DaemonProbe {
  return daemonProbe({
    name: 'dnsmasq',
    isMeant: (args, isHere) => isOurs(args, options, isHere),
    portOf: (args) => Number(optionValue(args, '', '--dhcp-alternate-port')?.split(',')[0] ?? 67),
  })
}

/** `-C FILE`, `-CFILE`, `--conf-file=FILE` or `--conf-file FILE`. */
function optionValue(args: readonly string[], short: string, long: string): string | undefined {
  for (const [index, arg] of args.entries()) {
    if (arg === long || (short !== '' && arg === short)) return args[index + 1]
    if (arg.startsWith(`${long}=`)) return arg.slice(long.length + 1)
    if (short !== '' && arg.startsWith(short) && !arg.startsWith('--')) return arg.slice(short.length)
  }
  return undefined
}

/** Every file that we may have changed, also those that are gone. */
async function configurationPaths(options: DnsmasqPlanOptions): Promise<string[]> {
  const own = ownPlaces(options)
  const anchor = await readDnsmasq(options).then(
    (configuration) => findAnchorFile(configuration, options.config),
    () => undefined,
  )
  const hosts = new Set([...(await listFolder(own.hosts)), ...(await backedUpNames(join(own.backups, 'hosts')))])
  return [options.config, ...(anchor === undefined ? [] : [anchor]), own.boot, ...[...hosts].map((name) => join(own.hosts, name))]
}
