// One measured piece of work, ours against a named peer: the two take turns, and the ratio is the median of the ratios of the
// rounds, so that a slow minute of the machine strikes both. Judges nothing: a floor is only printed beside what was measured.

/** What one run took or achieved. `cpuSeconds` is user and system time of the program that was measured. */
export type Sample = {readonly value: number; readonly cpuSeconds?: number}

/** Times and CPU in ms: less is better. The rest are rates: more is better. */
export type Unit = 'ms' | 'MB/s' | 'files/s'

/** The floor of PRODUCT.md, section Speed: of a rate at least, of a time at most so many times the peer's. */
export type Floor = {readonly atLeast: number} | {readonly atMost: number}

export type Contest = {
  readonly work: string
  readonly peer: string
  readonly unit: Unit
  readonly floor?: Floor
  readonly ours: () => Promise<Sample>
  readonly theirs: () => Promise<Sample>
}

export type Measured = {
  readonly kind: 'measured'
  readonly work: string
  readonly peer: string
  readonly unit: Unit
  readonly rounds: number
  /** Medians. */
  readonly ours: number
  readonly theirs: number
  /** Ours ÷ theirs: the median, the least and the greatest of the rounds. */
  readonly ratio: number
  readonly ratios: readonly [number, number]
  /** Ours ÷ theirs in CPU time for the same work; less is better whatever the unit. */
  readonly cpuRatio: number | undefined
  readonly floor: Floor | undefined
  readonly meets: boolean | undefined
}

export type Row =
  | Measured
  | {readonly kind: 'not measured'; readonly work: string; readonly peer: string; readonly reason: string}
  | {readonly kind: 'broken'; readonly work: string; readonly peer: string; readonly reason: string}

/** A peer that is absent or failed: the row is `not measured`. Any other error makes it `broken`. */
export class PeerMissing extends Error {}

/** Whoever sent them, ours or a peer: the figures mean nothing then, and the row is `broken`. */
export class WrongBytes extends Error {}

/** How long one contest may go on; it ends after the round in which that is over, but not before MIN_ROUNDS. */
const BUDGET_MS = 15_000
const MIN_ROUNDS = 3

/** Below this a CPU time in ticks of 10 ms is too coarse to be compared. */
const LEAST_CPU_SECONDS = 0.05

/** Runs a contest: one round to warm up, which does not count, then the rounds. Never throws. */
export async function runContest(contest: Contest, rounds: number): Promise<Row> {
  const {work, peer, unit, floor} = contest
  const pairs: {ours: Sample; theirs: Sample}[] = []
  const startedMs = performance.now()
  try {
    for (let round = 0; round <= rounds; round++) {
      if (round > Math.min(rounds, MIN_ROUNDS) && performance.now() - startedMs > BUDGET_MS) break
      const pair = await takeTurns(contest, round)
      if (round > 0) pairs.push(pair)
    }
  } catch (error) {
    return {kind: error instanceof PeerMissing ? 'not measured' : 'broken', work, peer, reason: reasonOf(error)}
  }
  const ratios = pairs.map(({ours, theirs}) => ours.value / theirs.value)
  const cpuRatios = pairs.flatMap(({ours, theirs}) =>
    ours.cpuSeconds === undefined || theirs.cpuSeconds === undefined || theirs.cpuSeconds < LEAST_CPU_SECONDS
      ? []
      : [ours.cpuSeconds / theirs.cpuSeconds],
  )
  const ratio = median(ratios)
  return {
    kind: 'measured',
    work,
    peer,
    unit,
    rounds: pairs.length,
    ours: median(pairs.map(({ours}) => ours.value)),
    theirs: median(pairs.map(({theirs}) => theirs.value)),
    ratio,
    ratios: [Math.min(...ratios), Math.max(...ratios)],
    cpuRatio: cpuRatios.length === 0 ? undefined : median(cpuRatios),
    floor,
    meets: floor === undefined ? undefined : 'atLeast' in floor ? ratio >= floor.atLeast : ratio <= floor.atMost,
  }
}

/** Who goes first changes from round to round: the second one finds warmer caches. */
async function takeTurns({ours, theirs}: Contest, round: number): Promise<{ours: Sample; theirs: Sample}> {
  const asPeer = (error: unknown): never => {
    if (error instanceof WrongBytes) throw error
    throw new PeerMissing(reasonOf(error), {cause: error})
  }
  if (round % 2 === 0) return {ours: await ours(), theirs: await theirs().catch(asPeer)}
  const first = await theirs().catch(asPeer)
  return {ours: await ours(), theirs: first}
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
