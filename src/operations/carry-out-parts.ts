// Carries a plan out, stage after stage, in an order in which each part finds what it needs; what does not need each other is made at the
// same time. What failed, what was done and what was not reached is told of every change.
import {basename, dirname} from 'node:path'
import {messageOf, PxectlError} from '../errors.js'
import {openLab} from '../lab/open-lab.js'
import {initLab} from './init-lab.js'
import {stopIfAborted, type LabPart, type PartChange, type PartKind, type PartMeans} from './lab-part.js'
import {wantedSettings} from './lab-part-settings.js'
import {madeParts, type OpenedLabFile} from './open-lab-file.js'
import type {LabFilePlan} from './plan-lab-file.js'
import {removeMadeLab} from './remove-made-lab.js'

/** `part`: undefined before any part is begun. */
export type UpProgress = {readonly part: PartKind | undefined; readonly state: 'runs' | 'done' | 'failed'; readonly step: string}

export type UpOptions = {
  readonly dryRun: boolean
  readonly now: () => Date
  readonly random: (below: number) => number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: UpProgress) => void
  /** Shown the plan before anything is changed; throws where that is not wanted. */
  readonly confirm?: (plan: LabFilePlan) => Promise<void>
}

export type ChangeOutcome = PartChange & {readonly outcome: 'done' | 'failed' | 'not-reached'}

export type UpResult = Omit<LabFilePlan, 'changes'> & {readonly changes: readonly ChangeOutcome[]; readonly dryRun: boolean}

type Outcomes = Map<PartChange, ChangeOutcome['outcome']>

/** Throws UP_INCOMPLETE. */
export async function carryOut(
  opened: OpenedLabFile,
  plan: LabFilePlan,
  stages: readonly (readonly LabPart[])[],
  options: UpOptions,
): Promise<UpResult> {
  const outcomes: Outcomes = new Map(plan.changes.map((change) => [change, 'not-reached']))
  const warnings = [...plan.warnings]
  const result = (): UpResult => ({
    ...plan,
    changes: plan.changes.map((change) => ({...change, outcome: outcomes.get(change) ?? 'not-reached'})),
    warnings,
    dryRun: options.dryRun,
  })
  if (options.dryRun || plan.changes.length === 0) return result()
  await options.confirm?.(plan)
  const run = (kind: PartKind, changes: readonly PartChange[], work: () => Promise<readonly string[]>): Promise<void> =>
    runPart({kind, changes, outcomes, options}, async () => void warnings.push(...(await work())))
  const labChanges = (action: PartChange['action']): PartChange[] =>
    plan.changes.filter((change) => change.kind === 'lab' && change.action === action)
  try {
    await run('lab', labChanges('create'), () => makeLab(opened))
    for (const stage of stages) {
      const settled = await Promise.allSettled(
        stage.map((part) => {
          const changes = plan.changes.filter(({kind}) => kind === part.kind)
          return run(part.kind, changes, () =>
            withMeans(opened, options, {kind: part.kind, outcomes}, (means) => part.apply(means, changes)),
          )
        }),
      )
      const failed = settled.find(({status}) => status === 'rejected')
      if (failed !== undefined) throw (failed as PromiseRejectedResult).reason
    }
    await run('lab', labChanges('remove'), () => removeMadeLab(opened.labOptions))
  } catch (error) {
    throw incomplete(error, result())
  }
  return result()
}

type PartRun = {
  readonly kind: PartKind
  readonly changes: readonly PartChange[]
  readonly outcomes: Outcomes
  readonly options: UpOptions
}

/** A part that marks no change of its own has done all of them, or failed at all of them. */
async function runPart({kind, changes, outcomes, options}: PartRun, work: () => Promise<void>): Promise<void> {
  if (changes.length === 0) return
  stopIfAborted(options.signal)
  const report = (state: UpProgress['state']): void => options.onProgress?.({part: kind, state, step: ''})
  report('runs')
  try {
    await work()
    for (const change of changes) outcomes.set(change, 'done')
    report('done')
  } catch (error) {
    const isMarked = changes.some((change) => outcomes.get(change) !== 'not-reached')
    if (!isMarked) for (const change of changes) outcomes.set(change, 'failed')
    report('failed')
    throw error
  }
}

async function makeLab({spec, configPath}: OpenedLabFile): Promise<readonly string[]> {
  const parts = [{kind: 'lab', name: basename(configPath), file: spec.files[0] ?? '', state: ''}]
  return (await initLab({folder: dirname(configPath), values: wantedSettings(spec, configPath), dryRun: false, parts})).warnings
}

/** The lab is opened for each kind of part: the one before may have changed the settings. */
async function withMeans<T>(
  {spec, configPath, labOptions}: OpenedLabFile,
  options: UpOptions,
  {kind, outcomes}: {readonly kind: PartKind; readonly outcomes: Outcomes},
  use: (means: PartMeans) => Promise<T>,
): Promise<T> {
  const lab = await openLab(labOptions)
  const [file = ''] = spec.files
  try {
    return await use({
      spec,
      configPath,
      lab,
      settings: lab.settings,
      made: await madeParts(lab, spec),
      now: options.now,
      labOptions,
      random: options.random,
      onProgress: (step) => options.onProgress?.({part: kind, state: 'runs', step}),
      claim: (part, names, state) => lab.parts.put([names].flat().map((name) => ({kind: part, name, file, state}))),
      disclaim: (part, names) => lab.parts.remove([names].flat().map((name) => ({kind: part, name}))),
      mark: (change, outcome) => void outcomes.set(change, outcome),
      ...(options.signal === undefined ? {} : {signal: options.signal}),
    })
  } finally {
    await lab.close()
  }
}

function incomplete(error: unknown, result: UpResult): PxectlError {
  const known = error instanceof PxectlError ? error : undefined
  const count = (outcome: ChangeOutcome['outcome']): number => result.changes.filter((change) => change.outcome === outcome).length
  return new PxectlError(`${messageOf(error)}; ${count('done')} of ${result.changes.length} changes were made, the others were not`, {
    code: 'UP_INCOMPLETE',
    kind: known?.kind ?? 'external',
    details: {reason: known?.code ?? 'UNKNOWN', changes: result.changes, warnings: result.warnings, ...known?.details},
    suggestions: [...(known?.suggestions ?? []), 'then go on where this ended: pxectl up'],
    cause: error,
  })
}
