// Who has the page open: a random cookie each, with the token that changes must carry. Kept in memory, so they end with
// `pxectl serve`; there are so many at most, and the oldest goes first.

export type Session = {
  readonly id: string
  /** What a change sends as X-CSRF-Token: only our own page can read it. */
  readonly csrfToken: string
  /** The credential it was opened with; undefined: nobody has logged in. */
  readonly loggedInWith: string | undefined
}

export type Sessions = {
  find(id: string | undefined): Session | undefined
  create(loggedInWith: string | undefined): Session
  remove(id: string): void
}

export type SessionOptions = {
  /** 256 bits in base64url. */
  readonly random: () => string
  readonly nowMs: () => number
  readonly idleMs?: number
  readonly mostMs?: number
  readonly most?: number
}

const HOUR_MS = 3_600_000

/** Starts with none. An unused session ends after `idleMs` (default 8 hours), any after `mostMs` (7 days). */
export function createSessions(options: SessionOptions): Sessions {
  const {random, nowMs, idleMs = 8 * HOUR_MS, mostMs = 7 * 24 * HOUR_MS, most = 1000} = options
  const kept = new Map<string, {readonly session: Session; readonly createdMs: number; usedMs: number}>()
  return {
    find(id) {
      const found = id === undefined ? undefined : kept.get(id)
      if (found === undefined) return undefined
      const now = nowMs()
      kept.delete(found.session.id)
      if (now - found.usedMs > idleMs || now - found.createdMs > mostMs) return undefined
      // Put back as the newest: the order of the map is the order of use.
      found.usedMs = now
      kept.set(found.session.id, found)
      return found.session
    },
    create(loggedInWith) {
      const session = {id: random(), csrfToken: random(), loggedInWith}
      kept.set(session.id, {session, createdMs: nowMs(), usedMs: nowMs()})
      for (const id of kept.keys()) {
        if (kept.size <= most) break
        kept.delete(id)
      }
      return session
    },
    remove: (id) => void kept.delete(id),
  }
}
