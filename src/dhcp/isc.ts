// The ISC dhcpd back end: reservations and boot options are edited into dhcpd.conf, which stays its owner's file.
import type {Exec} from '../system/exec.js'
import {fileExists, realPath} from '../system/files.js'
import {listTcpListeners, listUdpHolders, type PortHolder} from '../system/port-holders.js'
import {findProcessStart, type ProcessStart} from '../system/process-start.js'
import {connectTcp} from '../system/tcp-stream.js'
import {dhcpdProbe, pause, restartDaemon, type DaemonProbe} from './daemon.js'
import {testCandidates} from './dhcpd-test.js'
import {openFileBackEnd} from './file-back-end.js'
import {checkIscConfiguration} from './isc-check.js'
import {type LeaseRecord, readLeaseRecord} from './held-lease.js'
import {declaredHosts, declaredRanges} from './isc-declared.js'
import {findLeaseFile, parseIscLeases} from './isc-leases.js'
import {readConfiguration} from './isc-load.js'
import {planIscChange, type IscPlanOptions} from './isc-plan.js'
import {restartAndSettle} from './omapi-restart.js'
import {openOmapi, type OpenOmapi} from './omapi-session.js'
import {findOmapiTell} from './omapi-tell.js'
import {findRestartCommand} from './restart-command.js'
import type {DhcpServer, FileChange} from './server.js'
import type {Tell} from './tell.js'
import type {TransactionParts} from './transaction.js'

export type IscOptions = IscPlanOptions & {
  /** The command that restarts dhcpd; without it the right one for this system is found. */
  readonly restart?: string | undefined
  /** For the backups, candidate and lock of a dhcpd.conf whose own folder cannot be written. */
  readonly stateFolder: string
  readonly exec: Exec
  /** Runs the restart command, which may start others; see system/exec-group.ts. */
  readonly restartExec?: Exec
  readonly restartTimeoutMs?: number
  /** Tell a running dhcpd of changed hosts where its dhcpd.conf has a port and a key for that. */
  readonly omapi?: boolean
  /** dhcpd's lease file, where OMAPI leaves tombstones. */
  readonly leases?: string
  /** Who holds UDP port 67. */
  readonly holders?: () => Promise<readonly PortHolder[]>
  /** These are replaced in tests. */
  readonly openOmapi?: OpenOmapi
  readonly listeners?: (port: number) => Promise<readonly PortHolder[]>
  readonly findStart?: (pid: number) => Promise<ProcessStart | undefined>
  readonly probe?: DaemonProbe
  readonly sleep?: (milliseconds: number) => Promise<void>
  readonly now?: () => Date
  readonly fileExists?: (path: string) => Promise<boolean>
}

export function openIscServer(options: IscOptions): DhcpServer {
  const {config, stateFolder, exec} = options
  return openFileBackEnd({
    backend: 'isc',
    config,
    stateFolder,
    now: options.now ?? (() => new Date()),
    paths: () => configurationPaths(options),
    test: (files) => testCandidates(files, {config, stateFolder, exec}),
    findRestart: () => findRestart(options),
    ...(options.omapi === true ? {findTell: (files: readonly FileChange[]) => findTell(files, options)} : {}),
    plan: (change) => planIscChange(change, options),
    declared: async () => (await readConfiguration(config)).files.flatMap(declaredHosts),
    dynamicRanges: async () => (await readConfiguration(config)).files.flatMap(declaredRanges),
    leases: () => heldLeases(options),
    check: (expected, context) => checkIscConfiguration(expected, options, context),
  })
}

async function heldLeases({config, leases, now = () => new Date(), holders = () => listUdpHolders(67)}: IscOptions): Promise<LeaseRecord> {
  const {path} = await findLeaseFile(await readConfiguration(config), {leases, holders: await holders()})
  return readLeaseRecord([path], (texts) => texts.flatMap(parseIscLeases), now().getTime())
}

async function findRestart(options: IscOptions): Promise<TransactionParts['restart']> {
  const {config, exec, probe = dhcpdProbe(config), sleep = pause} = options
  const path = (await fileExists(config)) ? await realPath(config) : config
  const command = await findRestartCommand({configured: options.restart, config: path, exec, fileExists: options.fileExists ?? fileExists})
  if (command === undefined) return undefined
  const restart = (): Promise<string[]> =>
    restartDaemon({command, exec: options.restartExec ?? exec, probe, sleep, timeoutMs: options.restartTimeoutMs})
  if (options.omapi !== true) return restart
  const {leases, holders = () => listUdpHolders(67)} = options
  return (files) => restartAndSettle(files, {config, leases, holders, open: openerOf(options), restart})
}

async function findTell(files: readonly FileChange[], options: IscOptions): Promise<Tell | undefined> {
  const {config, stateFolder, probe = dhcpdProbe(config), listeners = listTcpListeners, findStart = findProcessStart} = options
  return findOmapiTell(files, {config, stateFolder, probe, listeners, findStart, open: openerOf(options)})
}

function openerOf(options: IscOptions): OpenOmapi {
  return options.openOmapi ?? ((place) => openOmapi(connectTcp, place))
}

async function configurationPaths({config, include}: IscOptions): Promise<string[]> {
  const known = include === undefined ? [config] : [config, include]
  return readConfiguration(config).then(
    ({files}) => [...known, ...files.map(({path}) => path)],
    () => known,
  )
}
