// The VMware back end: hosts behind the part of a vmnet dhcpd.conf that VMware keeps for itself. There is no `vmnet-dhcpd -t`.
import {editHosts} from '../dhcpd-conf/edit.js'
import {applySplices} from '../dhcpd-conf/splice.js'
import type {Exec} from '../system/exec.js'
import {fileExists} from '../system/files.js'
import {readBackups} from './backups.js'
import {type DaemonProbe, pause} from './daemon.js'
import {openFileBackEnd} from './file-back-end.js'
import {declaredHosts, declaredRanges} from './isc-declared.js'
import {conflict} from './isc-conflicts.js'
import {atRootOf, decideHosts} from './isc-hosts.js'
import {parseConfFile, readConfiguration, refuseBroken, type ConfFile} from './isc-load.js'
import type {DhcpChange, DhcpPlan, DhcpServer, FileChange} from './server.js'
import {planFirmware} from './isc-firmware.js'
import {uefiWarnings} from './one-file-boot.js'
import {planVmwareBoot, vmwareBootWarning, vmwareFirmwareText, type VmwareBootOptions} from './vmware-boot.js'
import {checkVmware} from './vmware-check.js'
import {findVmwareRestart, restartVmware, vmwareProbe} from './vmware-restart.js'
import {readVmwareLeases} from './vmware-leases.js'
import {isVmwares} from './vmware-section.js'

export type VmwareOptions = VmwareBootOptions & {
  readonly config: string
  /** The command that restarts VMware's DHCP server; without it that of the installed product is found. */
  readonly restart?: string | undefined
  readonly stateFolder: string
  readonly exec: Exec
  /** Runs the restart command, which may start others; see system/exec-group.ts. */
  readonly restartExec?: Exec
  /** As process.platform has it. */
  readonly platform: string
  /** Replaced in tests. */
  readonly probe?: DaemonProbe
  readonly sleep?: (milliseconds: number) => Promise<void>
  readonly now?: () => Date
  readonly fileExists?: (path: string) => Promise<boolean>
}

export function openVmwareServer(options: VmwareOptions): DhcpServer {
  const {config, stateFolder, exec, platform, probe = vmwareProbe(config), sleep = pause} = options
  return openFileBackEnd({
    backend: 'vmware',
    config,
    stateFolder,
    now: options.now ?? (() => new Date()),
    paths: async () => [config],
    test: refuseBrokenFiles,
    findRestart: async () => {
      const steps = await findVmwareRestart({configured: options.restart, config, platform, fileExists: options.fileExists ?? fileExists})
      return steps === undefined ? undefined : () => restartVmware({steps, exec: options.restartExec ?? exec, probe, sleep})
    },
    plan: (change) => planVmwareChange(change, options),
    declared: async () => (await readConfiguration(config)).files.flatMap(declaredHosts),
    dynamicRanges: async () => (await readConfiguration(config)).files.flatMap(declaredRanges),
    leases: () => readVmwareLeases(options),
    check: async (expected) => checkVmware(expected, config, (await readBackups([config], {stateFolder})).length > 0),
  })
}

/** What stands for the server's own test. */
async function refuseBrokenFiles(files: readonly FileChange[]): Promise<string[]> {
  for (const {path, after} of files) if (after !== undefined) refuseBroken(parseConfFile(path, after))
  return []
}

export async function planVmwareChange(change: DhcpChange, options: VmwareBootOptions & {config: string}): Promise<DhcpPlan> {
  const {main, files, warnings} = await readConfiguration(options.config)
  for (const file of files) refuseBroken(file)
  const {bootOptions} = change
  const isOurs = bootOptions === 'remove' || (bootOptions !== undefined && options.bootOptionsScope !== undefined)
  const text = isOurs && bootOptions !== 'remove' ? vmwareFirmwareText(bootOptions) : undefined
  const decisions = decideHosts(files, change, () => atRootOf(main), text)
  const firmwareWarnings: string[] = []
  const boot = change.bootOptions === undefined ? [] : planVmwareBoot(main, change.bootOptions, options)
  const changes = files.flatMap((file): FileChange[] => {
    const edits = decisions.edits.get(file) ?? {update: [], remove: [], add: []}
    for (const host of [...edits.update.map((update) => update.host), ...edits.remove]) refuseVmwares(file, host)
    const firmware = isOurs ? planFirmware(file, edits, text) : undefined
    firmwareWarnings.push(...(firmware?.warnings ?? []))
    const splices = [...editHosts(file.tree, edits), ...(firmware?.splices ?? []), ...(file === main ? boot : [])]
    const after = splices.length === 0 ? file.bytes : applySplices(file.bytes, splices)
    return after.equals(file.bytes) ? [] : [{path: file.path, before: file.bytes, after}]
  })
  const declares = bootOptions !== undefined && bootOptions !== 'remove' && boot.length > 0
  return {
    files: changes,
    warnings: [
      ...warnings,
      ...decisions.warnings,
      ...firmwareWarnings,
      ...(declares ? [vmwareBootWarning(bootOptions)] : []),
      ...(text === undefined ? [] : uefiWarnings(change.upsert, changes.length > 0)),
    ],
    needsRestart: changes.length > 0,
  }
}

function refuseVmwares({path, tree}: ConfFile, {statement, name}: ConfFile['declarations']['hosts'][number]): void {
  if (!isVmwares(tree, statement, name.text)) return
  throw conflict(
    'DHCP_NAME_TAKEN',
    `the host ${name.text} stands in the part of ${path} that VMware writes itself`,
    {host: name.text, file: path},
    ['use another name'],
  )
}
