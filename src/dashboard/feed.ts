// Messages to all who have the page open, as Server-Sent Events (HTML Living Standard, 9.2). The last so many are kept: who
// comes back with Last-Event-ID gets what was missed, or, if that is gone, the whole state. A reader that takes nothing keeps
// nothing here: its next message is remembered as a number, and it is dropped if it stands still for long.
//
//     id: k3f9-41
//     event: boot
//     data: {"mac": …}
import {PxectlError} from '../errors.js'
import type {EventSink} from './web-request.js'

export type Message = {readonly event: string; readonly value: unknown}

export type FeedOptions = {
  /** Tells one run of the server from another: numbers begin anew with each. */
  readonly runId: string
  /** The whole state, for a reader that has none or too old a one. */
  readonly state: () => readonly Message[]
  readonly nowMs: () => number
  readonly most?: number
  readonly mostReaders?: number
  readonly standstillMs?: number
}

export type Feed = {
  /** For everybody, and kept for those who come back. */
  publish(message: Message): void
  /** Only for those who take it now: what is out of date a moment later. */
  flash(message: Message): void
  /** Throws TOO_MANY_READERS: to be asked before the head of the answer is sent. */
  checkRoom(): void
  join(sink: EventSink, lastEventId: string | undefined): void
  /** To be called every few seconds: a sign of life for quick readers, the end for those that stand still. */
  check(): void
  readers(): number
  close(): void
}

type Reader = {readonly sink: EventSink; next: number; blockedMs: number | undefined}

/** Sent between events, so that a dead connection is found out, and proxies do not end a quiet one. */
const SIGN_OF_LIFE = ': still here\n\n'

/** `most` messages are kept (default 1000), for at most `mostReaders` readers (default 64). */
export function createFeed(options: FeedOptions): Feed {
  const {runId, state, nowMs, most = 1000, mostReaders = 64, standstillMs = 30_000} = options
  const kept: string[] = []
  /** The number of the next message; kept[0] has the number `next - kept.length`. */
  let next = 1
  const readers = new Set<Reader>()

  const write = (reader: Reader, text: string): void => {
    if (!reader.sink.write(text)) reader.blockedMs ??= nowMs()
  }
  const sendState = (reader: Reader): void => {
    reader.next = next
    // An id with the state, so that a reader that saw nothing else can come back too.
    const id = `${runId}-${next - 1}`
    write(reader, [{event: 'reset', value: {}}, ...state()].map((message) => render(message, id)).join(''))
  }
  const catchUp = (reader: Reader): void => {
    while (reader.blockedMs === undefined && reader.next < next) {
      const text = kept[reader.next - (next - kept.length)]
      if (text === undefined) return sendState(reader)
      reader.next += 1
      write(reader, text)
    }
  }
  return {
    publish(message) {
      kept.push(render(message, `${runId}-${next}`))
      next += 1
      if (kept.length > most) kept.shift()
      for (const reader of readers) catchUp(reader)
    },
    flash(message) {
      const text = render(message)
      for (const reader of readers) if (reader.blockedMs === undefined) write(reader, text)
    },
    checkRoom() {
      if (readers.size >= mostReaders) {
        throw new PxectlError(`${mostReaders} pages are open already`, {
          code: 'TOO_MANY_READERS',
          kind: 'environment',
          suggestions: ['close some of them'],
        })
      }
    },
    join(sink, lastEventId) {
      const reader: Reader = {sink, next, blockedMs: undefined}
      readers.add(reader)
      sink.onClose(() => readers.delete(reader))
      sink.onDrain(() => {
        reader.blockedMs = undefined
        catchUp(reader)
      })
      const last = numberOf(lastEventId, runId)
      if (last === undefined || last >= next || last + 1 < next - kept.length) return sendState(reader)
      reader.next = last + 1
      catchUp(reader)
    },
    check() {
      for (const reader of readers) {
        if (reader.blockedMs === undefined) write(reader, SIGN_OF_LIFE)
        else if (nowMs() - reader.blockedMs > standstillMs) reader.sink.destroy()
      }
    },
    readers: () => readers.size,
    close() {
      for (const reader of readers) reader.sink.destroy()
    },
  }
}

function numberOf(id: string | undefined, runId: string): number | undefined {
  const [, run, number] = /^(\w+)-(\d{1,15})$/.exec(id ?? '') ?? []
  return run === runId ? Number(number) : undefined
}

/** JSON has no line breaks of its own, so a message is one line whatever a client put into it. */
function render({event, value}: Message, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(value)}\n\n`
}
