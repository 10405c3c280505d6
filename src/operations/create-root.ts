// Makes a PXE filesystem: packages into a template, the template into a root, the root under its name. Each part gets its name when it is
// complete; what is interrupted or fails before that is removed, but for downloaded packages, which `resume` goes on with.
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {runSteps, type BuildWork} from '../netroot/build.js'
import {findMeans} from '../netroot/means.js'
import {PLACE_TITLE, stepTitles} from '../netroot/plan.js'
import {neededBytes, requireSpace} from '../netroot/space.js'
import type {RootSpec} from '../netroot/spec.js'
import {isMounted} from '../netroot/style.js'
import {exec} from '../system/exec.js'
import {execGroup} from '../system/exec-group.js'
import {isWritable, nearestFolder} from '../system/files.js'
import {isRoot} from '../system/privileges.js'
import {discardWork, finishRoot, prepareWork, type FinishedRoot, type RecordStart} from './finish-root.js'
import {makeTemplate} from './make-template.js'
import {rootPassword, rootSpec, type NewRoot} from './new-root.js'
import {chooseTemplate, planRoot, type RootPlan} from './plan-root.js'
import {newRootPlaces, recoverRoots, refuseTaken, withRoot} from './root-lab.js'

export type CreateRootOptions = {
  readonly dryRun: boolean
  /** Goes on with the packages that an interrupted build has fetched. */
  readonly resume: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (step: string) => void
  /** The steps that are to come, with which what onProgress tells begins. */
  readonly onSteps?: (titles: readonly string[]) => void
  readonly now: () => Date
  /** A whole number below its argument, fit for secrets. */
  readonly random: (below: number) => number
}

export type CreatedRoot = Partial<Pick<FinishedRoot, 'root'>> & {
  /** The password that was made up; it is told this once and stored nowhere. */
  readonly password?: string
  readonly plan: RootPlan
  readonly dryRun: boolean
  readonly warnings: readonly string[]
}

export async function createRoot(lab: Lab, wanted: NewRoot, options: CreateRootOptions): Promise<CreatedRoot> {
  const places = newRootPlaces(lab)
  const spec = await rootSpec(lab, wanted)
  const notes = options.dryRun ? [] : await recoverRoots(lab)
  await refuseTaken(lab, spec.name)
  const existing = await nearestFolder(places.directory)
  const means = await findMeans(spec.style, existing, 'build', {exec, isRoot: isRoot()})
  const template = await chooseTemplate(lab, spec, wanted.template)
  const {plan, steps, templateStep} = planRoot(lab, spec, template, means)
  const copies = isMounted(spec.style) || !means.layers
  await requireSpace(existing, neededBytes(spec.style, {makesTemplate: templateStep !== undefined, copies}))
  const password = await rootPassword(wanted, options.random)
  if (options.dryRun) return {plan, dryRun: true, warnings: notes}
  for (const folder of [existing, await nearestFolder(places.tftpRoot)]) await requireWritable(folder)
  return withRoot(lab, spec.name, async () => {
    await refuseTaken(lab, spec.name)
    options.onSteps?.(stepTitles(plan.steps))
    const work = await prepareWork(lab, spec, options.resume)
    const buildWork: BuildWork = {
      name: spec.name,
      state: 'nothing was made',
      folder: work.partial,
      execGroup,
      ...(spec.sizeLimitBytes === undefined ? {} : {sizeLimitBytes: spec.sizeLimitBytes}),
      ...(password.hash === undefined ? {} : {passwordHash: password.hash}),
      ...(options.signal === undefined ? {} : {signal: options.signal}),
      ...(options.onProgress === undefined ? {} : {onProgress: options.onProgress}),
    }
    try {
      if (templateStep !== undefined) await makeTemplate(lab, spec, templateStep, {...options, buildWork})
      const built = await runSteps(steps, buildWork)
      options.onProgress?.(PLACE_TITLE)
      const finished = await finishRoot(lab, {...startOf(spec, plan), createdAt: options.now().toISOString()}, built)
      const {password: told} = password
      return {
        ...finished,
        ...(told === undefined ? {} : {password: told}),
        plan,
        dryRun: false,
        warnings: [...notes, ...finished.warnings],
      }
    } catch (error) {
      await discardWork(lab, spec.name, {keepPackages: true})
      throw error
    }
  })
}

function startOf(spec: RootSpec, {template}: RootPlan): Omit<RecordStart, 'createdAt'> {
  const {name, style, suite, arch, mirror, packages, user} = spec
  return {name, style, suite, arch, mirror, packages, user, ...(template === null ? {} : {template: template.name})}
}

async function requireWritable(folder: string): Promise<void> {
  if (await isWritable(folder)) return
  throw new PxectlError(`${folder} cannot be written; nothing was made`, {
    code: 'FILE_FORBIDDEN',
    kind: 'environment',
    details: {path: folder},
    suggestions: [`look at the owner and mode: ls -ld ${folder}`],
  })
}
