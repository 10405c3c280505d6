// Makes a lab what its lab file says, or takes away what that made. One at a time for each lab. Every part is made whole or not at all,
// and what was made is written down at once: an interrupted run is taken up by the next.
import {dirname, join} from 'node:path'
import {fileExists, makeFolder, removeFile} from '../system/files.js'
import {removeEmptyFolders} from '../system/folders.js'
import {findLockHolder, withLock} from '../system/lock.js'
import {carryOut, type UpOptions, type UpResult} from './carry-out-parts.js'
import type {PartChange, PartContext} from './lab-part.js'
import {openLabFile, withLabFile, type LabFileRequest, type OpenedLabFile} from './open-lab-file.js'
import {labStages, planParts} from './plan-lab-file.js'

/** An `up` that boots many machines takes its time. */
const WAIT_MS = 3_600_000

/** Throws UP_INCOMPLETE, whose details say of every change whether it was done. */
export async function upLabFile(request: LabFileRequest, options: UpOptions): Promise<UpResult> {
  const opened = await openLabFile(request)
  return underLock(opened, options, async () => carryOut(opened, await withLabFile(opened, options.now, planParts), labStages, options))
}

/** Removes what the lab file made, and nothing else. */
export async function downLabFile(request: LabFileRequest, options: UpOptions): Promise<UpResult> {
  const opened = await openLabFile(request)
  return underLock(opened, options, async () => {
    const plan = await withLabFile(opened, options.now, async (context) => {
      const {changes, ...rest} = await planParts({...context, spec: emptied(context)})
      return {...rest, files: context.spec.files, changes: context.lab === undefined ? [] : [...changes, ...planLabRemoval(context)]}
    })
    return carryOut(opened, plan, [...labStages].reverse(), options)
  })
}

function emptied({spec}: PartContext): PartContext['spec'] {
  return {...spec, settings: [], menus: [], loaders: false, images: [], filesystems: [], hosts: [], vms: []}
}

function planLabRemoval({made}: PartContext): PartChange[] {
  return made.filter(({kind}) => kind === 'lab').map(({name}) => ({kind: 'lab', name, action: 'remove', values: []}))
}

async function underLock<T>({configPath}: OpenedLabFile, {onProgress}: UpOptions, work: () => Promise<T>): Promise<T> {
  const state = join(dirname(configPath), '.pxectl')
  await makeFolder(state)
  const lock = join(state, 'lab-file.lock')
  const onWait = (): void => {
    void findLockHolder(lock).then((pid) => {
      const who = pid === undefined ? '' : ` (process ${pid})`
      onProgress?.({part: undefined, state: 'runs', step: `waiting for another pxectl up or down of this lab${who}`})
    })
  }
  try {
    return await withLock(lock, {onWait, waitMs: WAIT_MS}, work)
  } finally {
    // A lock that others may wait for is never removed; without a lab there is nothing to wait for.
    if (!(await fileExists(configPath))) {
      await removeFile(lock)
      await removeEmptyFolders(state)
    }
  }
}
