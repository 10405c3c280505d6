// Carries a change of VirtualBox's DHCP server, and of machines at NAT, out: all of it, or none. There is no file to swap: the program is told what differs,
// asked what it has now, and told the opposite where that is not what was meant.
import {messageOf, PxectlError} from '../errors.js'
import {removeFile, sameBytes} from '../system/files.js'
import {backupTime, writeBackup} from './backups.js'
import type {Applied, ApplyOptions, DhcpPlan, FileChange, HeldUndo} from './server.js'
import {changedMeanwhile} from './transaction.js'
import {isBetween} from './virtualbox-commands.js'
import {parseState, type ServerState} from './virtualbox-state.js'

export type VirtualboxParts = {
  /** The rendered state now of what the path stands for; undefined where it is not there. */
  readonly read: (path: string) => Promise<Buffer | undefined>
  /** What VBoxManage is to be called with to make the one state the other. */
  readonly commands: (path: string, from: ServerState, to: ServerState) => string[][]
  /** Runs VBoxManage; throws where it fails. */
  readonly tell: (args: readonly string[]) => Promise<unknown>
  /** The network whose server must be restarted for a change of this path. */
  readonly networkOf: (path: string) => string | undefined
  /** Restarts a server that runs; false: it does not run, and reads its configuration when it starts. Throws DHCPD_RESTART_FAILED. */
  readonly restart: (network: string) => Promise<boolean>
  readonly backupPath: (path: string) => string
  readonly stateFolder: string
  readonly now: () => Date
}

const NOTHING: Applied = {restarted: false, backups: [], warnings: []}

export async function applyVirtualbox({files}: DhcpPlan, parts: VirtualboxParts, options: ApplyOptions): Promise<Applied> {
  if (files.length === 0) return NOTHING
  const progress = options.onProgress ?? (() => undefined)
  const changed: string[] = []
  for (const {path, before} of files) if (!sameBytes(await parts.read(path), before)) changed.push(path)
  if (changed.length > 0) throw changedMeanwhile(changed, 'nothing was overwritten')
  const time = backupTime(parts.now())
  const backups: string[] = []
  for (const {path, before} of files)
    backups.push(await writeBackup(parts.backupPath(path), before, time, {stateFolder: parts.stateFolder}))
  progress('changing what VirtualBox tells its machines')
  try {
    for (const change of files) await become(change, parts)
  } catch (error) {
    throw await putBack(files, error, backups, parts)
  }
  if (!options.restart || networksOf(files, parts).length === 0) return {...NOTHING, backups}
  progress("restarting VirtualBox's DHCP server")
  try {
    return {...NOTHING, restarted: await restart(files, parts), backups}
  } catch (error) {
    throw await putBackAndRestart(files, error, backups, parts)
  }
}

function networksOf(files: readonly FileChange[], {networkOf}: VirtualboxParts): string[] {
  return files.flatMap(({path}) => networkOf(path) ?? [])
}

/** Did one run? */
async function restart(files: readonly FileChange[], parts: VirtualboxParts): Promise<boolean> {
  let runs = false
  for (const network of networksOf(files, parts)) runs = (await parts.restart(network)) || runs
  return runs
}

/** What undoing this change would come to: see isBetween for the changes that were interrupted. */
export async function undoStateOf(change: FileChange, parts: VirtualboxParts): Promise<HeldUndo> {
  const now = await parts.read(change.path)
  if (sameBytes(now, change.before)) return 'untouched'
  if (now === undefined || change.before === undefined || change.after === undefined) return 'foreign'
  const [state, before, after] = [now, change.before, change.after].map((bytes) => parseState(bytes, change.path)) as [
    ServerState,
    ServerState,
    ServerState,
  ]
  return isBetween(state, before, after) ? 'restored' : 'foreign'
}

export async function undoVirtualbox({files}: DhcpPlan, parts: VirtualboxParts, options: ApplyOptions): Promise<Applied> {
  const undone = await undoAll(files, parts)
  return options.restart && undone.length > 0 ? {...NOTHING, restarted: await restart(undone, parts)} : NOTHING
}

/** Gives those that had to be undone. Throws DHCPD_CONF_CHANGED, and changes nothing, where somebody else went on. */
async function undoAll(files: readonly FileChange[], parts: VirtualboxParts): Promise<FileChange[]> {
  const states = new Map<FileChange, HeldUndo>()
  for (const change of files) states.set(change, await undoStateOf(change, parts))
  const foreign = files.filter((change) => states.get(change) === 'foreign').map(({path}) => path)
  if (foreign.length > 0) throw changedMeanwhile(foreign, 'it was left as it is')
  const touched = files.filter((change) => states.get(change) === 'restored')
  for (const {path, before} of touched) await become({path, after: before}, parts)
  return touched
}

/** Makes it what `after` says, from whatever it is, and looks whether it is: exit status 0 proves nothing. */
async function become({path, after}: Pick<FileChange, 'path' | 'after'>, {commands, read, tell}: VirtualboxParts): Promise<void> {
  const now = await read(path)
  if (now === undefined || after === undefined) {
    throw new PxectlError(`VirtualBox does not know ${path} any more`, {
      code: 'DHCP_NETWORK_MISSING',
      kind: 'notFound',
      details: {path},
      suggestions: ['see what is there: VBoxManage list dhcpservers; VBoxManage list vms'],
    })
  }
  for (const args of commands(path, parseState(now, path), parseState(after, path))) await tell(args)
  if (sameBytes(await read(path), after)) return
  throw new PxectlError(`VBoxManage took the change of ${path} in, but shows something else now`, {
    code: 'VBOXMANAGE_FAILED',
    kind: 'external',
    details: {path},
    suggestions: ['see what it shows: VBoxManage list dhcpservers'],
  })
}

/** Gives the error, or one that tells both where putting back failed too. */
async function putBack(files: readonly FileChange[], error: unknown, backups: readonly string[], parts: VirtualboxParts): Promise<unknown> {
  try {
    await undoAll(files, parts)
    // All is what it was: a rollback to a copy of that would do nothing.
    for (const backup of backups) await removeFile(backup)
    return error
  } catch (second) {
    return new PxectlError(`${messageOf(error)}; putting the old state back failed too: ${messageOf(second)}`, {
      code: 'DHCP_ROLLBACK_FAILED',
      kind: 'environment',
      details: {files: files.map(({path}) => path), backups},
      suggestions: ['mend what the second message names, then: pxectl dhcp rollback'],
      cause: error,
    })
  }
}

async function putBackAndRestart(
  files: readonly FileChange[],
  error: unknown,
  backups: readonly string[],
  parts: VirtualboxParts,
): Promise<unknown> {
  const first = await putBack(files, error, backups, parts)
  if (first !== error) return first
  const fail = (state: string): PxectlError =>
    new PxectlError(`${messageOf(error)}\n${state}`, {
      code: 'DHCPD_RESTART_FAILED',
      kind: error instanceof PxectlError ? error.kind : 'external',
      details: {files: files.map(({path}) => path)},
      suggestions: error instanceof PxectlError ? error.suggestions : [],
      cause: error,
    })
  try {
    const runs = await restart(files, parts)
    return fail(`The old state was put back${runs ? ', and the DHCP server is running with it' : ''}.`)
  } catch (second) {
    return fail(`The old state was put back, but the DHCP server does not run with it either: ${messageOf(second)}`)
  }
}
