// Makes a lab what its lab file says, or takes away what that made. One at a time for each lab; part after part, in an order in which
// each finds what it needs. Every part is made whole or not at all, and what was made is written down at once: an interrupted run is
// taken up by the next.
import {dirname, join} from 'node:path'
import {messageOf, PxectlError} from '../errors.js'
import {openLab, type Lab} from '../lab/open-lab.js'
import {fileExists, makeFolder, removeFile} from '../system/files.js'
import {removeEmptyFolders} from '../system/folders.js'
import {withLock} from '../system/lock.js'
import {initLab} from './init-lab.js'
import type {LabPart, PartChange, PartKind, PartMeans} from './lab-part.js'
import {wantedSettings} from './lab-part-settings.js'
import {labOptionsOf, madeParts, readLabFileRequest, withLabFile, type LabFileRequest} from './open-lab-file.js'
import {labParts, planParts, type LabFilePlan} from './plan-lab-file.js'
import {removeMadeLab} from './remove-made-lab.js'

export type UpOptions = {
  readonly dryRun: boolean
  readonly now: () => Date
  readonly random: (below: number) => number
  readonly signal?: AbortSignal
  readonly onProgress?: (step: string) => void
  /** Shown the plan before anything is changed; throws where that is not wanted. */
  readonly confirm?: (plan: LabFilePlan) => Promise<void>
}

export type ChangeOutcome = PartChange & {readonly outcome: 'done' | 'failed' | 'not-reached'}

export type UpResult = Omit<LabFilePlan, 'changes'> & {readonly changes: readonly ChangeOutcome[]; readonly dryRun: boolean}

/** An `up` that boots many machines takes its time. */
const WAIT_MS = 3_600_000

/** Throws UP_INCOMPLETE, whose details say of every change whether it was done. */
export async function upLabFile(request: LabFileRequest, options: UpOptions): Promise<UpResult> {
  return underLock(request, options, async () => {
    const plan = await withLabFile(request, options.now, planParts)
    return carryOut(request, plan, labParts, options)
  })
}

/** Removes what the lab file made, and nothing else. */
export async function downLabFile(request: LabFileRequest, options: UpOptions): Promise<UpResult> {
  return underLock(request, options, async () => {
    const plan = await withLabFile(request, options.now, async (context) => {
      const empty = {...context.spec, settings: [], menus: [], loaders: false, images: [], filesystems: [], hosts: [], vms: []}
      const {changes, ...rest} = await planParts({...context, spec: empty})
      return {...rest, files: context.spec.files, changes: context.lab === undefined ? [] : [...changes, ...planLabRemoval(context.made)]}
    })
    return carryOut(request, plan, [...labParts].reverse(), options)
  })
}

function planLabRemoval(made: readonly {readonly kind: string; readonly name: string}[]): PartChange[] {
  return made.filter(({kind}) => kind === 'lab').map(({name}) => ({kind: 'lab', name, action: 'remove', values: []}))
}

async function underLock<T>(request: LabFileRequest, {onProgress}: UpOptions, work: () => Promise<T>): Promise<T> {
  const {configPath} = await readLabFileRequest(request)
  const state = join(dirname(configPath), '.pxectl')
  await makeFolder(state)
  const lock = join(state, 'lab-file.lock')
  const onWait = (): void => onProgress?.('waiting for another pxectl up or down of this lab')
  try {
    return await withLock(lock, {onWait, waitMs: WAIT_MS}, work)
  } finally {
    // A lock that others may wait for is never removed; without a lab there is nothing to wait for.
    if (!(await fileExists(configPath))) {
      await removeFile(lock)
      await removeEmptyFolders(state)
    }
  }
}

async function carryOut(request: LabFileRequest, plan: LabFilePlan, parts: readonly LabPart[], options: UpOptions): Promise<UpResult> {
  const outcomes = new Map<PartChange, ChangeOutcome['outcome']>(plan.changes.map((change) => [change, 'not-reached']))
  const warnings = [...plan.warnings]
  const result = (): UpResult => ({
    ...plan,
    changes: plan.changes.map((change) => ({...change, outcome: outcomes.get(change) ?? 'not-reached'})),
    warnings,
    dryRun: options.dryRun,
  })
  if (options.dryRun || plan.changes.length === 0) return result()
  await options.confirm?.(plan)
  try {
    if (plan.changes.some(({kind, action}) => kind === 'lab' && action === 'create')) await makeLab(request, plan, outcomes, warnings)
    for (const part of parts) {
      const changes = plan.changes.filter(({kind}) => kind === part.kind)
      if (changes.length === 0) continue
      for (const change of changes) outcomes.set(change, 'failed')
      // Opened for each kind of part: the one before may have changed the settings.
      warnings.push(...(await withMeans(request, options, part.kind, (means) => part.apply(means, changes))))
      for (const change of changes) outcomes.set(change, 'done')
    }
    if (plan.changes.some(({kind, action}) => kind === 'lab' && action === 'remove')) {
      warnings.push(...(await removeMadeLab(labOptionsOf(request, plan.configPath))))
      for (const change of plan.changes) if (change.kind === 'lab') outcomes.set(change, 'done')
    }
  } catch (error) {
    throw incomplete(error, result())
  }
  return result()
}

async function makeLab(
  request: LabFileRequest,
  {configPath}: LabFilePlan,
  outcomes: Map<PartChange, ChangeOutcome['outcome']>,
  warnings: string[],
): Promise<void> {
  const {spec} = await readLabFileRequest(request)
  const made = await initLab({folder: dirname(configPath), values: wantedSettings(spec, configPath), dryRun: false})
  warnings.push(...made.warnings)
  const lab = await openLab(labOptionsOf(request, configPath))
  try {
    await lab.parts.put([{kind: 'lab', name: 'pxectl.ini', file: spec.files[0] ?? '', state: ''}])
  } finally {
    await lab.close()
  }
  for (const change of outcomes.keys()) if (change.kind === 'lab') outcomes.set(change, 'done')
}

async function withMeans<T>(
  request: LabFileRequest,
  options: UpOptions,
  kind: PartKind,
  use: (means: PartMeans) => Promise<T>,
): Promise<T> {
  const {spec, configPath} = await readLabFileRequest(request)
  const labOptions = labOptionsOf(request, configPath)
  const lab: Lab = await openLab(labOptions)
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
      onProgress: (step) => options.onProgress?.(`${kind}: ${step}`),
      claim: (part, name, state) => lab.parts.put([{kind: part, name, file, state}]),
      disclaim: (part, name) => lab.parts.remove([{kind: part, name}]),
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
