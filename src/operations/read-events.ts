// The timeline of the lab, or of one machine.
import type {StoredEvent} from '../hosts/event-store.js'
import type {Lab} from '../lab/open-lab.js'
import {clientKeys, findClientByText} from './client-of.js'
import {type EventJson, eventJson} from './event-json.js'

export type ReadEventsOptions = {
  /** A host's name, a MAC address or an IP address. */
  readonly host?: string
  /** Only what came after this event. */
  readonly afterId?: number
  /** Unix time in milliseconds. */
  readonly sinceMs?: number
  /** The newest so many; default 200. */
  readonly limit?: number
}

/** Oldest first; `lastId`: ask on with it, 0 where there is nothing yet. */
export type EventsAnswer = {readonly events: readonly EventJson[]; readonly lastId: number}

export async function readEvents(lab: Lab, options: ReadEventsOptions = {}): Promise<EventsAnswer> {
  const {host, afterId, sinceMs, limit = 200} = options
  const client = host === undefined ? undefined : await findClientByText(lab, host)
  const store = await lab.openEvents()
  const events = store.read({
    limit,
    ...(client === undefined ? {} : {clients: clientKeys(client)}),
    ...(afterId === undefined ? {} : {afterId}),
    ...(sinceMs === undefined ? {} : {sinceMs}),
  })
  const nameOf = await hostNames(lab)
  return {events: events.map((event) => eventJson(event, nameOf(event))), lastId: events.at(-1)?.id ?? afterId ?? 0}
}

/** The host that an event is of. */
export async function hostNames(lab: Lab): Promise<(event: Pick<StoredEvent, 'mac' | 'ip'>) => string | undefined> {
  const hosts = await lab.store.list()
  const byMac = new Map<string, string>(hosts.map(({mac, name}) => [mac, name]))
  const byIp = new Map<string, string>(hosts.map(({ip, name}) => [ip, name]))
  return ({mac, ip}) => (mac === undefined ? byIp.get(ip ?? '') : byMac.get(mac))
}
