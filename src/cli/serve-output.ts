// Where the lines of `pxectl serve` go: stdout, gathered so that a storm of transfers does not become a storm of writes; and,
// on a terminal, above a table of what is going on that is drawn anew twice a second.
import type {ServedTransfer} from '../operations/serve-event.js'
import {canRedraw} from './colour.js'
import {dropEnded, measureRates, renderLive, type LiveTransfer} from './serve-live.js'

/** The part of a terminal or pipe that is used here; process.stdout is one. */
export type OutputStream = NodeJS.WritableStream & {readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number}

export type OutputOptions = {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** Show the table where stdout or stderr is a terminal. */
  readonly live: boolean
}

export type ServeOutput = {
  /** A line of the answer, on stdout. */
  line(text: string): void
  /** A note beside it, on stderr. */
  note(text: string): void
  /** Begins to show the table. */
  watch(active: () => readonly ServedTransfer[]): void
  /** Writes what is left and takes the table away; the terminal is as it was. */
  close(): void
}

const REFRESH_MS = 500
/** Writes, and the table drawn below them, are at least so far apart; the first line after a pause waits for nothing. */
const GATHER_MS = 20

/** Opens the output; must be closed. */
export async function openServeOutput({stdout, stderr, live}: OutputOptions): Promise<ServeOutput> {
  const terminal = live ? [stdout, stderr].find((stream) => canRedraw(stream, process.env)) : undefined
  // The cursor stays visible, so that nothing need be put right after a kill -9. Loaded only where somebody watches.
  const draw = terminal === undefined ? undefined : (await import('log-update')).createLogUpdate(terminal, {showCursor: true})
  let pending: string[] = []
  let gathering: NodeJS.Timeout | undefined
  let flushedMs = -GATHER_MS
  let refreshing: NodeJS.Timeout | undefined
  let shown: LiveTransfer[] = []
  let activeNow: () => readonly ServedTransfer[] = () => []

  const redraw = (): void => {
    const {columns, rows} = terminal ?? {}
    const lines = renderLive(shown, {columns: columns || 80, rows: rows || 24})
    if (lines.length === 0) draw?.clear()
    else draw?.(lines.join('\n'))
  }
  const write = (stream: OutputStream, text: string): void => {
    if (stream.isTTY === true) draw?.clear()
    stream.write(text)
  }
  const flush = (): void => {
    clearTimeout(gathering)
    gathering = undefined
    if (pending.length === 0) return
    flushedMs = performance.now()
    const lines = pending
    pending = []
    write(stdout, `${lines.join('\n')}\n`)
    // A line may be the end of a transfer: it is not to be seen below it any more.
    shown = dropEnded(shown, activeNow())
    redraw()
  }
  // What was on the screen while we were stopped (Ctrl-Z) is not ours to erase.
  const resume = (): void => draw?.done()
  process.on('SIGCONT', resume)

  return {
    line(text) {
      pending.push(text)
      gathering ??= setTimeout(flush, Math.max(0, flushedMs + GATHER_MS - performance.now()))
    },
    note(text) {
      flush()
      write(stderr, `${text}\n`)
      redraw()
    },
    watch(active) {
      if (draw === undefined) return
      activeNow = active
      refreshing = setInterval(() => {
        shown = measureRates(shown, active())
        redraw()
      }, REFRESH_MS)
    },
    close() {
      clearInterval(refreshing)
      shown = []
      flush()
      draw?.clear()
      process.off('SIGCONT', resume)
    },
  }
}
