// Finishes or undoes a change whose process died in the middle (power cut, kill -9). See lab/journal.ts for the rule.
import {PxectlError} from '../errors.js'
import {findJournal, removeLeftovers, undoFile, undoState} from '../lab/journal.js'
import type {Lab} from '../lab/open-lab.js'
import {fileExists, removeFile, type FileChange} from '../system/files.js'
import {withLock} from '../system/lock.js'

/** Looks for an interrupted change and puts the lab in order; gives notes for the user. Cheap where there is none. */
export async function recoverLab(lab: Lab): Promise<string[]> {
  if (!(await fileExists(lab.journalPath))) return []
  try {
    return await withLock(lab.lockPath, {waitMs: 0}, () => recoverUnderLock(lab))
  } catch (error) {
    // A journal whose writer is still at work is no accident.
    if (error instanceof PxectlError && error.code === 'LAB_BUSY') return []
    throw error
  }
}

/** The same for a caller that holds the lock of the lab. */
export async function recoverUnderLock(lab: Lab): Promise<string[]> {
  // A process that died while it wrote the journal had changed nothing else yet.
  await removeLeftovers(lab.journalPath)
  const journal = await findJournal(lab.journalPath)
  if (journal === undefined) return []
  const notes: string[] = []
  const held = journal.dhcpFiles.length === 0 ? undefined : (await lab.dhcp?.())?.held
  for (const {path} of [...journal.bootFiles, ...(held === undefined ? journal.dhcpFiles : [])]) await removeLeftovers(path)
  if (!(await lab.store.isCommitted(journal.transaction))) {
    const restored = (await undoBootFiles(journal.bootFiles, notes)) + (await undoDhcpFiles(lab, journal.dhcpFiles, notes))
    notes.push(`an interrupted change was undone; ${restored} files were put back`)
  }
  await removeFile(lab.journalPath)
  return notes
}

async function undoBootFiles(changes: readonly FileChange[], notes: string[]): Promise<number> {
  let restored = 0
  for (const change of changes) {
    const outcome = await undoFile(change)
    if (outcome === 'restored') restored += 1
    if (outcome === 'foreign') notes.push(foreignNote(change))
  }
  return restored
}

/** The back end knows how to write its files, that it must be restarted, and what its paths stand for where they are no files. */
async function undoDhcpFiles(lab: Lab, changes: readonly FileChange[], notes: string[]): Promise<number> {
  if (changes.length === 0) return 0
  const server = await lab.dhcp?.()
  const states = await Promise.all(changes.map(server?.held?.undoState ?? undoState))
  for (const [index, change] of changes.entries()) {
    if (states[index] === 'foreign') notes.push(foreignNote(change))
  }
  const files = changes.filter((_, index) => states[index] === 'restored')
  if (files.length === 0) return 0
  const undone = await server?.undo({files, warnings: [], needsRestart: true}, {restart: lab.restartsDhcp, tell: true})
  notes.push(...(undone?.warnings ?? []))
  return files.length
}

function foreignNote(change: FileChange): string {
  return `${change.path} was changed by somebody else since; it stays as it is`
}
