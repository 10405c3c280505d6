// Upgrades the packages of a PXE filesystem in a copy of it, which then takes its place.
import {join} from 'node:path'
import type {Lab} from '../lab/open-lab.js'
import {runSteps} from '../netroot/build.js'
import type {RootRecord} from '../netroot/manifest.js'
import {SQUASHFS_NAME} from '../netroot/manifest.js'
import {findMeans} from '../netroot/means.js'
import {netbootTree} from '../netroot/netboot-files.js'
import {PLACE_TITLE, stepTitles, updateSteps, type Step} from '../netroot/plan.js'
import {neededBytes, requireSpace} from '../netroot/space.js'
import {isMounted} from '../netroot/style.js'
import {exec} from '../system/exec.js'
import {execGroup} from '../system/exec-group.js'
import {isRoot} from '../system/privileges.js'
import {discardWork, finishRoot, prepareWork, type FinishedRoot, type RecordStart} from './finish-root.js'
import {fsPlaces, getFinishedRoot, recoverRoots, rootHosts, withRoot, workOf} from './root-lab.js'

export type UpdateRootOptions = {
  readonly dryRun: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (step: string) => void
  /** The steps that are to come, with which what onProgress tells begins. */
  readonly onSteps?: (titles: readonly string[]) => void
  readonly now: () => Date
}

export type UpdatedRoot = FinishedRoot & {
  readonly before: Pick<RootRecord, 'kernelVersion' | 'sizeBytes'>
  readonly steps: readonly Pick<Step, 'id' | 'title' | 'command'>[]
  readonly dryRun: boolean
}

/** Throws ROOT_NOT_FOUND, ROOT_BUSY, and what a build throws; the root is then as it was. */
export async function updateRoot(lab: Lab, text: string, options: UpdateRootOptions): Promise<UpdatedRoot> {
  const notes = options.dryRun ? [] : await recoverRoots(lab)
  const record = await getFinishedRoot(lab, text)
  const {name, style} = record
  const {directory} = fsPlaces(lab)
  const means = await findMeans(style, directory, 'change', {exec, isRoot: isRoot()})
  const {removed, emptied} = netbootTree()
  const steps = updateSteps(record, sourceOf(lab, record), workOf(lab, name), {means, changes: {removed, emptied}})
  const told = steps.map(({id, title, command}) => ({id, title, command}))
  const before = {kernelVersion: record.kernelVersion, sizeBytes: record.sizeBytes}
  await requireSpace(directory, neededBytes(style, {makesTemplate: false, copies: true}))
  const hosts = await rootHosts(lab, name)
  if (options.dryRun) return {root: {...record, hosts}, before, steps: told, dryRun: true, warnings: []}
  return withRoot(lab, name, async () => {
    options.onSteps?.(stepTitles(steps))
    await prepareWork(lab, {name, sshKeys: []}, false)
    try {
      const built = await runSteps(steps, {
        name,
        state: `${name} is as it was`,
        folder: directory,
        execGroup,
        ...(options.signal === undefined ? {} : {signal: options.signal}),
        ...(options.onProgress === undefined ? {} : {onProgress: options.onProgress}),
      })
      options.onProgress?.(PLACE_TITLE)
      const finished = await finishRoot(lab, {...startOf(record), updatedAt: options.now().toISOString()}, built)
      return {...finished, before, steps: told, dryRun: false, warnings: [...notes, ...finished.warnings, ...stillRunning(record, hosts)]}
    } catch (error) {
      await discardWork(lab, name, {keepPackages: false})
      throw error
    }
  })
}

/** What a copy is made of. */
export function sourceOf(lab: Lab, record: RootRecord): {readonly tree: string} | {readonly squashfs: string} {
  const {directory, tftpRoot} = fsPlaces(lab)
  if (record.tree !== undefined) return {tree: join(directory, record.tree)}
  return {squashfs: record.squashfs === undefined ? join(directory, record.name, SQUASHFS_NAME) : join(tftpRoot, record.squashfs)}
}

/** Of a root that is made anew, what stays. */
export function startOf(record: RootRecord): RecordStart {
  const {name, style, suite, arch, mirror, packages, user, createdAt, updatedAt, template} = record
  return {
    ...{name, style, suite, arch, mirror, packages, user, createdAt},
    ...(updatedAt === undefined ? {} : {updatedAt}),
    ...(template === undefined ? {} : {template}),
  }
}

function stillRunning({name, style}: RootRecord, hosts: readonly string[]): string[] {
  return isMounted(style) && hosts.length > 0
    ? [`${hosts.join(', ')} must boot anew: the tree of ${name} that they run from was replaced`]
    : []
}
