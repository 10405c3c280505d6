// The ISC dhcpd back end: reservations and boot options are edited into dhcpd.conf, which stays its owner's file.
import {basename, dirname, join} from 'node:path'
import {findHostsRegion} from '../dhcpd-conf/edit.js'
import {lineCounter, spanOf, tokenEnd, tokenStart} from '../dhcpd-conf/tree.js'
import {PxectlError} from '../errors.js'
import type {Exec} from '../system/exec.js'
import {fileExists, findBytes, isWritable, makeFolder, readBytes, realPath, sameBytes} from '../system/files.js'
import {withLock} from '../system/lock.js'
import {readBackups} from './backups.js'
import {dhcpdProbe, restartDaemon, type DaemonProbe} from './daemon.js'
import {testCandidates} from './dhcpd-test.js'
import {checkIscConfiguration} from './isc-check.js'
import {readConfiguration, type ConfFile} from './isc-load.js'
import {planIscChange, type IscPlanOptions} from './isc-plan.js'
import {findRestartCommand} from './restart-command.js'
import type {Applied, ApplyOptions, Backup, DeclaredHost, DhcpPlan, DhcpServer, FileChange} from './server.js'
import {applyFiles, undoFiles, type TransactionParts} from './transaction.js'

export type IscOptions = IscPlanOptions & {
  /** The command that restarts dhcpd; without it the right one for this system is found. */
  readonly restart?: string | undefined
  /** For the backups, candidate and lock of a dhcpd.conf whose own folder cannot be written. */
  readonly stateFolder: string
  readonly exec: Exec
  /** dhcpd's lease file, where OMAPI leaves tombstones. */
  readonly leases?: string
  /** Replaced in tests. */
  readonly probe?: DaemonProbe
  readonly sleep?: (milliseconds: number) => Promise<void>
  readonly now?: () => Date
  readonly fileExists?: (path: string) => Promise<boolean>
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

export function openIscServer(options: IscOptions): DhcpServer {
  const {config, stateFolder} = options
  const apply = (plan: DhcpPlan, applyOptions: ApplyOptions): Promise<Applied> =>
    locked(options, async () => applyFiles(plan, await transactionParts(options), applyOptions))
  return {
    backend: 'isc',
    plan: (change) => planIscChange(change, options),
    apply,
    undo: (plan, applyOptions) => locked(options, async () => undoFiles(plan, await transactionParts(options), applyOptions)),
    restart: async () => {
      const {restart} = await transactionParts(options)
      return {warnings: restart === undefined ? ['no command that restarts dhcpd is known here: restart it yourself'] : await restart()}
    },
    declared: async () => (await readConfiguration(config)).files.flatMap(declaredHosts),
    dynamicRanges: async () =>
      (await readConfiguration(config)).files.flatMap((file) => {
        const line = lineCounter(file.bytes)
        return file.declarations.ranges.map(({first, last, statement}) => ({
          first,
          last,
          file: file.path,
          line: line(spanOf(file.tree, statement).start),
        }))
      }),
    check: (expected) => checkIscConfiguration(expected, options),
    backups: async () => readBackups(await configurationPaths(options), stateFolder),
    rollback: async (time, applyOptions) => {
      const backup = getBackup(await readBackups(await configurationPaths(options), stateFolder), time, config)
      const files = await Promise.all(backup.files.map(restoring))
      const changed = files.filter(({before, after}) => !sameBytes(before, after))
      return {...(await apply({files: changed, warnings: [], needsRestart: changed.length > 0}, applyOptions)), time: backup.time}
    },
  }
}

/** Everything that a transaction needs of this machine. The restart command is looked for only when it is needed. */
async function transactionParts(options: IscOptions): Promise<TransactionParts> {
  const {config, stateFolder, exec} = options
  const path = (await fileExists(config)) ? await realPath(config) : config
  const command = await findRestartCommand({configured: options.restart, config: path, exec, fileExists: options.fileExists ?? fileExists})
  return {
    stateFolder,
    now: options.now ?? (() => new Date()),
    test: (files) => testCandidates(files, {config, stateFolder, exec}),
    restart:
      command === undefined
        ? undefined
        : () => restartDaemon({command, exec, probe: options.probe ?? dhcpdProbe(config), sleep: options.sleep ?? pause}),
  }
}

/** One pxectl at a time, whichever lab it serves: the lock belongs to the dhcpd.conf. */
async function locked<T>({config, stateFolder}: IscOptions, work: () => Promise<T>): Promise<T> {
  const path = (await fileExists(config)) ? await realPath(config) : config
  const beside = await isWritable(dirname(path))
  if (!beside) await makeFolder(stateFolder)
  return withLock(join(beside ? dirname(path) : stateFolder, `.${basename(path)}.pxectl.lock`), {}, work)
}

function declaredHosts(file: ConfFile): DeclaredHost[] {
  const {tree} = file
  const line = lineCounter(tree.bytes)
  const region = findHostsRegion(tree)
  const regionStart = region === undefined ? Infinity : tokenStart(tree, region.begin)
  const regionEnd = region?.end === undefined ? -1 : tokenEnd(tree, region.end)
  return file.declarations.hosts.map((host) => {
    const {start} = spanOf(tree, host.statement)
    return {
      name: host.name.text,
      mac: host.hardware?.mac,
      addresses: host.fixedAddress?.values.map(({text}) => text) ?? [],
      file: file.path,
      line: line(start),
      managed: start > regionStart && start < regionEnd,
    }
  })
}

/** The files whose backups count, also while the configuration cannot be read: then a rollback is most needed. */
async function configurationPaths({config, include}: IscOptions): Promise<string[]> {
  const known = include === undefined ? [config] : [config, include]
  const paths = await readConfiguration(config).then(
    ({files}) => [...known, ...files.map(({path}) => path)],
    () => known,
  )
  return Promise.all(paths.map(async (path) => ((await fileExists(path)) ? realPath(path) : path)))
}

function getBackup(backups: readonly Backup[], time: string | undefined, config: string): Backup {
  const backup = time === undefined ? backups[0] : backups.find((candidate) => candidate.time === time)
  if (backup !== undefined) return backup
  throw new PxectlError(time === undefined ? `there is no backup of ${config}` : `there is no backup of ${config} from ${time}`, {
    code: 'DHCP_BACKUP_MISSING',
    kind: 'notFound',
    details: {file: config},
    suggestions:
      backups.length === 0
        ? ['pxectl makes one with every change it applies']
        : backups.slice(0, 5).map((known) => `pxectl dhcp rollback ${known.time}`),
  })
}

async function restoring({path, backup}: Backup['files'][number]): Promise<FileChange> {
  return {path, before: await findBytes(path), after: await readBytes(backup)}
}
