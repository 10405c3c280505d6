// Events and states as scripts see them: these keys are promises, and null stands for "not known".
import type {StoredEvent} from '../hosts/event-store.js'
import type {BootEventDetails, BootStep} from '../timeline/boot-event.js'
import type {BootState} from '../timeline/boot-state.js'

export type EventJson = {
  /** Grows from event to event: ask for what came after the last one seen. */
  readonly id: number
  /** ISO 8601, UTC. */
  readonly time: string
  readonly host: string | null
  readonly mac: string | null
  readonly ip: string | null
  readonly source: StoredEvent['source']
  readonly step: StoredEvent['step']
  readonly name: string
  readonly result: StoredEvent['result']
  readonly details: BootEventDetails
}

/** `host`: the name of the host that it is of. */
export function eventJson(event: StoredEvent, host: string | undefined): EventJson {
  const {id, timeMs, mac = null, ip = null, source, step, name, result, details} = event
  return {id, time: new Date(timeMs).toISOString(), host: host ?? null, mac, ip, source, step, name, result, details}
}

export type StateJson = {
  readonly condition: BootState['condition']
  readonly step: BootStep | null
  readonly started: string | null
  readonly since: string | null
  readonly lastSeen: string | null
  /** The large transfer that goes on. */
  readonly running: {readonly name: string; readonly sizeBytes: number | null} | null
}

export function stateJson({condition, step, startedMs, sinceMs, lastSeenMs, running}: BootState): StateJson {
  return {
    condition,
    step: step ?? null,
    started: timeJson(startedMs),
    since: timeJson(sinceMs),
    lastSeen: timeJson(lastSeenMs),
    running: running === undefined ? null : {name: running.name, sizeBytes: running.sizeBytes ?? null},
  }
}

export function timeJson(timeMs: number | undefined): string | null {
  return timeMs === undefined ? null : new Date(timeMs).toISOString()
}
