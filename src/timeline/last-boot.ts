// Which of the events of a machine are of its present boot. Pure.
import {type BootEvent, stepRank} from './boot-event.js'

/** After so long a pause, whatever comes belongs to another boot. */
const PAUSE_MS = 30 * 60_000

/** Firmware that has no answer asks again sooner than that. */
const ASKING_MS = 90_000

/** A kernel asks for its address sooner than that. */
const KERNEL_MS = 120_000

/** The events of the present boot: those since the machine was last turned on, as far as that can be seen. */
export function lastBoot(events: readonly BootEvent[]): readonly BootEvent[] {
  let start = 0
  let furthest = -1
  /** The first question for an address since the kernel: the next boot's, or the running system's. */
  let question: number | undefined
  events.forEach((event, index) => {
    const before = events[index - 1]
    const pauseMs = before === undefined ? 0 : event.timeMs - before.timeMs
    const hasKernel = furthest >= stepRank('kernel')
    if (hasKernel && event.name === 'discover') question ??= index
    if (pauseMs > PAUSE_MS || beginsAnew(event, furthest, pauseMs)) [start, furthest, question] = [index, -1, undefined]
    // No system fetches a boot loader: it was the next boot's question.
    else if (hasKernel && isLoader(event)) [start, furthest, question] = [question ?? index, -1, undefined]
    furthest = Math.max(furthest, stepRank(event.step))
  })
  return events.slice(start)
}

/**
 * A ROM that asks for an address has just been started, unless it has not come further than that: it asks several times. iPXE asks
 * anew in the middle of a boot, but not after it has fetched a kernel. The log of another server does not say who asks.
 */
function beginsAnew({step, details: {asker}, name}: BootEvent, furthest: number, pauseMs: number): boolean {
  if (step !== 'asked' || name !== 'discover') return false
  if (furthest < stepRank('loader') && pauseMs > ASKING_MS) return true
  if (asker === 'pxe' || asker === 'http') return furthest >= stepRank('loader')
  return furthest >= stepRank('kernel') && (asker === 'ipxe' || pauseMs > KERNEL_MS)
}

function isLoader({step, result}: BootEvent): boolean {
  return step === 'loader' && result !== 'refused'
}
