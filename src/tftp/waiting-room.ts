// Requests that wait because too many transfers are running: in a storm a late answer is better than none. First come, first
// served. A client that repeats its request keeps its place; one that has waited too long has given up.

export type WaitingRoom<Key, Request> = {
  /** false: the room is full. */
  enter(key: Key, request: Request, nowMs: number): boolean
  /** The next in the order, taken out. */
  next(nowMs: number): readonly [Key, Request] | undefined
  size(): number
}

/** Firmware gives up after about half a minute of silence (PXE 2.1: 36 s; iPXE: 20 s and more). */
const PATIENCE_MS = 20_000

/** Makes a room for so many requests. */
export function createWaitingRoom<Key, Request>(places: number): WaitingRoom<Key, Request> {
  const waiting = new Map<Key, {readonly request: Request; readonly untilMs: number}>()
  return {
    enter(key, request, nowMs) {
      if (waiting.size >= places && !waiting.has(key)) return false
      waiting.set(key, {request, untilMs: nowMs + PATIENCE_MS})
      return true
    },
    next(nowMs) {
      for (const [key, {request, untilMs}] of waiting) {
        waiting.delete(key)
        if (nowMs <= untilMs) return [key, request]
      }
      return undefined
    },
    size: () => waiting.size,
  }
}
