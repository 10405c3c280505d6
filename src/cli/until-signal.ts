// Long-running commands end cleanly on SIGINT and SIGTERM.

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once, as the system does by default. */
export async function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
}
