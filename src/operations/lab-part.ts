// What a lab file consists of, part by part. Each kind of part has a file of its own, lab-part-….ts, which says what differs
// between the file and the lab, and makes it so; plan-lab-file.ts and up-lab-file.ts know the order.
import {PxectlError} from '../errors.js'
import type {PartRecord} from '../hosts/part-store.js'
import type {OpenLabOptions, Lab} from '../lab/open-lab.js'
import type {Settings} from '../lab/settings.js'
import type {LabSpec} from '../lab-file/spec.js'

/** In the order in which they are made. */
export const partKinds = ['lab', 'setting', 'menu', 'loader', 'image', 'filesystem', 'host', 'vm'] as const
export type PartKind = (typeof partKinds)[number]

/** One value of a part, before and after; `null` is none. */
export type PartValue = {readonly key: string; readonly before: string | null; readonly after: string | null}

export type PartChange = {
  readonly kind: PartKind
  readonly name: string
  readonly action: 'create' | 'change' | 'remove'
  readonly values: readonly PartValue[]
  /** What the user should know. */
  readonly note?: string
}

/** What parts may use while they look. */
export type PartContext = {
  readonly spec: LabSpec
  /** The settings file of the lab, which may not be there yet. */
  readonly configPath: string
  /** Undefined where there is no lab yet. */
  readonly lab: Lab | undefined
  /** As they are to be. */
  readonly settings: Settings
  /** What was made because of this lab file. */
  readonly made: readonly PartRecord[]
  readonly now: () => Date
}

/** What they may use while they change. */
export type PartMeans = Omit<PartContext, 'lab'> & {
  readonly lab: Lab
  readonly labOptions: OpenLabOptions
  readonly signal?: AbortSignal
  readonly random: (below: number) => number
  readonly onProgress: (step: string) => void
  /** Writes down that this part is ours, before it is made and again when it is; `state` as in PartRecord. */
  readonly claim: (kind: PartKind, names: string | readonly string[], state: string) => Promise<void>
  readonly disclaim: (kind: PartKind, names: string | readonly string[]) => Promise<void>
  /** Tells what became of a change, where a part makes several one after the other. */
  readonly mark: (change: PartChange, outcome: 'failed' | 'done') => void
}

export type PlannedPart = {readonly changes: readonly PartChange[]; readonly unchanged: number; readonly warnings: readonly string[]}

export type LabPart = {
  readonly kind: PartKind
  plan(context: PartContext): Promise<PlannedPart>
  /** Carries these changes out; gives warnings. All of them are of this kind, and planned a moment ago. */
  apply(means: PartMeans, changes: readonly PartChange[]): Promise<readonly string[]>
}

/** Makes one of several changes: it has failed unless `work` comes to its end. Throws INTERRUPTED before it, once the user has had enough. */
export async function attempt(
  {mark, signal}: Pick<PartMeans, 'mark' | 'signal'>,
  change: PartChange,
  work: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  stopIfAborted(signal)
  mark(change, 'failed')
  const notes = await work()
  mark(change, 'done')
  return notes
}

/** Throws INTERRUPTED once the user has had enough. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new PxectlError('interrupted', {code: 'INTERRUPTED', kind: 'usage'})
}

/** The names of what is to be created, or changed, or removed. */
export function namesOf(changes: readonly PartChange[], action: PartChange['action']): string[] {
  return changes.filter((change) => change.action === action).map(({name}) => name)
}

/** The values that differ. */
export function differences(
  before: Readonly<Record<string, string | null | undefined>>,
  after: Readonly<Record<string, string | null | undefined>>,
): PartValue[] {
  return Object.keys(after).flatMap((key) => {
    const [old, next] = [before[key] ?? null, after[key] ?? null]
    return old === next ? [] : [{key, before: old, after: next}]
  })
}

/** Parts of this kind that the lab file made, and that it names no longer. */
export function abandoned({made}: Pick<PartContext, 'made'>, kind: PartKind, wanted: Iterable<string>): PartRecord[] {
  const names = new Set([...wanted].map((name) => name.toLowerCase()))
  return made.filter((record) => record.kind === kind && !names.has(record.name.toLowerCase()))
}
