// The runs of datagrams that go out with the next call of the addon (batch-port.ts). Bytes are not copied: the queue keeps them alive.

/** So many runs are not held back even until the end of the tick. */
const RUNS_AT_ONCE = 256

/** Runs that wait for room in the kernel's send buffer. Beyond it they are dropped, as a network would. */
const MAX_WAITING_RUNS = 8192

/** First in, first out: run i is sources[i] from spans[3i] to spans[3i + 1] in segments of spans[3i + 2] bytes, for client keys[i]. */
export type Runs = {
  readonly sources: (Uint8Array | undefined)[]
  readonly keys: Float64Array
  readonly spans: Uint32Array
}

export type RunQueue = {
  add(key: number, bytes: Uint8Array, start: number, end: number, segmentBytes: number): void
  /** Sends what is there, unless the kernel has said that it is full. */
  flush(): void
  /** At the end of this tick. */
  flushLater(): void
  /** Asks the kernel again. */
  retry(): void
}

/** Starts an empty queue. `send` gives the first run that the kernel did not take, or `count`. */
export function startRunQueue(send: (runs: Runs, first: number, count: number) => number): RunQueue {
  let runs = makeRuns(RUNS_AT_ONCE)
  let first = 0
  let count = 0
  let isFull = false
  let isScheduled = false

  const flush = (): void => {
    if (isFull || count === 0) return
    const reached = send(runs, first, count)
    runs.sources.fill(undefined, first, reached)
    isFull = reached < count
    first = isFull ? reached : 0
    if (!isFull) count = 0
  }
  const makeRoom = (): void => {
    flush()
    if (!isFull || (first === 0 && count === MAX_WAITING_RUNS)) return
    runs = moveRuns(runs, first, count, first > 0 ? runs.keys.length : runs.keys.length * 2)
    count -= first
    first = 0
  }
  const flushNow = (): void => {
    isScheduled = false
    flush()
  }
  return {
    add: (key, bytes, start, end, segmentBytes) => {
      if (count === runs.keys.length) makeRoom()
      if (count === runs.keys.length) return
      runs.sources[count] = bytes
      runs.keys[count] = key
      runs.spans[count * 3] = start
      runs.spans[count * 3 + 1] = end
      runs.spans[count * 3 + 2] = segmentBytes
      count++
    },
    flush,
    flushLater: () => {
      if (isScheduled) return
      isScheduled = true
      process.nextTick(flushNow)
    },
    retry: () => {
      isFull = false
      flush()
    },
  }
}

function makeRuns(capacity: number): Runs {
  return {sources: new Array<Uint8Array | undefined>(capacity), keys: new Float64Array(capacity), spans: new Uint32Array(capacity * 3)}
}

function moveRuns(from: Runs, first: number, count: number, capacity: number): Runs {
  const runs = makeRuns(capacity)
  for (let i = first; i < count; i++) runs.sources[i - first] = from.sources[i]
  runs.keys.set(from.keys.subarray(first, count))
  runs.spans.set(from.spans.subarray(first * 3, count * 3))
  return runs
}
