// The answers under way whose body takes more than one write: for those who watch, and for a server that stops.
import type {ActiveTransfer} from '../bootfiles/transfer-event.js'

/** `bytes` grows while it runs. */
export type RunningTransfer = Omit<ActiveTransfer, 'durationMs' | 'bytes'> & {readonly startedMs: number; bytes: number}

export type RunningTransfers = {
  add(transfer: RunningTransfer): void
  /** It has ended, and has told so. */
  delete(transfer: RunningTransfer): void
  /** What runs at this time of the clock that `startedMs` is from. */
  describe(nowMs: number): readonly ActiveTransfer[]
  /** Fulfilled when nothing runs. */
  idle(): Promise<void>
}

/** Starts with none. */
export function createRunningTransfers(): RunningTransfers {
  const running = new Set<RunningTransfer>()
  let onIdle: (() => void)[] = []
  return {
    add: (transfer) => void running.add(transfer),
    delete(transfer) {
      running.delete(transfer)
      if (running.size > 0) return
      for (const resolve of onIdle) resolve()
      onIdle = []
    },
    describe: (nowMs) => [...running].map(({startedMs, ...transfer}) => ({...transfer, durationMs: nowMs - startedMs})),
    idle: () => (running.size === 0 ? Promise.resolve() : new Promise((resolve) => onIdle.push(resolve))),
  }
}
