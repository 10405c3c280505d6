// One look at the world for all who want one at the same time.

/**
 * Gives a function whose answer comes when `work` has run from beginning to end since it was called. Calls share runs:
 * while one goes on, all wait for the next, since what it saw may be older than their question. `work` must not throw.
 */
export function shareNext(work: () => Promise<void>): () => Promise<void> {
  let running = Promise.resolve()
  let next: Promise<void> | undefined
  const run = (): Promise<void> => {
    next = undefined
    return work()
  }
  return () => (next ??= running = running.then(run))
}
