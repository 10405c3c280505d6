// The PXE filesystems and templates of a lab.
import type {Lab} from '../lab/open-lab.js'
import {readRoots} from '../netroot/catalog.js'
import {readTemplates, type Template} from '../netroot/templates.js'
import {fsPlaces, partialJson, partialRoots, rootHosts, rootJson, type RootJson} from './root-lab.js'

export type ListedRoots = {
  readonly roots: readonly RootJson[]
  readonly templates: readonly Template[]
  readonly warnings: readonly string[]
}

export async function listRoots(lab: Lab): Promise<ListedRoots> {
  const places = fsPlaces(lab)
  const found = await readRoots(places.directory)
  const roots = await Promise.all(found.map(async (root) => rootJson(root, await rootHosts(lab, root.name))))
  const partial = await Promise.all((await partialRoots(places)).map(async (name) => partialJson(name, await rootHosts(lab, name))))
  const warnings = found.flatMap((root) => (root.kind === 'broken' ? [root.problem.message] : []))
  return {roots: [...roots, ...partial], templates: await readTemplates(places.directory), warnings}
}
