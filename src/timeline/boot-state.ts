// How far a machine has come, from what was seen of it. Pure: events in their order and the time in, a value out.
import {type BootEvent, type BootStep, stepRank} from './boot-event.js'
import {lastBoot} from './last-boot.js'

/**
 * `unseen`: nothing is known of it. `booting`: it goes on. `stuck`: it should have gone on and did not. `handed-over`: it has
 * all that it asks of us; whether its system runs cannot be seen from here. `up`: its system has told us.
 */
export type BootCondition = 'unseen' | 'booting' | 'stuck' | 'handed-over' | 'up'

export type BootState = {
  readonly condition: BootCondition
  /** The furthest step of the present boot. */
  readonly step: BootStep | undefined
  /** When the present boot began, when it came to this step, and when the machine was seen last; Unix time in milliseconds. */
  readonly startedMs: number | undefined
  readonly sinceMs: number | undefined
  readonly lastSeenMs: number | undefined
  /** A transfer that has begun and not ended. */
  readonly running: {readonly name: string; readonly sizeBytes: number | undefined} | undefined
}

/** What is known of how this machine is to boot. */
export type BootExpectation = {
  /** Its menu boots the disk: after the menu there is nothing more to see. */
  readonly bootsLocally?: boolean
  /** Its system gets its root from the network, or tells when it is up: silence after the kernel means trouble. */
  readonly reports?: boolean
  /** Seconds that a menu waits for a key. */
  readonly menuSeconds?: number
  /** Somebody stands before the machine and asks why nothing goes on. */
  readonly isAsked?: boolean
}

/**
 * How long each step may be silent before the machine counts as stuck: firmware is slow, and loaders ask for many names. Without an
 * address, or a file after it, firmware goes on asking for minutes; there it is how long the step may last.
 */
const PATIENCE_MS: Readonly<Record<BootStep, number>> = {
  asked: 30_000,
  offered: 45_000,
  loader: 60_000,
  config: 60_000,
  kernel: 90_000,
  initrd: 180_000,
  root: 300_000,
  up: Infinity,
}

/** The same for who asks: UEFI is silent for 16 s between two questions, and a kernel for most of a minute. */
const ASKED_PATIENCE_MS: typeof PATIENCE_MS = {
  asked: 20_000,
  offered: 20_000,
  loader: 20_000,
  config: 20_000,
  kernel: 30_000,
  initrd: 60_000,
  root: 120_000,
  up: Infinity,
}

/** The state at `nowMs`. `events`: oldest first. */
export function bootStateOf(events: readonly BootEvent[], nowMs: number, expectation: BootExpectation = {}): BootState {
  const boot = lastBoot(events)
  const last = boot.at(-1)
  if (last === undefined) {
    return {condition: 'unseen', step: undefined, startedMs: undefined, sinceMs: undefined, lastSeenMs: undefined, running: undefined}
  }
  const step = furthestStep(boot)
  const running = runningTransfer(boot)
  const sinceMs = boot.find((event) => event.step === step)?.timeMs ?? boot[0]?.timeMs
  const isAsking = step === 'asked' || step === 'offered'
  const silentMs = nowMs - (isAsking ? (sinceMs ?? last.timeMs) : last.timeMs)
  const condition = conditionOf({boot, step, isRunning: running !== undefined, silentMs, expectation})
  return {condition, step, startedMs: boot[0]?.timeMs, sinceMs, lastSeenMs: last.timeMs, running}
}

/** A refused file is a question, not a step. */
function furthestStep(boot: readonly BootEvent[]): BootStep | undefined {
  let furthest: BootStep | undefined
  for (const {step, result} of boot) {
    if (step === 'other' || (result === 'refused' && step !== 'asked')) continue
    if (furthest === undefined || stepRank(step) > stepRank(furthest)) furthest = step
  }
  return furthest
}

function runningTransfer(boot: readonly BootEvent[]): BootState['running'] {
  const begun = boot.findLast(({result}) => result === 'begun')
  if (begun === undefined) return undefined
  const isOver = boot.slice(boot.indexOf(begun) + 1).some(({name, result}) => name === begun.name && result !== 'begun')
  return isOver ? undefined : {name: begun.name, sizeBytes: begun.details.sizeBytes}
}

type Judged = {
  readonly boot: readonly BootEvent[]
  readonly step: BootStep | undefined
  readonly isRunning: boolean
  readonly silentMs: number
  readonly expectation: BootExpectation
}

function conditionOf({boot, step, isRunning, silentMs, expectation}: Judged): BootCondition {
  if (step === 'up') return 'up'
  if (step === undefined) return boot.some(({details}) => details.asker === 'system') ? 'handed-over' : 'booting'
  const {bootsLocally = false, reports = false, menuSeconds = 0, isAsked = false} = expectation
  const patience = (isAsked ? ASKED_PATIENCE_MS : PATIENCE_MS)[step] + (step === 'config' ? menuSeconds * 1000 : 0)
  if (step === 'config' && bootsLocally) return 'handed-over'
  const hasKernel = stepRank(step) >= stepRank('kernel')
  // A system from its disk, or one that renews its lease.
  if (!hasKernel && boot.at(-1)?.details.asker === 'system') return 'handed-over'
  const isWhole = hasKernel && !isRunning && boot.at(-1)?.result === 'done'
  if (isWhole && !reports && silentMs > HANDED_OVER_MS) return 'handed-over'
  return silentMs > patience ? 'stuck' : 'booting'
}

/** Between kernel and initrd there is hardly a second. */
const HANDED_OVER_MS = 10_000
