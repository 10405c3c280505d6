// A PXE filesystem from an archive that `fs export` wrote, perhaps under another name.
import {join, resolve} from 'node:path'
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {runSteps} from '../netroot/build.js'
import {INITRD_NAME, KERNEL_NAME, parseRecord, SQUASHFS_NAME, TREE_NAME, type RootRecord} from '../netroot/manifest.js'
import {findRoom, requireRights} from '../netroot/means.js'
import {importStep, RECORD_IN_ARCHIVE} from '../netroot/plan.js'
import {parseRootName} from '../netroot/root-name.js'
import {requireSpace} from '../netroot/space.js'
import {isMounted} from '../netroot/style.js'
import {exec} from '../system/exec.js'
import {execGroup} from '../system/exec-group.js'
import {fileExists, makeFolder, nearestFolder} from '../system/files.js'
import {moveTo} from '../system/folders.js'
import {isRoot} from '../system/privileges.js'
import {discardWork, finishRoot, prepareWork, sha256Of, type FinishedRoot} from './finish-root.js'
import {newRootPlaces, recoverRoots, refuseTaken, withRoot} from './root-lab.js'
import {startOf} from './update-root.js'

export type ImportRootOptions = {
  /** Without it the name that it had. */
  readonly name?: string
  readonly dryRun: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (step: string) => void
}

export type ImportedRoot = Partial<Pick<FinishedRoot, 'root'>> & {
  readonly name: string
  readonly dryRun: boolean
  readonly warnings: readonly string[]
}

/** Throws ARCHIVE_INVALID for what no export wrote, or what was changed since. */
export async function importRoot(lab: Lab, from: string, options: ImportRootOptions): Promise<ImportedRoot> {
  const file = resolve(from)
  const record = await recordIn(file)
  const name = parseRootName(options.name ?? record.name)
  const {directory} = newRootPlaces(lab)
  requireRights(record.style, isRoot())
  await refuseTaken(lab, name)
  await requireSpace(await nearestFolder(directory), record.sizeBytes)
  if (options.dryRun) return {name, dryRun: true, warnings: []}
  const notes = await recoverRoots(lab)
  const room = await findRoom({exec, isRoot: isRoot()})
  return withRoot(lab, name, async () => {
    const work = await prepareWork(lab, {name, sshKeys: []}, false)
    const unpacked = join(work.partial, 'import')
    await makeFolder(unpacked)
    try {
      await runSteps([importStep(file, unpacked, room)], {
        name,
        state: 'nothing was imported',
        folder: directory,
        execGroup,
        ...(options.signal === undefined ? {} : {signal: options.signal}),
        ...(options.onProgress === undefined ? {} : {onProgress: options.onProgress}),
      })
      const at = (path: string): string => join(unpacked, path)
      const packed = record.style === 'squashfs' ? at(`boot/${SQUASHFS_NAME}`) : at(`root/${SQUASHFS_NAME}`)
      const needed = [at(`boot/${KERNEL_NAME}`), at(`boot/${INITRD_NAME}`), isMounted(record.style) ? at(`root/${TREE_NAME}`) : packed]
      for (const path of needed) if (!(await fileExists(path))) throw invalid(file, `it has no ${path.slice(unpacked.length + 1)}`)
      if (record.sha256 !== undefined && (await sha256Of(packed)) !== record.sha256)
        throw invalid(file, 'its squashfs is not the one that was exported')
      for (const boot of [KERNEL_NAME, INITRD_NAME, ...(record.style === 'squashfs' ? [SQUASHFS_NAME] : [])])
        await moveTo(at(`boot/${boot}`), join(work.out, boot))
      if (isMounted(record.style)) await moveTo(at(`root/${TREE_NAME}`), work.tree)
      else if (record.style === 'ramdisk') await moveTo(packed, join(work.partial, SQUASHFS_NAME))
      const finished = await finishRoot(lab, {...startOf(record), name}, {kernelVersion: record.kernelVersion, treeBytes: record.sizeBytes})
      return {...finished, name, dryRun: false, warnings: [...notes, ...finished.warnings]}
    } catch (error) {
      await discardWork(lab, name, {keepPackages: false})
      throw error
    }
  })
}

/** The record stands at the beginning, so that nobody waits for the end of the archive to hear that it is none. */
async function recordIn(file: string): Promise<RootRecord> {
  if (!(await fileExists(file))) {
    throw new PxectlError(`there is no file ${file}`, {code: 'FILE_MISSING', kind: 'notFound', details: {path: file}})
  }
  const asked = await exec({file: 'tar', args: ['-xOf', file, '--occurrence=1', RECORD_IN_ARCHIVE], timeoutMs: 600_000})
  if (asked.exitCode !== 0) throw invalid(file, asked.stderr.trim().split('\n')[0] ?? 'tar cannot read it')
  return parseRecord(asked.stdout, `${file}: ${RECORD_IN_ARCHIVE}`)
}

function invalid(file: string, problem: string): PxectlError {
  return new PxectlError(`${file} is no exported PXE filesystem: ${problem}; nothing was imported`, {
    code: 'ARCHIVE_INVALID',
    kind: 'invalidData',
    details: {path: file},
    suggestions: [`look at it: tar -tf ${file}`, 'export it again: pxectl fs export NAME FILE'],
  })
}
