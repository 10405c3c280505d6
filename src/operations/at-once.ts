// Work on many things, some at the same time.

/** Ends when all work has ended, also where some of it failed; then throws the first failure. After a failure nothing new is begun. */
export async function atOnce<T>(limit: number, things: readonly T[], work: (thing: T) => Promise<void>): Promise<void> {
  const waiting = [...things]
  let hasFailed = false
  const next = async (): Promise<void> => {
    for (let thing = waiting.shift(); thing !== undefined && !hasFailed; thing = waiting.shift()) {
      try {
        await work(thing)
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }
  const settled = await Promise.allSettled(Array.from({length: limit}, next))
  for (const one of settled) if (one.status === 'rejected') throw one.reason
}
