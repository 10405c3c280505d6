// How often a login may be tried: a few times at once from an address, then one each so many seconds; and never more than a few
// at the same moment, since each costs memory and time (scrypt).

export type LoginLimit = {
  /** Seconds to wait before `client` may try, or undefined: it may now, and must call `end`. */
  begin(client: string): number | undefined
  end(client: string, succeeded: boolean): void
}

const MOST_AT_ONCE = 2
const MOST_CLIENTS = 10_000

/** `burst` tries (default 5), one more each `refillMs` (default 12 s). */
export function createLoginLimit(nowMs: () => number, burst = 5, refillMs = 12_000): LoginLimit {
  /** The time at which all tries of the client are there again. */
  const fullAt = new Map<string, number>()
  let running = 0
  return {
    begin(client) {
      const now = nowMs()
      const full = Math.max(now, fullAt.get(client) ?? 0) + refillMs
      const waitMs = full - now - burst * refillMs
      if (waitMs > 0) return Math.ceil(waitMs / 1000)
      if (running >= MOST_AT_ONCE) return 1
      running += 1
      fullAt.delete(client)
      fullAt.set(client, full)
      for (const known of fullAt.keys()) {
        if (fullAt.size <= MOST_CLIENTS) break
        fullAt.delete(known)
      }
      return undefined
    },
    end(client, succeeded) {
      running -= 1
      if (succeeded) fullAt.delete(client)
    },
  }
}
