// Which template a root begins with, and the steps from there.
import {join} from 'node:path'
import {PxectlError} from '../errors.js'
import type {Lab} from '../lab/open-lab.js'
import {netbootTree} from '../netroot/netboot-files.js'
import {templatesFolder, workPlaces} from '../netroot/places.js'
import {packagesOf, packagesStep, rootSteps, type Means, type Step} from '../netroot/plan.js'
import {templateName, type RootSpec} from '../netroot/spec.js'
import {findTemplate, readTemplates, templateNotFound, type Template} from '../netroot/templates.js'
import {fsPlaces, workOf} from './root-lab.js'

export type RootPlan = {
  readonly name: string
  readonly room: Means['room']
  /** The template, and whether it is made for this root. */
  readonly template: {readonly name: string; readonly isNew: boolean} | null
  readonly steps: readonly Pick<Step, 'id' | 'title' | 'command'>[]
}

export type ChosenTemplate =
  | {readonly kind: 'none'}
  | {readonly kind: 'new'; readonly name: string}
  | {readonly kind: 'old'; readonly template: Template; readonly lacks: readonly string[]}

/** Throws TEMPLATE_NOT_FOUND, TEMPLATE_UNFIT. */
export async function chooseTemplate(lab: Lab, spec: RootSpec, wanted: string | undefined): Promise<ChosenTemplate> {
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

/** What is to be done; `templateStep` makes the template first, where there is none that fits. */
export function planRoot(
  lab: Lab,
  spec: RootSpec,
  chosen: ChosenTemplate,
  means: Means,
): {plan: RootPlan; steps: Step[]; templateStep?: Step} {
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
export function templatePlaces(lab: Lab, spec: RootSpec, name: string): ReturnType<typeof workPlaces> {
  const own = workPlaces(join(templatesFolder(fsPlaces(lab).directory), name))
  return {...own, archives: workOf(lab, spec.name).archives}
}
