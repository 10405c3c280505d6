// UDP by the addon native/batch-udp.c: many datagrams for one system call. It needs Linux and a compiler at build time, so it may
// be missing; node-port.ts does the same everywhere. IPv6 always goes that way.
//
// What is sent while datagrams are received goes out in one call at their end; what is sent at other times, at the end of the tick.
// Stretches on an ACK clock do not come through here at all: the addon sends them on.
import {type AddonBase, HRTIME_TO_NOW_MS, loadAddon} from '../bootfiles/native-addon.js'
import {openNodePort} from './node-port.js'
import {type Runs, startRunQueue} from './run-queue.js'
import {type AckClock, clientOf, type OpenUdpPort, type Receive, type Stretch, type UdpPlace, type UdpPort} from './udp-port.js'

/** Why there may be no addon is a normal answer, not an error. */
export type BatchPort =
  {readonly kind: 'loaded'; readonly openUdpPort: OpenUdpPort} | {readonly kind: 'unavailable'; readonly reason: string}

const ADDON_VERSION = 2

/** Datagrams taken with one system call, and the room for each. What is longer is cut: no TFTP client sends such a thing. */
const SLOT_COUNT = 64
const SLOT_BYTES = 2048

/** The exports of the addon; native/batch-udp.c describes them. */
type Addon = AddonBase & {
  isIpv4(fd: number): boolean
  open(address: string, port: number, fd: number, area: Area, onReady: (count: number) => void): NativePort
  flush(port: NativePort, sources: Runs['sources'], keys: Float64Array, spans: Uint32Array, first: number, count: number): number
  startClock(
    port: NativePort,
    key: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    segmentBytes: number,
    windowBytes: number,
    awaited: number,
  ): number
  stopClock(port: NativePort, place: number): void
  close(port: NativePort): void
}

/** `key` is the place of the port itself; `clocks` holds CLOCK_VALUES numbers of each ACK clock. */
type NativePort = {readonly key: number; readonly clocks: Float64Array}

/** Acknowledged and sent so far, as offsets; the time of the last sending, and the last round trip. */
const CLOCK_VALUES = 4

/** Where received datagrams lie, one per slot. A key below 0 is no client. */
type Area = {readonly slots: Uint8Array; readonly keys: Float64Array; readonly lengths: Uint32Array}

/** Loads the addon, by default the one that `npm run build` made. */
export function loadBatchPort(path?: string): BatchPort {
  const loaded = loadAddon<Addon>({name: 'batch-udp', version: ADDON_VERSION, path})
  return loaded.kind === 'loaded' ? {kind: 'loaded', openUdpPort: opener(loaded.addon)} : loaded
}

function opener(addon: Addon): OpenUdpPort {
  // Ports take turns in the one event loop, so one area does for all.
  const area: Area = {
    slots: new Uint8Array(SLOT_COUNT * SLOT_BYTES),
    keys: new Float64Array(SLOT_COUNT),
    lengths: new Uint32Array(SLOT_COUNT),
  }
  const viewOf = rememberViews(area.slots)
  return async (place, receive) => {
    if (!isIpv4(addon, place)) return openNodePort(place.fd === undefined ? place : {...place, address: '::'}, receive)
    return openBatchPort(place, {addon, area, viewOf, receive})
  }
}

function isIpv4(addon: Addon, {address, fd}: UdpPlace): boolean {
  return fd === undefined ? !address.includes(':') : addon.isIpv4(fd)
}

/** Gives the bytes of a slot. Making a view costs more than all else here, and most datagrams (ACK) have the same length. */
function rememberViews(slots: Uint8Array): (slot: number, length: number) => Uint8Array {
  const views = Array.from({length: SLOT_COUNT}, () => slots.subarray(0, 0))
  return (slot, length) => {
    let view = views[slot]!
    if (view.length !== length) {
      view = slots.subarray(slot * SLOT_BYTES, slot * SLOT_BYTES + length)
      views[slot] = view
    }
    return view
  }
}

type OpenPort = {readonly addon: Addon; readonly area: Area; readonly viewOf: ReturnType<typeof rememberViews>; readonly receive: Receive}

function openBatchPort({address, port, fd}: UdpPlace, {addon, area, viewOf, receive}: OpenPort): UdpPort {
  let isOpen = true
  let isReceiving = false
  const native = addon.open(address, port, fd ?? -1, area, (count) => {
    isReceiving = true
    for (let slot = 0; slot < count && isOpen; slot++) {
      const key = area.keys[slot]!
      if (key < 0) continue
      try {
        receive(viewOf(slot, area.lengths[slot]!), key, udpPort)
      } catch (error) {
        // The process hears of it as of any uncaught exception, and the datagrams behind it still arrive.
        queueMicrotask(() => {
          throw error
        })
      }
    }
    isReceiving = false
    // A call without datagrams says that the kernel takes more again.
    if (count === 0) queue.retry()
    else queue.flush()
  })
  const queue = startRunQueue((runs, first, count) => addon.flush(native, runs.sources, runs.keys, runs.spans, first, count))

  /** What the clocks send on, by their places: the addon only points at the bytes. */
  const running: (Stretch | undefined)[] = []

  const startClock = (key: number, stretch: Stretch): AckClock | undefined => {
    const {bytes, start, end, segmentBytes, windowBytes, awaitedBlock} = stretch
    const place = addon.startClock(native, key, bytes, start, end, segmentBytes, windowBytes, awaitedBlock)
    if (place < 0) return undefined
    running[place] = stretch
    const values = native.clocks
    const at = place * CLOCK_VALUES
    return {
      ackedEnd: () => values[at]!,
      sentEnd: () => values[at + 1]!,
      sentAtMs: () => values[at + 2]! + HRTIME_TO_NOW_MS,
      tripMs: () => values[at + 3]!,
      stop: () => {
        // Another clock may stand there by now.
        if (running[place] !== stretch) return
        addon.stopClock(native, place)
        running[place] = undefined
      },
    }
  }

  const udpPort: UdpPort = {
    ...clientOf(native.key),
    send: (key, bytes, start, end, segmentBytes) => {
      // A string is an IPv6 client, which nothing can reach from here.
      if (!isOpen || typeof key !== 'number') return
      queue.add(key, bytes, start, end, segmentBytes)
      if (!isReceiving) queue.flushLater()
    },
    startAckClock: (key, stretch) => (isOpen && typeof key === 'number' ? startClock(key, stretch) : undefined),
    close: async () => {
      if (!isOpen) return
      // What was said before goes out before.
      queue.retry()
      isOpen = false
      addon.close(native)
    },
  }
  return udpPort
}
