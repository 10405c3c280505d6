// One measured piece of work. All entrants, ours and the peers, do it in turn, round by round, and a ratio is the median of the
// ratios of the rounds, so that a slow minute of the machine strikes all. Never asserts: limits are only printed beside.

/** What one run took or achieved. */
export type Sample = {
  readonly value: number
  /** User and system time of the program that was measured. */
  readonly cpuSeconds?: number
  /** For how much work that was, where the entrants do different amounts. Default 1. */
  readonly work?: number
  /** Of many clients at once: the time of the slowest ÷ that of the fastest. */
  readonly slowestOverFastest?: number
}

/** The value of a sample; of times, memory and quotients less is better, of rates more. `x` is a plain quotient. */
export type Unit = 'ms' | 'MB/s' | 'files/s' | 's/GB' | 'MB' | 'kB' | 'x'

/** A number of PRODUCT.md, section Speed. It bounds the ratio to the peer, or without a peer the value itself. */
export type Limit = {readonly atLeast: number} | {readonly atMost: number}

/** `native` is `pxectl serve` as it is, with its batched I/O if that was built; `plain` the same with PXECTL_SERVE_ENGINE=plain. */
export type Engine = 'plain' | 'native'

/** One row of the table, read from the samples of one or two entrants. */
export type Comparison = {
  readonly work: string
  readonly engine?: Engine
  /** The entrant that is ours. */
  readonly ours: string
  /** The entrant that it is compared with, by which the table names it; without one the value itself is judged. */
  readonly peer?: string
  readonly unit: Unit
  /** What is compared; default: the value. undefined where a sample has nothing to say. */
  readonly read?: (sample: Sample) => number | undefined
  readonly floor?: Limit
  readonly goal?: Limit
}

export type Contest = {
  readonly entrants: Readonly<Record<string, () => Promise<Sample>>>
  readonly comparisons: readonly Comparison[]
  /** No round to warm up, and no more rounds than this. For long work. */
  readonly maxRounds?: number
}

/** How a run was asked for. */
export type Plan = {
  readonly rounds: number
  /** Whether a row of this work is wanted. */
  readonly wants: (work: string) => boolean
  readonly announce: (work: string) => void
}

export type Measured = Pick<Comparison, 'work' | 'engine' | 'peer' | 'unit' | 'floor' | 'goal'> & {
  readonly kind: 'measured'
  readonly rounds: number
  /** Median. */
  readonly ours: number
  readonly against: Against | undefined
  /** The greater of the two that is met; undefined without any limit. */
  readonly meets: 'goal' | 'floor' | 'neither' | undefined
}

export type Against = {
  /** Median. */
  readonly theirs: number
  /** Ours ÷ theirs: the median, the least and the greatest of the rounds. */
  readonly ratio: number
  readonly ratios: readonly [number, number]
  /** Ours ÷ theirs in CPU time for the same work; less is better whatever the unit. */
  readonly cpuRatio: number | undefined
}

export type Row =
  Measured | (Pick<Comparison, 'work' | 'engine' | 'peer'> & {readonly kind: 'not measured' | 'broken'; readonly reason: string})

/** A peer or a tool that is absent or failed: the row is `not measured`. Any other error of ours makes it `broken`. */
export class PeerMissing extends Error {}

/** Whoever sent them, ours or a peer: the figures mean nothing then, and the row is `broken`. */
export class WrongBytes extends Error {}

/** How long an entrant's share of a contest may be; it ends after the round in which that is over, but not before MIN_ROUNDS. */
const BUDGET_MS = 6000
const MIN_ROUNDS = 3

/** Below this a CPU time in ticks of 10 ms is too coarse to be compared. */
const LEAST_CPU_SECONDS = 0.05

type Round = ReadonlyMap<string, Sample>

