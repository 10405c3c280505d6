// Waiting with an end. Shared by both servers when they stop.

/** Waits for something, but no longer than `ms`; not at all for 0. */
export async function within(ms: number, something: Promise<void>): Promise<void> {
  if (ms <= 0) return
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
  await Promise.race([something, patience])
  clearTimeout(timer)
}
