// What `pxectl up` would do: every part of the lab file that the lab has not, has otherwise, or has too much. Changes nothing.
import {basename} from 'node:path'
import type {LabPart, PartChange, PartContext, PlannedPart} from './lab-part.js'
import {filesystemsPart} from './lab-part-filesystems.js'
import {hostsPart} from './lab-part-hosts.js'
import {imagesPart} from './lab-part-images.js'
import {loadersPart} from './lab-part-loaders.js'
import {menusPart} from './lab-part-menus.js'
import {settingsPart, wantedSettings} from './lab-part-settings.js'
import {vmsPart} from './lab-part-vms.js'
import {openLabFile, withLabFile, type LabFileRequest} from './open-lab-file.js'

/** In the order in which they are made; the parts of one stage do not need each other. */
export const labStages: readonly (readonly LabPart[])[] = [
  [settingsPart],
  [menusPart],
  [loadersPart],
  [imagesPart, filesystemsPart],
  [hostsPart],
  [vmsPart],
]

export type LabFilePlan = {
  readonly files: readonly string[]
  readonly configPath: string
  readonly changes: readonly PartChange[]
  /** How many parts are as the file says. */
  readonly unchanged: number
  readonly warnings: readonly string[]
}

export async function planLabFile(request: LabFileRequest, now: () => Date): Promise<LabFilePlan> {
  return withLabFile(await openLabFile(request), now, planParts)
}

export async function planParts(context: PartContext): Promise<LabFilePlan> {
  const planned: PlannedPart[] = [planLab(context)]
  // A lab that is to be made has all its settings from the start.
  for (const part of labStages.flat()) if (context.lab !== undefined || part !== settingsPart) planned.push(await part.plan(context))
  return {
    files: context.spec.files,
    configPath: context.configPath,
    changes: planned.flatMap(({changes}) => changes),
    unchanged: planned.reduce((sum, {unchanged}) => sum + unchanged, 0),
    warnings: planned.flatMap(({warnings}) => warnings),
  }
}

function planLab({lab, spec, configPath}: PartContext): PlannedPart {
  if (lab !== undefined) return {changes: [], unchanged: 1, warnings: []}
  const values = Object.entries(wantedSettings(spec, configPath)).map(([key, after]) => ({key, before: null, after}))
  return {changes: [{kind: 'lab', name: basename(configPath), action: 'create', values}], unchanged: 0, warnings: []}
}
