// A shell inside a PXE filesystem. A tree is entered itself, and clients see what changes; a squashfs is unpacked, and replaced when the
// shell ends well. Mounts and processes are gone when it ends, however it ends.
import type {Lab} from '../lab/open-lab.js'
import {runSteps, type BuildWork} from '../netroot/build.js'
import type {RootRecord} from '../netroot/manifest.js'
import {findMeans} from '../netroot/means.js'
import {netbootTree} from '../netroot/netboot-files.js'
import {reworkSteps, shellCommand} from '../netroot/plan.js'
import {neededBytes, requireSpace} from '../netroot/space.js'
import {attach} from '../system/attach.js'
import {exec} from '../system/exec.js'
import {execGroup} from '../system/exec-group.js'
import {isRoot} from '../system/privileges.js'
import {discardWork, finishRoot, prepareWork} from './finish-root.js'
import {fsPlaces, getFinishedRoot, recoverRoots, withRoot, workOf} from './root-lab.js'
import {sourceOf, startOf} from './update-root.js'

export type ShellRootOptions = {
  /** Empty: a login shell. */
  readonly command: readonly string[]
  readonly onProgress?: (step: string) => void
}

export type ShellAnswer = {
  readonly root: Pick<RootRecord, 'name' | 'style'>
  readonly exitCode: number
  /** Was the root changed, or may it have been? */
  readonly kept: boolean
  readonly warnings: readonly string[]
}

/** Throws ROOT_NOT_FOUND, ROOT_BUSY. */
export async function shellRoot(lab: Lab, text: string, {command, onProgress}: ShellRootOptions): Promise<ShellAnswer> {
  const notes = await recoverRoots(lab)
  const record = await getFinishedRoot(lab, text)
  const {name, style} = record
  const {directory} = fsPlaces(lab)
  const means = await findMeans(style, directory, 'change', {exec, isRoot: isRoot()})
  const source = sourceOf(lab, record)
  return withRoot(lab, name, async () => {
    if ('tree' in source) {
      const {exitCode} = await attach(shellCommand(source.tree, command, means.room))
      return {root: {name, style}, exitCode, kept: true, warnings: notes}
    }
    await requireSpace(directory, neededBytes(style, {makesTemplate: false, copies: true}))
    const {removed, emptied} = netbootTree()
    const {before, after} = reworkSteps(record, source.squashfs, workOf(lab, name), {means, changes: {removed, emptied}})
    const work: BuildWork = {
      name,
      state: `${name} is as it was`,
      folder: directory,
      execGroup,
      ...(onProgress === undefined ? {} : {onProgress}),
    }
    const {tree} = await prepareWork(lab, {name, sshKeys: []}, false)
    try {
      await runSteps(before, work)
      const {exitCode} = await attach(shellCommand(tree, command, means.room))
      if (exitCode !== 0) {
        await discardWork(lab, name, {keepPackages: false})
        const note = `the shell ended with status ${exitCode}, so ${name} is as it was`
        return {root: {name, style}, exitCode, kept: false, warnings: [...notes, note]}
      }
      const finished = await finishRoot(lab, startOf(record), await runSteps(after, work))
      return {root: {name, style}, exitCode, kept: true, warnings: [...notes, ...finished.warnings]}
    } catch (error) {
      await discardWork(lab, name, {keepPackages: false})
      throw error
    }
  })
}
