// One transaction over the host database, the DHCP configuration and the boot files: all three change, or none does.
//
// Order: journal, boot files, DHCP (tested, swapped, restarted, checked), then the database commit, which decides.
// Whatever fails before the commit is undone from the plan; a process that dies is undone by recover-lab.ts.
import {randomUUID} from 'node:crypto'
import {dirname, join} from 'node:path'
import type {DhcpChange, DhcpPlan} from '../dhcp/server.js'
import {messageOf, PxectlError} from '../errors.js'
import type {HostChange} from '../hosts/host.js'
import {undoFile, writeJournal} from '../lab/journal.js'
import type {Lab} from '../lab/open-lab.js'
import {findBytes, makeFolder, removeFile, sameBytes, writeAtomic, type FileChange} from '../system/files.js'
import {withLock} from '../system/lock.js'
import {atOnce} from './at-once.js'
import {recoverUnderLock} from './recover-lab.js'
import {shareAfterChange} from './share-roots.js'

/** What an operation wants changed; decided while the lab is locked. */
export type LabChange = {
  readonly hosts: readonly HostChange[]
  readonly dhcp: DhcpChange | undefined
  /** Path below the TFTP root → new text, or undefined to remove the file. */
  readonly bootFiles: ReadonlyMap<string, string | undefined>
}

/** The same as data: every byte that would change. */
export type LabPlan = {
  readonly hosts: readonly HostChange[]
  readonly bootFiles: readonly FileChange[]
  readonly dhcp: DhcpPlan | undefined
}

export type ChangeOptions = {
  readonly dryRun?: boolean
  /** false: the DHCP server is left running with its old configuration. */
  readonly restart?: boolean
  readonly onProgress?: (step: string) => void
}

export type Changed<T> = {readonly answer: T; readonly plan: LabPlan; readonly warnings: readonly string[]}

/** Runs `work` while nobody else changes the hosts, on this machine or on others that share the database. */
export async function withLabLocked<T>(lab: Lab, onWait: () => void, work: () => Promise<T>): Promise<T> {
  await makeFolder(dirname(lab.lockPath))
  return withLock(lab.lockPath, {onWait}, () => lab.store.exclusively(onWait, work))
}

/** Locks the lab, lets `decide` look at it and say what is to change, and carries that out as one transaction. */
export async function changeLab<T>(
  lab: Lab,
  options: ChangeOptions,
  decide: () => Promise<{change: LabChange; answer: T}>,
): Promise<Changed<T>> {
  const progress = options.onProgress ?? (() => undefined)
  const onWait = (): void => progress('waiting for another pxectl that is changing this lab')
  return withLabLocked(lab, onWait, async () => {
    const notes = await recoverUnderLock(lab)
    const decided = await decide()
    const plan = await planChange(lab, decided.change)
    const warnings = [...notes, ...(plan.dhcp?.warnings ?? [])]
    if (options.dryRun === true) warnings.push(...(await previewOf(lab, plan, options)))
    else warnings.push(...(await applyPlan(lab, plan, options, progress)), ...(await shareAfterChange(lab)))
    return {answer: decided.answer, plan, warnings}
  })
}

async function planChange(lab: Lab, change: LabChange): Promise<LabPlan> {
  const bootFiles: FileChange[] = []
  for (const [name, text] of change.bootFiles) {
    const path = join(lab.settings.lab.tftpRoot, name)
    const before = await findBytes(path)
    const after = text === undefined ? undefined : Buffer.from(text)
    if (!sameBytes(before, after)) bootFiles.push({path, before, after})
  }
  const dhcp = change.dhcp === undefined ? undefined : await (await lab.dhcp?.())?.plan(change.dhcp)
  return {hosts: change.hosts, bootFiles, dhcp}
}

async function applyPlan(lab: Lab, plan: LabPlan, options: ChangeOptions, progress: (step: string) => void): Promise<readonly string[]> {
  const dhcpFiles = plan.dhcp?.files ?? []
  const transaction = randomUUID()
  const warnings: string[] = []
  if (plan.bootFiles.length + dhcpFiles.length > 0) {
    await writeJournal(lab.journalPath, {transaction, bootFiles: plan.bootFiles, dhcpFiles})
  }
  try {
    if (plan.bootFiles.length > 0) progress('writing boot files')
    await atOnce(FILES_AT_ONCE, plan.bootFiles, applyBootFile)
    if (plan.dhcp !== undefined && dhcpFiles.length > 0) {
      const applied = await (await lab.dhcp?.())?.apply(plan.dhcp, {...tellings(lab, options), onProgress: progress})
      warnings.push(...(applied?.warnings ?? []))
    }
  } catch (error) {
    // A failed DHCP change has put its own files back already.
    throw await undoPlan(lab, {...plan, dhcp: undefined}, options, error)
  }
  try {
    if (plan.hosts.length > 0) progress('writing the host database')
    if (plan.hosts.length > 0) await lab.store.write(plan.hosts, transaction)
  } catch (error) {
    // The journal stays: the next command finishes or undoes the change, as after a crash.
    if (error instanceof PxectlError && error.code === 'COMMIT_UNKNOWN') throw error
    throw await undoPlan(lab, plan, options, error)
  }
  await removeFile(lab.journalPath)
  return warnings
}

/** Most of writing a file is waiting until the disk has it. */
const FILES_AT_ONCE = 16

async function applyBootFile(file: FileChange): Promise<void> {
  if (file.after === undefined) return removeFile(file.path)
  await makeFolder(dirname(file.path))
  await writeAtomic(file.path, file.after, {mode: 0o644})
}

/** Puts everything back; gives the first error, or, where that failed too, one that tells both. */
async function undoPlan(lab: Lab, plan: LabPlan, options: ChangeOptions, error: unknown): Promise<unknown> {
  try {
    for (const file of plan.bootFiles) await undoFile(file)
    if (plan.dhcp !== undefined) await (await lab.dhcp?.())?.undo(plan.dhcp, tellings(lab, options))
    await removeFile(lab.journalPath)
    return error
  } catch (undoError) {
    return new PxectlError(`${messageOf(error)}; and putting things back failed: ${messageOf(undoError)}`, {
      code: 'UNDO_FAILED',
      kind: 'environment',
      details: {journal: lab.journalPath},
      suggestions: ['mend what the second message names; the next pxectl command finishes putting things back'],
      cause: error,
    })
  }
}

/** A server that is never restarted may still be told. */
function tellings(lab: Lab, options: ChangeOptions): {restart: boolean; tell: boolean} {
  const tell = options.restart !== false
  return {restart: tell && lab.restartsDhcp, tell}
}

/** How the DHCP server would get to know of the change, where there is more than one way. */
async function previewOf(lab: Lab, {dhcp}: LabPlan, options: ChangeOptions): Promise<string[]> {
  if (dhcp === undefined || dhcp.files.length === 0 || options.restart === false) return []
  const preview = await (await lab.dhcp?.())?.preview?.(dhcp)
  return preview === undefined ? [] : [preview]
}
