// The front of the server: the addon native/http-front.c, which accepts connections and answers plain requests for files that were
// left to it. It needs Linux and a compiler at build time, so it may be missing; server.ts does the same without it, and has the
// connections of all other requests anyway.
import {type AddonBase, HRTIME_TO_NOW_MS, loadAddon} from '../bootfiles/native-addon.js'
import {type ActiveTransfer, addressOf, type TransferEvent} from '../bootfiles/transfer-event.js'
import {changedError} from '../bootfiles/tree-file.js'
import {CLIENT_GONE, StandstillError} from './reply.js'
import {ONE_WRITE_BYTES, type KeptFile} from './exchange.js'
import {renderFields} from './reply-head.js'

/** Why there may be no addon is a normal answer, not an error. */
export type HttpFront = {readonly kind: 'loaded'; readonly openFront: OpenFront} | {readonly kind: 'unavailable'; readonly reason: string}

const ADDON_VERSION = 1

/** The exports of the addon; native/http-front.c describes them. */
type Addon = AddonBase & {
  open(
    address: string,
    port: number,
    fd: number,
    mostClients: number,
    longBytes: number,
    onTallies: (count: number) => void,
    onSocket: (fd: number, bytes: Buffer, sinceMs: number, place: number, isCrowd: boolean) => void,
  ): NativeFront
  keep(front: NativeFront, target: string, path: string, head: string, sizeBytes: number, bytes: Uint8Array | undefined): number
  forget(front: NativeFront, id: number): void
  look(front: NativeFront, headTimeoutMs: number, idleTimeoutMs: number): void
  resume(front: NativeFront, place: number): void
  drop(front: NativeFront, place: number): void
  waitsLongest(front: NativeFront): number
  endLongest(front: NativeFront): void
  endSoon(front: NativeFront): void
  destroyAll(front: NativeFront): void
  active(front: NativeFront): readonly number[]
  close(front: NativeFront): void
  readHead(bytes: Uint8Array): number
}

/** `counts`: how many connections JavaScript has, and how many are here. `tallies`: TALLY_VALUES numbers for each thing to be told. */
type NativeFront = {readonly address: string; readonly port: number; readonly counts: Float64Array; readonly tallies: Float64Array}

/** What happened, the file, the client's address and port, the bytes sent, the milliseconds since the request. */
const TALLY_VALUES = 6
const tallyKinds = ['begun', 'done', 'gone', 'stood still', 'changed', 'unreadable', 'dropped'] as const

export type FrontOptions = {
  /** An IPv4 address. */
  readonly address: string
  readonly port: number
  /** A socket that listens already; address and port are then the socket's. */
  readonly fd?: number | undefined
  readonly maxConnections: number
  readonly headTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly onEvent: ((event: TransferEvent) => void) | undefined
  /** A connection that is not for the front, with what was read from it. */
  readonly onSocket: (socket: FrontSocket) => void
}

export type FrontSocket = {
  readonly fd: number
  readonly bytes: Buffer
  /** Since when the request is waited for. */
  readonly sinceMs: number
  /** How `resume` and `drop` know it; undefined where it is the caller's for good. */
  readonly place: number | undefined
  /** There are too many connections. */
  readonly isCrowd: boolean
}

export type Front = {
  readonly address: string
  readonly port: number
  /** From now on the front gives this file out, until it is another one or nobody asks for it. */
  keep(kept: KeptFile): void
  /** Takes a connection back. The descriptor that was handed out is closed, and everything written to it. */
  resume(place: number): void
  /** A connection has ended that was handed out. */
  drop(place: number): void
  /** To be called regularly: ends what takes too long. */
  look(): void
  /** Says how many connections there are beside those of the front. */
  countOthers(count: number): void
  count(): number
  waitingSinceMs(): number | undefined
  endLongestWaiting(): void
  /** The long answers under way. */
  active(): readonly ActiveTransfer[]
  /** Accepts nothing more, ends the connections that wait at once, and the others after the answer that is under way. */
  endSoon(): void
  destroyAll(): void
  /** Fulfilled when no connection is left here. */
  empty(): Promise<void>
  /** Ends everything at once, and again without harm. */
  close(): void
}

/** Binds a port. Throws the system's error (EADDRINUSE …). */
export type OpenFront = (options: FrontOptions) => Front

/** Loads the addon, by default the one that `npm run build` made. */
export function loadHttpFront(path?: string): HttpFront {
  const loaded = loadAddon<Addon>({name: 'http-front', version: ADDON_VERSION, path})
  return loaded.kind === 'loaded' ? {kind: 'loaded', openFront: (options) => openFront(loaded.addon, options)} : loaded
}

type Kept = {readonly id: number; readonly name: string; readonly sizeBytes: number; readonly version: string | undefined}

