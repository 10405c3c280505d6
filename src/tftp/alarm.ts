// A timer that is cheap to put off: moving it later costs nothing until the old time comes.

export type Alarm = {
  /** Rings at this time; replaces what was set before. */
  set(atMs: number): void
  clear(): void
}

/** Makes an alarm that calls `ring` once for each time it was set to and that came. */
export function createAlarm(now: () => number, ring: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined
  let armedForMs = Infinity
  let atMs = Infinity

  const arm = (): void => {
    clearTimeout(timer)
    armedForMs = atMs
    timer = setTimeout(fire, Math.max(0, atMs - now()))
  }
  const fire = (): void => {
    armedForMs = Infinity
    if (now() < atMs) arm()
    else ring()
  }
  return {
    set(newAtMs) {
      atMs = newAtMs
      if (atMs < armedForMs) arm()
    },
    clear: () => clearTimeout(timer),
  }
}
