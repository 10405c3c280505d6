// Keeps what a running server tells. The servers wait for nothing: an event is put into a list, and once a second what gathered is
// written in one transaction. Under a flood the oldest are dropped, and of one client all but the first few of that second.
import {plainAddress} from '../bootfiles/transfer-event.js'
import type {EventStore, NewEvent} from '../hosts/event-store.js'
import type {Host} from '../hosts/host.js'
import type {Ipv4} from '../net/ipv4.js'
import {findMac, type Mac} from '../net/mac.js'
import type {BootEvent} from '../timeline/boot-event.js'
import {bootEventOf, LARGE_BYTES} from './boot-event-of.js'
import type {ServeEvent} from './serve-event.js'

export type RecorderOptions = {
  readonly store: Pick<EventStore, 'add'>
  readonly hosts: {
    readonly findByMac: (mac: Mac) => Promise<Host | undefined>
    readonly findByIp: (ip: Ipv4) => Promise<Host | undefined>
  }
  /** Who may know the hardware address that has an IPv4 address. */
  readonly neighbours?: {findMac(ip: string): Promise<string | undefined>}
  /** Unix time in milliseconds. */
  readonly now: () => number
  readonly flushMs?: number
  /** Told after each writing, with what was written. Must not throw. */
  readonly onRecorded?: (events: readonly BootEvent[]) => void
  /** Events cannot be written; told with every failure. Must not throw. */
  readonly onProblem?: (problem: unknown) => void
}

export type EventRecorder = {
  /** Cheap, and never throws. */
  record(event: ServeEvent): void
  /** For what is no event of our servers: another server's log, a call-back. */
  add(event: BootEvent): void
  /** Events that were dropped so far. */
  dropped(): number
  /** Writes what is left. */
  close(): Promise<void>
}

const FLUSH_MS = 1000
/** Between two writings; a storm of a thousand machines makes half as many. */
const MOST_PENDING = 1000
const MOST_OF_ONE_CLIENT = 60
/** Addresses whose owner is remembered. */
const MOST_OWNERS = 4096

type Pending = {readonly event: ServeEvent; readonly timeMs: number} | BootEvent

export function createEventRecorder(options: RecorderOptions): EventRecorder {
  const {store, now, flushMs = FLUSH_MS} = options
  let pending: Pending[] = []
  let ofClient = new Map<string, number>()
  let droppedCount = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  const owners = createOwners(options)

  const trim = (): void => {
    droppedCount += Math.max(0, pending.length - MOST_PENDING)
    pending = pending.slice(-MOST_PENDING)
  }
  const flush = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    trim()
    const gathered = pending
    pending = []
    ofClient = new Map()
    if (gathered.length === 0) return
    try {
      const events = await owners.settle(gathered.map(eventOf).filter((event) => event !== undefined))
      store.add(events)
      options.onRecorded?.(events.map(({event}) => event))
    } catch (problem) {
      droppedCount += gathered.length
      options.onProblem?.(problem)
    }
  }
  const put = (client: string, entry: Pending): void => {
    const count = ofClient.get(client) ?? 0
    if (count >= MOST_OF_ONE_CLIENT) {
      droppedCount += 1
      return
    }
    ofClient.set(client, count + 1)
    pending.push(entry)
    // Twice as many, so that not every event of a flood moves the list.
    if (pending.length > MOST_PENDING * 2) trim()
    timer ??= setTimeout(() => {
      writing = writing.then(flush)
    }, flushMs)
  }
  return {
    record(event) {
      // Most starts are of small files, and no event.
      if (event.kind === 'start' && (event.sizeBytes ?? 0) < LARGE_BYTES) return
      put(event.protocol === 'dhcp' ? (event.mac ?? '') : event.client, {event, timeMs: now()})
    },
    add: (event) => put(event.mac ?? event.ip ?? '', event),
    dropped: () => droppedCount,
    close: async () => {
      await writing
      await flush()
    },
  }
}

function eventOf(pending: Pending): BootEvent | undefined {
  return 'event' in pending ? bootEventOf(withPlainAddress(pending.event), pending.timeMs) : pending
}

function withPlainAddress(event: ServeEvent): ServeEvent {
  return event.protocol === 'dhcp' ? event : {...event, client: plainAddress(event.client)}
}

type Owners = {settle(events: readonly BootEvent[]): Promise<NewEvent[]>}

/**
 * Who it was. A DHCP packet and many names of files tell a MAC; for the rest the address counts: by what its owner said last, by the
 * host database, by the kernel's neighbours.
 */
function createOwners({hosts, neighbours}: RecorderOptions): Owners {
  const macOf = new Map<string, Mac>()
  const learn = (ip: string, mac: Mac): void => {
    macOf.delete(ip)
    macOf.set(ip, mac)
    const [oldest] = macOf.keys()
    if (macOf.size > MOST_OWNERS && oldest !== undefined) macOf.delete(oldest)
  }
  const ownerOf = async (ip: Ipv4): Promise<Mac | undefined> => {
    const known = macOf.get(ip) ?? (await hosts.findByIp(ip))?.mac
    return known ?? findMac((await neighbours?.findMac(ip)) ?? '')
  }
  return {
    settle: async (events) => {
      const isHost = new Map<Mac, boolean>()
      const settled: NewEvent[] = []
      for (const event of events) {
        const {ip, source, name} = event
        if (event.mac !== undefined && ip !== undefined && (source !== 'dhcp' || name === 'ack')) learn(ip, event.mac)
        const mac = event.mac ?? (ip === undefined ? undefined : await ownerOf(ip))
        if (mac !== undefined && !isHost.has(mac)) isHost.set(mac, (await hosts.findByMac(mac)) !== undefined)
        settled.push({event: {...event, mac}, isKnown: mac !== undefined && isHost.get(mac) === true})
      }
      return settled
    },
  }
}
