// Makes a PXE filesystem: packages into a template, the template into a root, the root under its name. Each part gets its name when it is
// complete; what is interrupted or fails before that is removed, but for downloaded packages, which `resume` goes on with.
import {join} from 'node:path'
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {runSteps, type BuildWork} from '../netroot/build.js'
import {findMeans} from '../netroot/means.js'
import {netbootTree} from '../netroot/netboot-files.js'
import {packagesOf, packagesStep, rootSteps, type Means, type Step} from '../netroot/plan.js'
import {templatesFolder, workPlaces} from '../netroot/places.js'
import {neededBytes, requireSpace} from '../netroot/space.js'
import {templateName, type RootSpec} from '../netroot/spec.js'
import {isMounted} from '../netroot/style.js'
import {findTemplate, readTemplates, TEMPLATE_RECORD, templateNotFound, type Template} from '../netroot/templates.js'
import {exec} from '../system/exec.js'
import {execGroup} from '../system/exec-group.js'
import {isWritable, makeFolder, nearestFolder, writeAtomic} from '../system/files.js'
import {moveTo} from '../system/folders.js'
import {withLock} from '../system/lock.js'
import {isRoot} from '../system/privileges.js'
import {discardWork, finishRoot, prepareWork, type FinishedRoot, type RecordStart} from './finish-root.js'
import {rootPassword, rootSpec, type NewRoot} from './new-root.js'
import {fsPlaces, recoverRoots, refuseTaken, removeFolder, withRoot, workOf} from './root-lab.js'

export type CreateRootOptions = {
  readonly dryRun: boolean
  /** Goes on with the packages that an interrupted build has fetched. */
  readonly resume: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (step: string) => void
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

export type RootPlan = {
  readonly name: string
  readonly room: Means['room']
  /** The template, and whether it is made for this root. */
  readonly template: {readonly name: string; readonly isNew: boolean} | null
  readonly steps: readonly Pick<Step, 'id' | 'title' | 'command'>[]
}

export async function createRoot(lab: Lab, wanted: NewRoot, options: CreateRootOptions): Promise<CreatedRoot> {
  const places = fsPlaces(lab)
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

type ChosenTemplate =
  | {readonly kind: 'none'}
  | {readonly kind: 'new'; readonly name: string}
  | {readonly kind: 'old'; readonly template: Template; readonly lacks: readonly string[]}

async function chooseTemplate(lab: Lab, spec: RootSpec, wanted: string | undefined): Promise<ChosenTemplate> {
  if (wanted === 'none') return {kind: 'none'}
  const {directory} = fsPlaces(lab)
  const name = wanted ?? templateName(spec)
  const template = await findTemplate(directory, name)
  if (template === undefined && wanted !== undefined) throw templateNotFound(wanted, await readTemplates(directory))
  if (template === undefined) return {kind: 'new', name}
  if (template.arch !== spec.arch || template.suite !== spec.suite) {
    throw new PxectlError(`the template ${name} is ${template.suite} for ${template.arch}, not ${spec.suite} for ${spec.arch}`, {
      code: 'TEMPLATE_UNFIT',
      kind: 'usage',
      details: {template: name, suite: template.suite, arch: template.arch},
      suggestions: [`--suite ${template.suite} --arch ${template.arch}`, 'leave --template out'],
    })
  }
  return {kind: 'old', template, lacks: packagesOf(spec).filter((one) => !template.packages.includes(one))}
}

function planRoot(lab: Lab, spec: RootSpec, chosen: ChosenTemplate, means: Means): {plan: RootPlan; steps: Step[]; templateStep?: Step} {
  const {directory} = fsPlaces(lab)
  const work = workOf(lab, spec.name)
  const {removed, emptied} = netbootTree()
  const how = {means, changes: {removed, emptied}}
  const name = chosen.kind === 'none' ? undefined : chosen.kind === 'new' ? chosen.name : chosen.template.name
  const from =
    name === undefined ? undefined : {folder: join(templatesFolder(directory), name), lacks: chosen.kind === 'old' ? chosen.lacks : []}
  const templateStep = chosen.kind === 'new' ? packagesStep(spec, templatePlaces(lab, spec, chosen.name), means) : undefined
  const first = chosen.kind === 'none' ? [packagesStep(spec, work, means)] : []
  const steps = [...first, ...rootSteps(spec, from, work, how)]
  const all = [...(templateStep === undefined ? [] : [templateStep]), ...steps]
  const plan: RootPlan = {
    name: spec.name,
    room: means.room,
    template: name === undefined ? null : {name, isNew: chosen.kind === 'new'},
    steps: all.map(({id, title, command}) => ({id, title, command})),
  }
  return {plan, steps, ...(templateStep === undefined ? {} : {templateStep})}
}

/** A template in the making; the packages that are fetched for it are kept where the root is made, for `resume`. */
function templatePlaces(lab: Lab, spec: RootSpec, name: string): ReturnType<typeof workPlaces> {
  const own = workPlaces(join(templatesFolder(fsPlaces(lab).directory), name))
  return {...own, archives: workOf(lab, spec.name).archives}
}

type TemplateOptions = CreateRootOptions & {readonly buildWork: BuildWork}

/** Two builds that need the same template make it once. */
async function makeTemplate(lab: Lab, spec: RootSpec, step: Step, {buildWork, now, onProgress}: TemplateOptions): Promise<void> {
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

async function requireWritable(folder: string): Promise<void> {
  if (await isWritable(folder)) return
  throw new PxectlError(`${folder} cannot be written; nothing was made`, {
    code: 'FILE_FORBIDDEN',
    kind: 'environment',
    details: {path: folder},
    suggestions: [`look at the owner and mode: ls -ld ${folder}`],
  })
}
