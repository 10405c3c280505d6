// Long-running commands end cleanly on SIGINT and SIGTERM. Where a system has no SIGTERM (Windows), it never comes.

export type SignalWatch = {
  /** Resolves at the next SIGINT or SIGTERM, or at once where one came since the last call. */
  next(): Promise<NodeJS.Signals>
  /** Leaves the signals to the system again: the next one ends the process. */
  close(): void
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** npm and tsx pass Ctrl-C on to a program that has it from the terminal already: signals this close are one. */
const SAME_SIGNAL_MS = 100

/** Takes over SIGINT and SIGTERM until it is closed. `now` is a clock in milliseconds. */
export function watchSignals(now: () => number = () => performance.now()): SignalWatch {
  const waiting: ((signal: NodeJS.Signals) => void)[] = []
  const arrived: NodeJS.Signals[] = []
  let lastMs = -Infinity
  const take = (signal: NodeJS.Signals): void => {
    if (now() - lastMs < SAME_SIGNAL_MS) return
    lastMs = now()
    const resolve = waiting.shift()
    if (resolve === undefined) arrived.push(signal)
    else resolve(signal)
  }
  for (const signal of SIGNALS) process.on(signal, take)
  return {
    next: () => {
      const signal = arrived.shift()
      return signal === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(signal)
    },
    close: () => {
      for (const signal of SIGNALS) process.off(signal, take)
    },
  }
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once, as the system does by default. */
export async function untilSignal(): Promise<NodeJS.Signals> {
  const watch = watchSignals()
  try {
    return await watch.next()
  } finally {
    watch.close()
  }
}
