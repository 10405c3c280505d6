// The undo journal of a change that spans the host database, the DHCP configuration and the boot files.
//
// The journal is written before the first file is touched and carries the id of the transaction. The database stores
// that id in the very commit that adds or removes hosts. So after a crash the journal tells what to do:
//   id in the database  → the change happened; the journal is just removed
//   id not there        → the change did not happen; every file it lists is put back
import {basename, dirname, join} from 'node:path'
import type {HeldUndo} from '../dhcp/server.js'
import {PxectlError} from '../errors.js'
import {findBytes, listFolder, makeFolder, removeFile, sameBytes, writeAtomic, type FileChange} from '../system/files.js'

export type Journal = {
  readonly transaction: string
  readonly bootFiles: readonly FileChange[]
  readonly dhcpFiles: readonly FileChange[]
}

type StoredChange = {readonly path: string; readonly before: string | null; readonly after: string | null}
type StoredJournal = {
  readonly transaction: string
  readonly bootFiles: readonly StoredChange[]
  readonly dhcpFiles: readonly StoredChange[]
}

export async function writeJournal(path: string, journal: Journal): Promise<void> {
  const stored: StoredJournal = {
    transaction: journal.transaction,
    bootFiles: journal.bootFiles.map(storeChange),
    dhcpFiles: journal.dhcpFiles.map(storeChange),
  }
  await makeFolder(dirname(path))
  // The old bytes of a DHCP configuration may hold keys: nobody else may read them.
  await writeAtomic(path, JSON.stringify(stored), {mode: 0o600})
}

export async function findJournal(path: string): Promise<Journal | undefined> {
  const bytes = await findBytes(path)
  if (bytes === undefined) return undefined
  try {
    const stored = JSON.parse(bytes.toString('utf8')) as StoredJournal
    return {transaction: stored.transaction, bootFiles: stored.bootFiles.map(loadChange), dhcpFiles: stored.dhcpFiles.map(loadChange)}
  } catch (error) {
    throw new PxectlError(`the journal of an interrupted change is damaged: ${path}`, {
      code: 'JOURNAL_DAMAGED',
      kind: 'invalidData',
      details: {path},
      suggestions: [
        `move it away: mv ${path} ${path}.damaged`,
        'then compare the host database with the DHCP configuration: pxectl dhcp diff',
      ],
      cause: error,
    })
  }
}

export type Undone = HeldUndo

/** Puts one file back. A file that is neither what it was nor what we made of it was changed by somebody else, and stays. */
export async function undoFile(change: FileChange): Promise<Undone> {
  const state = await undoState(change)
  if (state !== 'restored') return state
  if (change.before === undefined) await removeFile(change.path)
  else await writeAtomic(change.path, change.before)
  return state
}

/** What undoing this file would come to. */
export async function undoState(change: FileChange): Promise<Undone> {
  const now = await findBytes(change.path)
  if (sameBytes(now, change.before)) return 'untouched'
  return sameBytes(now, change.after) ? 'restored' : 'foreign'
}

/** Removes temporary neighbours of the file that a killed process left. Only while the lab is locked. */
export async function removeLeftovers(path: string): Promise<void> {
  const prefix = `.${basename(path)}.pxectl-`
  for (const name of await listFolder(dirname(path))) {
    if (name.startsWith(prefix)) await removeFile(join(dirname(path), name))
  }
}

function storeChange({path, before, after}: FileChange): StoredChange {
  return {path, before: before?.toString('base64') ?? null, after: after?.toString('base64') ?? null}
}

function loadChange({path, before, after}: StoredChange): FileChange {
  const bytes = (text: string | null): Buffer | undefined => (text === null ? undefined : Buffer.from(text, 'base64'))
  return {path, before: bytes(before), after: bytes(after)}
}
