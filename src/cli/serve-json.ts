// The JSON lines of `pxectl serve`. Their keys are promises to scripts, so each is named here: what the servers tell each
// other inside cannot slip out.
import type {ServedDhcp} from '../operations/serve-dhcp.js'
import type {ServeEvent} from '../operations/serve-event.js'

/** A line of the program itself: it is ready, it is stopping, it has stopped. */
export type ServeNote =
  | {
      readonly kind: 'ready'
      readonly listening: Readonly<Record<string, string>>
      readonly dhcp?: ServedDhcp
      readonly engine: 'batched' | 'plain'
      readonly warnings: readonly string[]
    }
  | {readonly kind: 'warning'; readonly message: string}
  | {readonly kind: 'stopping'; readonly signal: string; readonly active: number; readonly graceSeconds: number}
  | ({readonly kind: 'stopped'; readonly durationMs: number} & Readonly<Record<string, unknown>>)

const TRANSFER_KEYS = [
  'protocol',
  'kind',
  'client',
  'port',
  'name',
  'sizeBytes',
  'bytes',
  'durationMs',
  'retransmits',
  'blksize',
  'windowsize',
  'method',
  'status',
  'message',
] as const
const DHCP_KEYS = ['protocol', 'kind', 'mac', 'ip', 'name', 'filename', 'firmware', 'message'] as const

/** One event as one line, without the newline: `time` (ISO 8601) first, then keys in a fixed order; what is unknown is left out. */
export function renderEventJson(event: ServeEvent, at: Date): string {
  if (event.protocol === 'dhcp') return renderLine(at, Object.fromEntries(DHCP_KEYS.map((key) => [key, event[key]])))
  const shown = {...event, durationMs: roundMs(event.durationMs)}
  return renderLine(at, Object.fromEntries(TRANSFER_KEYS.map((key) => [key, shown[key]])))
}

/** The same for a line of the program itself. */
export function renderNoteJson(note: ServeNote, at: Date): string {
  return renderLine(at, 'durationMs' in note ? {...note, durationMs: roundMs(note.durationMs)} : note)
}

function renderLine(at: Date, value: object): string {
  // JSON leaves these characters as they are, and they would drive a terminal.
  return JSON.stringify({time: at.toISOString(), ...value}).replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** A clock's microseconds are noise. */
function roundMs(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000
}
