// How long to wait for an answer: by the client's measured round trip (RFC 6298), unless the client chose a time itself
// (RFC 2349). A block that was sent twice is not measured, since its ACK does not say which copy it answers (Karn's rule).

export type RoundTrip = {
  /** A block went out for the first time; the last of a window is what the client acknowledges. */
  sentFirst(block: number, nowMs: number): void
  acknowledged(block: number, nowMs: number): void
  /** Somebody else has measured one. */
  measure(tripMs: number): void
  /** Something is sent again: what is in flight is no measure. */
  forget(): void
  /** The wait after the n-th sending, n from 1. `isTaking`: the client has taken blocks, so it is there. */
  timeoutMs(sends: number, isTaking: boolean): number
}

/** Before the first measurement (RFC 6298 section 2.1). */
const FIRST_TIMEOUT_MS = 1000
/** TCP's least timeout on Linux. Firmware pauses for longer than a round trip now and then. */
const LEAST_TIMEOUT_MS = 200
/** A client that never answered is left alone soon; one that is there is on a bad line, and asked more often. */
const MAX_TIMEOUT_MS = 4000
const MAX_TIMEOUT_TAKING_MS = 2000

/** Starts without knowledge, or with the timeout that the client chose, in seconds. */
export function createRoundTrip(chosenSeconds: number | undefined): RoundTrip {
  let smoothedMs = -1
  let deviationMs = 0
  let timedBlock = -1
  let timedAtMs = 0

  const measure = (tripMs: number): void => {
    if (smoothedMs < 0) {
      smoothedMs = tripMs
      deviationMs = tripMs / 2
      return
    }
    deviationMs += (Math.abs(tripMs - smoothedMs) - deviationMs) / 4
    smoothedMs += (tripMs - smoothedMs) / 8
  }

  return {
    measure,
    sentFirst(block, nowMs) {
      if (timedBlock >= 0) return
      timedBlock = block
      timedAtMs = nowMs
    },
    acknowledged(block, nowMs) {
      if (timedBlock < 0 || block < timedBlock) return
      measure(nowMs - timedAtMs)
      timedBlock = -1
    },
    forget() {
      timedBlock = -1
    },
    timeoutMs(sends, isTaking) {
      const measuredMs = smoothedMs < 0 ? FIRST_TIMEOUT_MS : Math.max(LEAST_TIMEOUT_MS, smoothedMs + 4 * deviationMs)
      const firstMs = chosenSeconds === undefined ? measuredMs : chosenSeconds * 1000
      if (sends === 1) return firstMs
      const mostMs = isTaking ? MAX_TIMEOUT_TAKING_MS : MAX_TIMEOUT_MS
      return Math.max(firstMs, Math.min(firstMs * 2 ** (sends - 1), mostMs))
    },
  }
}
