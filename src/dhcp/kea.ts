// The Kea back end: reservations and client classes are edited into kea-dhcp4.conf, which stays its owner's file.
import type {Exec} from '../system/exec.js'
import {fileExists, realPath} from '../system/files.js'
import {askSocket} from '../system/unix-socket.js'
import {openFileBackEnd} from './file-back-end.js'
import {readFirmware} from './kea-boot.js'
import {checkKeaConfiguration} from './kea-check.js'
import {findControlSocket, openKeaControl, type AskKea} from './kea-control.js'
import {type DaemonProbe, pause} from './daemon.js'
import {keaProbe, reloadKea} from './kea-daemon.js'
import {readKeaLeases} from './kea-leases.js'
import {findKeaDeclarations, nameOf, nodeLines} from './kea-find.js'
import {dhcp4Value, readKeaConfiguration} from './kea-load.js'
import {planKeaChange, type KeaPlanOptions} from './kea-plan.js'
import {findKeaRestart} from './kea-restart.js'
import {testKeaCandidates} from './kea-test.js'
import type {DeclaredHost, DhcpServer, DynamicRange} from './server.js'
import type {TransactionParts} from './transaction.js'

export type KeaOptions = KeaPlanOptions & {
  /** The command that restarts Kea; without it the control socket is used, or the right command for this system is found. */
  readonly restart?: string | undefined
  /** For the backups, candidates and lock of a configuration whose own folder cannot be written. */
  readonly stateFolder: string
  readonly exec: Exec
  /** Runs the restart command, which may start others; see system/exec-group.ts. */
  readonly restartExec?: Exec
  /** Replaced in tests. */
  readonly ask?: AskKea
  readonly probe?: DaemonProbe
  readonly sleep?: (milliseconds: number) => Promise<void>
  readonly now?: () => Date
  readonly fileExists?: (path: string) => Promise<boolean>
}

export function openKeaServer(options: KeaOptions): DhcpServer {
  const {config, stateFolder, exec, ask = openKeaControl(askSocket), now = () => new Date()} = options
  return openFileBackEnd({
    backend: 'kea',
    config,
    stateFolder,
    now,
    paths: () =>
      readKeaConfiguration(config).then(
        ({files}) => files,
        () => [config],
      ),
    test: (files) => testKeaCandidates(files, {config, stateFolder, exec, ask}),
    findRestart: () => findRestart(options, ask),
    plan: (change) => planKeaChange(change, options),
    declared: () => declaredHosts(config),
    dynamicRanges: () => declaredRanges(config),
    leases: async () => readKeaLeases(dhcp4Value(await readKeaConfiguration(config)), now().getTime()),
    check: (expected) => checkKeaConfiguration(expected, {config, exec, ask}),
  })
}

/** The socket is that of the configuration that runs now: after a change it may be another. */
async function findRestart(options: KeaOptions, ask: AskKea): Promise<TransactionParts['restart']> {
  const {config, exec, restart, probe = keaProbe(config), sleep = pause} = options
  const path = (await fileExists(config)) ? await realPath(config) : config
  const socket = await readKeaConfiguration(config).then(
    (configuration) => findControlSocket(dhcp4Value(configuration)),
    () => undefined,
  )
  const command = await findKeaRestart({
    configured: restart,
    config: path,
    hasSocket: socket !== undefined,
    exec,
    fileExists: options.fileExists ?? fileExists,
  })
  if (command === undefined && socket === undefined) return undefined
  return () =>
    reloadKea({config, socket, command, isCommandFirst: restart !== undefined, exec: options.restartExec ?? exec, ask, probe, sleep})
}

async function declaredHosts(config: string): Promise<DeclaredHost[]> {
  const configuration = await readKeaConfiguration(config)
  const where = nodeLines(configuration.document)
  const {reservations, classes} = findKeaDeclarations(configuration)
  const known = readFirmware(configuration.document, classes)
  return reservations.map((reservation) => {
    const mac = reservation.identifier?.mac
    const firmware = mac === undefined ? undefined : known.get(mac)
    return {
      name: nameOf(reservation),
      mac,
      addresses: reservation.address === undefined ? [] : [reservation.address.text],
      managed: reservation.managed,
      ...where(reservation.node),
      ...(firmware === undefined ? {} : {firmware}),
    }
  })
}

async function declaredRanges(config: string): Promise<DynamicRange[]> {
  const configuration = await readKeaConfiguration(config)
  const where = nodeLines(configuration.document)
  return findKeaDeclarations(configuration).pools.map(({range, node}) => ({...range, ...where(node)}))
}