function openFront(addon: Addon, options: FrontOptions): Front {
  const {address, port, fd = -1, maxConnections, headTimeoutMs, idleTimeoutMs, onEvent, onSocket} = options
  const files = new Map<number, Kept>()
  const byName = new Map<string, Kept>()
  let onEmpty: (() => void)[] = []

  const forget = (id: number): void => {
    const kept = files.get(id)
    files.delete(id)
    if (kept !== undefined && byName.get(kept.name) === kept) byName.delete(kept.name)
  }
  const onTallies = (count: number): void => {
    const {tallies} = native
    for (let at = 0; at < count * TALLY_VALUES; at += TALLY_VALUES) {
      const kind = tallyKinds[tallies[at]!]!
      const file = files.get(tallies[at + 1]!)
      if (file === undefined) continue
      if (kind === 'dropped') forget(file.id)
      else onEvent?.(eventOf(kind, file, tallies, at, idleTimeoutMs))
    }
    tellEmpty()
  }
  const tellEmpty = (): void => {
    if (native.counts[1]! > 0) return
    for (const resolve of onEmpty) resolve()
    onEmpty = []
  }
  const takeSocket = (fd: number, bytes: Buffer, sinceMs: number, place: number, isCrowd: boolean): void =>
    onSocket({fd, bytes, sinceMs: sinceMs + HRTIME_TO_NOW_MS, place: place < 0 ? undefined : place, isCrowd})
  const native = addon.open(address, port, fd, maxConnections, ONE_WRITE_BYTES, onTallies, takeSocket)

  return {
    address: native.address,
    port: native.port,
    keep({target, file, origin, headers, bytes}) {
      const {sizeBytes, version} = file
      if (byName.get(target)?.version === version) return
      const id = addon.keep(native, target, origin.path, renderFields(200, headers), sizeBytes, bytes)
      if (id < 0) return
      const kept = {id, name: target, sizeBytes, version}
      files.set(id, kept)
      byName.set(target, kept)
      // The addon has looked at the file by itself. Since then, too, it was the one that was meant.
      if (!origin.isCurrent()) addon.forget(native, id)
    },
    resume: (place) => addon.resume(native, place),
    drop: (place) => addon.drop(native, place),
    look() {
      addon.look(native, headTimeoutMs, idleTimeoutMs)
      tellEmpty()
    },
    countOthers: (count) => void (native.counts[0] = count),
    count: () => native.counts[1]!,
    waitingSinceMs() {
      const sinceMs = addon.waitsLongest(native)
      return Number.isNaN(sinceMs) ? undefined : sinceMs + HRTIME_TO_NOW_MS
    },
    endLongestWaiting: () => addon.endLongest(native),
    active() {
      const values = addon.active(native)
      const count = values.length / TALLY_VALUES
      return Array.from({length: count}, (_, index) => activeOf(files, values, index * TALLY_VALUES)).filter((one) => one !== undefined)
    },
    endSoon: () => addon.endSoon(native),
    destroyAll: () => addon.destroyAll(native),
    empty: () => (native.counts[1] === 0 ? Promise.resolve() : new Promise((resolve) => onEmpty.push(resolve))),
    close: () => addon.close(native),
  }
}

type EventKind = Exclude<(typeof tallyKinds)[number], 'dropped'>

function eventOf(kind: EventKind, {name, sizeBytes}: Kept, tallies: Float64Array, at: number, idleTimeoutMs: number): TransferEvent {
  const client = addressOf(tallies[at + 2]!)
  const port = tallies[at + 3]!
  const bytes = tallies[at + 4]!
  const durationMs = tallies[at + 5]!
  const is = kind === 'begun' ? 'start' : kind === 'done' ? 'done' : 'failed'
  const event = {protocol: 'http', kind: is, client, port, name, sizeBytes, bytes, durationMs, method: 'GET', status: 200} as const
  return is === 'failed' ? {...event, message: reasonOf(kind, name, idleTimeoutMs)} : event
}

function reasonOf(kind: EventKind, name: string, idleTimeoutMs: number): string {
  switch (kind) {
    case 'stood still':
      return new StandstillError(idleTimeoutMs).message
    case 'changed':
      return changedError(name).message
    case 'unreadable':
      return `${name} cannot be read`
    default:
      return CLIENT_GONE
  }
}

function activeOf(files: ReadonlyMap<number, Kept>, values: readonly number[], at: number): ActiveTransfer | undefined {
  const file = files.get(values[at + 1]!)
  if (file === undefined) return undefined
  const {name, sizeBytes} = file
  const client = addressOf(values[at + 2]!)
  return {protocol: 'http', client, port: values[at + 3]!, name, sizeBytes, bytes: values[at + 4]!, durationMs: values[at + 5]!}
}
