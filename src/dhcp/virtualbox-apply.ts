// Carries a change of VirtualBox's DHCP server out: all of it, or none. There is no file to swap: the program is told what differs,
// asked what it has now, and told the opposite where that is not what was meant.
import {messageOf, PxectlError} from '../errors.js'
import {removeFile, sameBytes} from '../system/files.js'
import {backupTime, writeBackup} from './backups.js'
import type {Applied, ApplyOptions, DhcpPlan, FileChange, HeldUndo} from './server.js'
import {changedMeanwhile} from './transaction.js'
import {commandsBetween, isBetween} from './virtualbox-commands.js'
import {parseState, type ServerState} from './virtualbox-state.js'

export type VirtualboxParts = {
  readonly networkOf: (path: string) => string
  /** The rendered state of the server now; undefined where the network has none. */
  readonly read: (path: string) => Promise<Buffer | undefined>
  /** Runs VBoxManage; throws where it fails. */
  readonly tell: (args: readonly string[]) => Promise<unknown>
  /** Restarts a server that runs; false: it does not run, and reads its configuration when it starts. Throws DHCPD_RESTART_FAILED. */
  readonly restart: (network: string) => Promise<boolean>
  readonly backupPath: (path: string) => string
  readonly stateFolder: string
  readonly now: () => Date
}

export async function applyVirtualbox(plan: DhcpPlan, parts: VirtualboxParts, options: ApplyOptions): Promise<Applied> {
  const [change] = plan.files
  if (change === undefined) return {restarted: false, backups: [], warnings: []}
  const progress = options.onProgress ?? (() => undefined)
  if (!sameBytes(await parts.read(change.path), change.before)) throw changedMeanwhile([change.path], 'it was not overwritten')
  const backup = await writeBackup(parts.backupPath(change.path), change.before, backupTime(parts.now()), {stateFolder: parts.stateFolder})
  progress("changing VirtualBox's DHCP server")
  try {
    await become(change, parts)
  } catch (error) {
    throw await putBack(change, error, backup, parts)
  }
  if (!options.restart || !plan.needsRestart) return {restarted: false, backups: [backup], warnings: []}
  progress("restarting VirtualBox's DHCP server")
  try {
    return {restarted: await parts.restart(parts.networkOf(change.path)), backups: [backup], warnings: []}
  } catch (error) {
    throw await putBackAndRestart(change, error, backup, parts)
  }
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

export async function undoVirtualbox(plan: DhcpPlan, parts: VirtualboxParts, options: ApplyOptions): Promise<Applied> {
  const none: Applied = {restarted: false, backups: [], warnings: []}
  const [change] = plan.files
  const outcome = change === undefined ? 'untouched' : await undoStateOf(change, parts)
  if (change === undefined || outcome === 'untouched') return none
  if (outcome === 'foreign') throw changedMeanwhile([change.path], 'it was left as it is')
  await become({path: change.path, after: change.before}, parts)
  if (!options.restart) return none
  return {...none, restarted: await parts.restart(parts.networkOf(change.path))}
}

/** Makes the server what `after` says, from whatever it is, and looks whether it is: exit status 0 proves nothing. */
async function become({path, after}: Pick<FileChange, 'path' | 'after'>, {networkOf, read, tell}: VirtualboxParts): Promise<void> {
  const network = networkOf(path)
  const now = await read(path)
  if (now === undefined || after === undefined) {
    throw new PxectlError(`the network ${network} of VirtualBox has no DHCP server any more`, {
      code: 'DHCP_NETWORK_MISSING',
      kind: 'notFound',
      details: {network},
      suggestions: ['see those that are there: VBoxManage list dhcpservers'],
    })
  }
  for (const args of commandsBetween(network, parseState(now, path), parseState(after, path))) await tell(args)
  if (sameBytes(await read(path), after)) return
  throw new PxectlError(`VBoxManage took the change of the network ${network} in, but shows something else now`, {
    code: 'VBOXMANAGE_FAILED',
    kind: 'external',
    details: {network},
    suggestions: ['see what it shows: VBoxManage list dhcpservers'],
  })
}

/** Gives the error, or one that tells both where putting back failed too. */
async function putBack(change: FileChange, error: unknown, backup: string, parts: VirtualboxParts): Promise<unknown> {
  try {
    const outcome = await undoStateOf(change, parts)
    if (outcome === 'foreign') throw changedMeanwhile([change.path], 'it was left as it is')
    if (outcome === 'restored') await become({path: change.path, after: change.before}, parts)
    // The server is what it was: a rollback to a copy of that would do nothing.
    await removeFile(backup)
    return error
  } catch (second) {
    return new PxectlError(`${messageOf(error)}; putting the old state back failed too: ${messageOf(second)}`, {
      code: 'DHCP_ROLLBACK_FAILED',
      kind: 'environment',
      details: {file: change.path, backup},
      suggestions: ['mend what the second message names, then: pxectl dhcp rollback'],
      cause: error,
    })
  }
}

async function putBackAndRestart(change: FileChange, error: unknown, backup: string, parts: VirtualboxParts): Promise<unknown> {
  const first = await putBack(change, error, backup, parts)
  if (first !== error) return first
  const fail = (state: string): PxectlError =>
    new PxectlError(`${messageOf(error)}\n${state}`, {
      code: 'DHCPD_RESTART_FAILED',
      kind: error instanceof PxectlError ? error.kind : 'external',
      details: {file: change.path},
      suggestions: error instanceof PxectlError ? error.suggestions : [],
      cause: error,
    })
  try {
    const runs = await parts.restart(parts.networkOf(change.path))
    return fail(`The old state was put back${runs ? ', and the DHCP server is running with it' : ''}.`)
  } catch (second) {
    return fail(`The old state was put back, but the DHCP server does not run with it either: ${messageOf(second)}`)
  }
}
