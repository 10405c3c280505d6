// The packages of a suite as a tree that roots are copies of.
import {join} from 'node:path'
import type {Lab} from '../lab/open-lab.js'
import {runSteps, type BuildWork} from '../netroot/build.js'
import {templatesFolder} from '../netroot/places.js'
import {packagesOf, type Step} from '../netroot/plan.js'
import {templateName, type RootSpec} from '../netroot/spec.js'
import {findTemplate, TEMPLATE_RECORD, type Template} from '../netroot/templates.js'
import {exec} from '../system/exec.js'
import {makeFolder, writeAtomic} from '../system/files.js'
import {moveTo} from '../system/folders.js'
import {withLock} from '../system/lock.js'
import {templatePlaces} from './plan-root.js'
import {fsPlaces, removeFolder} from './root-lab.js'

type TemplateOptions = {
  readonly buildWork: BuildWork
  readonly now: () => Date
  readonly onProgress?: (step: string) => void
}

/** Two builds that need the same template make it once. */
export async function makeTemplate(lab: Lab, spec: RootSpec, step: Step, {buildWork, now, onProgress}: TemplateOptions): Promise<void> {
  const {directory} = fsPlaces(lab)
  const name = templateName(spec)
  const folder = join(templatesFolder(directory), name)
  const {partial, tree} = templatePlaces(lab, spec, name)
  const onWait = (): void => onProgress?.('waiting for another pxectl that makes the same template')
  await makeFolder(templatesFolder(directory), 0o755)
  // Beside the template: labs may share the folder.
  await withLock(`${folder}.lock`, {waitMs: 3_600_000, onWait}, async () => {
    if ((await findTemplate(directory, name)) !== undefined) return
    await removeFolder(partial)
    await removeFolder(folder)
    await makeFolder(partial)
    try {
      await runSteps([step], {...buildWork, folder: partial})
      const size = await exec({file: 'du', args: ['-s', '--block-size=1', tree], timeoutMs: 600_000})
      const template: Template = {
        format: 1,
        name,
        suite: spec.suite,
        arch: spec.arch,
        mirror: spec.mirror,
        packages: packagesOf(spec),
        sizeBytes: Number.parseInt(size.stdout, 10) || 0,
        createdAt: now().toISOString(),
      }
      await writeAtomic(join(partial, TEMPLATE_RECORD), `${JSON.stringify(template, undefined, 2)}\n`)
      await moveTo(partial, folder)
    } catch (error) {
      await removeFolder(partial)
      throw error
    }
  })
}