/** Runs a contest: one round to warm up, which does not count, then the rounds. Rows that are not wanted cost nothing. Never throws. */
export async function runContest(contest: Contest, plan: Plan): Promise<Row[]> {
  const comparisons = contest.comparisons.filter(({work}) => plan.wants(work))
  if (comparisons.length === 0) return []
  plan.announce(comparisons[0]!.work)
  const wanted = new Set(comparisons.flatMap(({ours, peer}) => (peer === undefined ? [ours] : [ours, peer])))
  const names = Object.keys(contest.entrants).filter((name) => wanted.has(name))
  const most = Math.min(plan.rounds, contest.maxRounds ?? plan.rounds)
  const failures = new Map<string, unknown>()
  const rounds: Round[] = []
  const startedMs = performance.now()
  for (let round = contest.maxRounds === undefined ? 0 : 1; round <= most; round++) {
    if (round > Math.min(most, MIN_ROUNDS) && performance.now() - startedMs > BUDGET_MS * names.length) break
    const samples = new Map<string, Sample>()
    for (const name of orderOf(names, round)) {
      if (failures.has(name)) continue
      await contest.entrants[name]!().then(
        (sample) => samples.set(name, sample),
        (error: unknown) => failures.set(name, error),
      )
    }
    if (round > 0) rounds.push(samples)
  }
  return comparisons.map((comparison) => failureOf(comparison, failures) ?? measuredOf(comparison, rounds))
}

/** Who goes first, and who follows whom, changes from round to round: the later ones find warmer caches. */
function orderOf(names: readonly string[], round: number): string[] {
  const start = round % names.length
  const turned = [...names.slice(start), ...names.slice(0, start)]
  return round % 2 === 0 ? turned : turned.reverse()
}

/** Whoever failed once is out, and the rows that need it have no figures. */
function failureOf({work, engine, peer, ours}: Comparison, failures: ReadonlyMap<string, unknown>): Row | undefined {
  const failed = [ours, peer].find((name) => name !== undefined && failures.has(name))
  if (failed === undefined) return undefined
  const error = failures.get(failed)
  const isOurs = failed === ours && !(error instanceof PeerMissing)
  const kind = isOurs || error instanceof WrongBytes ? 'broken' : 'not measured'
  return {kind, work, ...(engine && {engine}), ...(peer && {peer}), reason: reasonOf(error)}
}

function measuredOf(comparison: Comparison, rounds: readonly Round[]): Row {
  const {work, engine, peer, unit, floor, goal} = comparison
  const read = comparison.read ?? (({value}) => value)
  const about = {work, ...(engine && {engine}), ...(peer && {peer})}
  const complete = rounds.filter((round) => read(round.get(comparison.ours)!) !== undefined)
  const ours = complete.map((round) => read(round.get(comparison.ours)!)!)
  if (ours.length === 0) return {kind: 'not measured', ...about, reason: 'too short to be measured'}
  const against = peer === undefined ? undefined : againstOf(comparison.ours, peer, read, complete)
  const judged = against?.ratio ?? median(ours)
  return {
    kind: 'measured',
    ...about,
    unit,
    ...(floor && {floor}),
    ...(goal && {goal}),
    rounds: ours.length,
    ours: median(ours),
    against,
    meets:
      floor === undefined && goal === undefined
        ? undefined
        : meetsLimit(judged, goal)
          ? 'goal'
          : meetsLimit(judged, floor)
            ? 'floor'
            : 'neither',
  }
}

function againstOf(ours: string, peer: string, read: NonNullable<Comparison['read']>, rounds: readonly Round[]): Against | undefined {
  const pairs = rounds.map((round) => [round.get(ours)!, round.get(peer)!] as const)
  const theirs = pairs.flatMap(([, sample]) => read(sample) ?? [])
  if (theirs.length < pairs.length) return undefined
  const ratios = pairs.map(([mine], index) => read(mine)! / theirs[index]!)
  const cpuRatios = pairs.flatMap(([mine, other]) => {
    const mineCost = cpuPerWork(mine)
    const otherCost = cpuPerWork(other)
    return mineCost === undefined || otherCost === undefined ? [] : [mineCost / otherCost]
  })
  return {
    theirs: median(theirs),
    ratio: median(ratios),
    ratios: [Math.min(...ratios), Math.max(...ratios)],
    cpuRatio: cpuRatios.length === 0 ? undefined : median(cpuRatios),
  }
}

/** CPU seconds for one unit of work; undefined where it is not known, or too short to be trusted. */
export function cpuPerWork({cpuSeconds, work = 1}: Sample): number | undefined {
  return cpuSeconds === undefined || cpuSeconds < LEAST_CPU_SECONDS ? undefined : cpuSeconds / work
}

function meetsLimit(value: number, limit: Limit | undefined): boolean {
  if (limit === undefined) return false
  return 'atLeast' in limit ? value >= limit.atLeast : value <= limit.atMost
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
