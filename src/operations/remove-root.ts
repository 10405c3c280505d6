// Removes a PXE filesystem, what is left of an interrupted build, or a template.
import {join} from 'node:path'
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {findRoot} from '../netroot/catalog.js'
import {OWN_MARKER, templatesFolder} from '../netroot/places.js'
import {parseRootName} from '../netroot/root-name.js'
import {findTemplate, readTemplates, templateNotFound, type Template} from '../netroot/templates.js'
import {fileExists} from '../system/files.js'
import {
  fsPlaces,
  getRoot,
  partialJson,
  recoverRoots,
  removeFolder,
  rootHosts,
  rootJson,
  withRoot,
  workOf,
  type RootJson,
} from './root-lab.js'

export type RemoveRootOptions = {
  /** Also where hosts boot it. */
  readonly force: boolean
  readonly dryRun: boolean
  readonly onProgress?: (step: string) => void
}

export type RemovedRoot = {readonly root: RootJson; readonly dryRun: boolean; readonly warnings: readonly string[]}

/** Throws ROOT_NOT_FOUND, ROOT_IN_USE, ROOT_BUSY. */
export async function removeRoot(lab: Lab, text: string, {force, dryRun, onProgress}: RemoveRootOptions): Promise<RemovedRoot> {
  const name = parseRootName(text)
  const notes = dryRun ? [] : await recoverRoots(lab)
  const hosts = await rootHosts(lab, name)
  if (hosts.length > 0 && !force) throw inUse(name, hosts)
  const work = workOf(lab, name)
  const isPartial = (await findRoot(fsPlaces(lab).directory, name)) === undefined && (await fileExists(join(work.partial, OWN_MARKER)))
  const root = isPartial ? partialJson(name, hosts) : rootJson(await getRoot(lab, name), hosts)
  const warnings = [
    ...notes,
    ...(hosts.length === 0 ? [] : [`${hosts.join(', ')} cannot boot without it: pxectl host set HOST --root OTHER`]),
  ]
  if (dryRun) return {root, dryRun, warnings}
  await withRoot(lab, name, async () => {
    const {directory, tftpRoot} = fsPlaces(lab)
    onProgress?.('removing the files')
    // The record goes last: a root that is half removed can be removed again.
    if (!isPartial) await removeFolder(join(tftpRoot, name))
    if (await fileExists(join(work.partial, OWN_MARKER))) await removeFolder(work.partial)
    if (!isPartial) await removeFolder(join(directory, name))
  })
  return {root, dryRun, warnings}
}

export type RemovedTemplate = {readonly template: Template; readonly dryRun: boolean; readonly warnings: readonly string[]}

/** Roots that were made from it do not need it any more. Throws TEMPLATE_NOT_FOUND. */
export async function removeTemplate(lab: Lab, name: string, dryRun: boolean): Promise<RemovedTemplate> {
  const {directory} = fsPlaces(lab)
  const template = await findTemplate(directory, name)
  if (template === undefined) throw templateNotFound(name, await readTemplates(directory))
  if (!dryRun) await removeFolder(join(templatesFolder(directory), name))
  return {template, dryRun, warnings: []}
}

function inUse(name: string, hosts: readonly string[]): PxectlError {
  return new PxectlError(`${name} is in use: ${hosts.join(', ')} boot${hosts.length === 1 ? 's' : ''} it; nothing was removed`, {
    code: 'ROOT_IN_USE',
    kind: 'conflict',
    details: {root: name, hosts},
    suggestions: [
      ...hosts.slice(0, 3).map((host) => `pxectl host set ${host} --root OTHER`),
      `remove it nonetheless: pxectl fs remove ${name} --force`,
    ],
  })
}
